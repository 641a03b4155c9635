/**
 * An exposure in the report: what is known of it, from its entry in the journal. One table says what there is, in which
 * order, and how the page shows it; types, `report.json` and its schema, the CSV and the table of the page follow from it.
 * The figures come from the table in `model/record.ts`.
 */

import type { Entry } from '../journal/contents.ts';
import { type MetadataName, metadataJson, metadataSchemas } from '../model/metadata.ts';
import { FAULTS, type FaultKind } from '../model/outcome.ts';
import {
  COUNTS,
  FIGURES,
  type FigureValue,
  figureOf,
  figureSchemas,
  type KnownFigures,
  OTHERS,
  type PixelStatistics,
  type Placed,
  STAGES,
  STATISTICS,
  type StageTimes,
  TIMES,
} from '../model/record.ts';

interface Fact {
  /** JSON Schema. */
  readonly schema: object;
  readonly of: (entry: Entry, newest: number) => unknown;
}

const text = { type: 'string' } as const;
const textOrNull = { type: ['string', 'null'] } as const;
const whole = { type: 'integer', minimum: 0 } as const;
const wholeOrNull = { ...whole, type: ['integer', 'null'] } as const;
const time = { type: 'string', format: 'date-time' } as const;

/** What an exposure is and what became of it, in the order of `report.json`. `newest`: the newest run. */
const FACTS = {
  input: { schema: text, of: (entry) => entry.input },
  output: { schema: { ...text, description: 'relative to the output folder' }, of: (entry) => entry.output },
  status: {
    schema: { enum: ['done', 'skipped', 'failed'], description: 'skipped: done by an earlier run than the newest' },
    of: ({ fault, run }, newest): 'done' | 'skipped' | 'failed' =>
      fault ? 'failed' : run < newest ? 'skipped' : 'done',
  },
  suspect: {
    schema: { type: 'array', items: text, description: 'reasons to look at it' },
    of: ({ corrected }): readonly string[] => corrected?.suspect ?? [],
  },
  run: { schema: { ...whole, description: 'that had the last word on it' }, of: (entry) => entry.run },
  recorded: { schema: time, of: (entry) => entry.recorded },
  taken: {
    schema: { type: ['string', 'null'], format: 'date-time', description: 'when the input was last modified' },
    of: ({ identity }) => identity && new Date(milliseconds(identity.mtimeNs)).toISOString(),
  },
  width: { schema: { ...wholeOrNull, description: 'px' }, of: (entry) => entry.width },
  height: { schema: { ...wholeOrNull, description: 'px' }, of: (entry) => entry.height },
  frames: { schema: wholeOrNull, of: (entry) => entry.frames },
  typeRead: { schema: textOrNull, of: (entry) => entry.typeRead },
  typeWritten: { schema: textOrNull, of: ({ corrected }) => corrected?.typeWritten ?? null },
  bytesIn: {
    schema: { ...wholeOrNull, description: 'size of the input' },
    of: ({ identity }) => identity?.size ?? null,
  },
  bytesOut: {
    schema: { ...wholeOrNull, description: 'size of the output' },
    of: ({ corrected }) => corrected?.bytesOut ?? null,
  },
  crc32: {
    schema: {
      type: ['string', 'null'],
      pattern: '^[0-9a-f]{8}$',
      description: 'of the written pixels, little-endian, rows in the order of the raw file',
    },
    of: ({ corrected }) => (corrected ? corrected.crc.toString(16).padStart(8, '0') : null),
  },
} as const satisfies Record<string, Fact>;

type FactName = keyof typeof FACTS;

/** Names of the facts, in order. */
export const FACT_NAMES = Object.keys(FACTS) as readonly FactName[];

type Facts = { readonly [Name in FactName]: ReturnType<(typeof FACTS)[Name]['of']> };

type OrNull<Part> = { readonly [Name in keyof Part]: Part[Name] | null };

/** Null where it failed, and a figure that an older tool did not know. A statistic is null where it is no finite number. */
type ReportFigures = OrNull<Omit<KnownFigures, 'statistics'> & { readonly statistics: OrNull<PixelStatistics> }>;

export type ReportMetadata = { readonly [Name in MetadataName]?: string | number | boolean };

export interface ReportExposure extends Facts, ReportFigures {
  /** Null when it failed, and where times are kept by the day. */
  readonly seconds: StageTimes | null;
  /** How it was taken, times in ISO 8601; null where nothing states it. What is not stated is absent. */
  readonly metadata: ReportMetadata | null;
  readonly fault?: { readonly kind: FaultKind; readonly message: string };
}

const OTHER_NAMES = Object.keys(OTHERS) as readonly (keyof typeof OTHERS)[];
const STATISTIC_NAMES = Object.keys(STATISTICS) as readonly (keyof PixelStatistics)[];

export function toExposure(entry: Entry, newest: number): ReportExposure {
  const { corrected, fault } = entry;
  const exposure: Record<string, unknown> = {};
  for (const name of FACT_NAMES) exposure[name] = FACTS[name].of(entry, newest);
  exposure.seconds = corrected?.times ? inSeconds(corrected.times) : null;
  exposure.counts = corrected?.counts ?? null;
  for (const name of OTHER_NAMES) exposure[name] = corrected?.[name] ?? null;
  exposure.statistics = corrected && finite(corrected.statistics);
  exposure.metadata = entry.metadata && metadataJson(entry.metadata);
  if (fault) exposure.fault = fault;
  return exposure as unknown as ReportExposure;
}

function finite(statistics: PixelStatistics): OrNull<PixelStatistics> {
  const all = {} as Record<keyof PixelStatistics, number | null>;
  for (const name of STATISTIC_NAMES) all[name] = Number.isFinite(statistics[name]) ? statistics[name] : null;
  return all;
}

export function inSeconds(times: StageTimes): StageTimes {
  const seconds = { ...times };
  for (const stage of STAGES) seconds[stage] /= 1e6;
  return seconds;
}

/** Of the file's own time. */
export const milliseconds = (ns: bigint): number => Number(ns / 1_000_000n);

const record = (properties: Readonly<Record<string, object>>, optional: readonly string[] = []) => ({
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

/** JSON Schema of times in seconds, and of sums of counts. */
export const secondsSchema = {
  type: 'object',
  ...record(
    Object.fromEntries(
      STAGES.map((stage) => [
        stage,
        { type: 'number', minimum: 0, description: `s, wall time: ${TIMES[stage].description}` },
      ]),
    ),
  ),
} as const;
export const countsSchema = { type: 'object', ...record(figureSchemas(COUNTS)) } as const;

const orNull = { type: ['object', 'null'] } as const;

/** JSON Schema of an exposure. */
export const exposureSchema = {
  type: 'object',
  ...record(
    {
      ...Object.fromEntries(Object.entries(FACTS).map(([name, { schema }]) => [name, schema])),
      seconds: { ...secondsSchema, ...orNull },
      counts: { ...orNull, ...record(figureSchemas(COUNTS, false)) },
      ...figureSchemas(OTHERS, false),
      statistics: { ...orNull, ...record(figureSchemas(STATISTICS, false)) },
      metadata: {
        ...orNull,
        ...record(metadataSchemas, Object.keys(metadataSchemas)),
        description: 'how it was taken, as its file or one beside it states; what nothing states is absent',
      },
      fault: { type: 'object', ...record({ kind: { enum: Object.keys(FAULTS) }, message: text }) },
    },
    ['fault'],
  ),
};

/** The figures where they stand in the report: times are in seconds there. */
export const REPORTED: readonly Reported[] = FIGURES.map((figure) => {
  const place = { part: figure.part === 'times' ? 'seconds' : figure.part, name: figure.name };
  return { ...figure, of: (exposure) => figureOf(exposure, place) };
});

export interface Reported extends Placed {
  readonly of: (exposure: ReportExposure) => FigureValue | undefined;
}
