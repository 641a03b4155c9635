/**
 * An exposure in the report: what is known of it, from its entry in the journal. One table says what there is, in which
 * order, and how the page shows it; types, `report.json` and its schema, the CSV and the table of the page follow from it.
 * The figures come from the table in `model/record.ts`.
 */

import type { Entry } from '../journal/contents.ts';
import { type MetadataJson, metadataJson, metadataSchema } from '../model/metadata.ts';
import { FAULTS, type FaultKind } from '../model/outcome.ts';
import {
  COUNTS,
  type Counts,
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
import {
  amount,
  described,
  list,
  oneOf,
  orNull,
  record,
  type Schema,
  schema,
  text,
  time,
  whole,
} from '../model/schema.ts';

interface Fact<T = unknown> {
  readonly schema: Schema<T>;
  of(entry: Entry, newest: number, interval: number | null): T;
}

const fact = <T>(schema: Schema<T>, of: Fact<T>['of']): Fact<T> => ({ schema, of });

/** What an exposure is and what became of it, in the order of `report.json`. `newest`: the newest run. */
const FACTS = {
  input: fact(text, (entry) => entry.input),
  output: fact(described(text, 'relative to the output folder'), (entry) => entry.output),
  status: fact(
    described(oneOf(['done', 'skipped', 'failed']), 'skipped: done by an earlier run than the newest'),
    ({ fault, run }, newest) => (fault ? 'failed' : run < newest ? 'skipped' : 'done'),
  ),
  suspect: fact(described(list(text), 'reasons to look at it'), ({ corrected }) => corrected?.suspect ?? []),
  run: fact(described(whole, 'that had the last word on it'), (entry) => entry.run),
  recorded: fact(time, (entry) => entry.recorded),
  taken: fact(
    described(orNull(time), 'when the input was last modified'),
    ({ identity }) => identity && new Date(milliseconds(identity.mtimeNs)).toISOString(),
  ),
  interval: fact(
    described(orNull(amount), 's since the exposure before it; null: the first of a session, or not known'),
    (_entry, _newest, interval) => interval,
  ),
  width: fact(described(orNull(whole), 'px'), (entry) => entry.width),
  height: fact(described(orNull(whole), 'px'), (entry) => entry.height),
  frames: fact(orNull(whole), (entry) => entry.frames),
  typeRead: fact(orNull(text), (entry) => entry.typeRead),
  typeWritten: fact(orNull(text), ({ corrected }) => corrected?.typeWritten ?? null),
  bytesIn: fact(described(orNull(whole), 'size of the input'), ({ identity }) => identity?.size ?? null),
  bytesOut: fact(described(orNull(whole), 'size of the output'), ({ corrected }) => corrected?.bytesOut ?? null),
  crc32: fact(
    schema<string | null>({
      type: ['string', 'null'],
      pattern: '^[0-9a-f]{8}$',
      description: 'of the written pixels, little-endian, rows in the order of the raw file',
    }),
    ({ corrected }) => (corrected ? corrected.crc.toString(16).padStart(8, '0') : null),
  ),
  references: fact(
    described(orNull(text), 'with which it was corrected: role, file, twelve digits of its SHA-256; as in its label'),
    ({ corrected }) =>
      corrected?.references.map(({ role, name, hash }) => `${role} ${name} ${hash.slice(0, 12)}`).join('; ') ?? null,
  ),
} as const;

type FactName = keyof typeof FACTS;

/** Names of the facts, in order. */
export const FACT_NAMES = Object.keys(FACTS) as readonly FactName[];

type Facts = { readonly [Name in FactName]: ReturnType<(typeof FACTS)[Name]['of']> };

type OrNull<Part> = { readonly [Name in keyof Part]: Part[Name] | null };

/** Null where it failed, and a figure that an older tool did not know. A statistic is null where it is no finite number. */
type ReportFigures = OrNull<Omit<KnownFigures, 'statistics'> & { readonly statistics: OrNull<PixelStatistics> }>;

export interface ReportExposure extends Facts, ReportFigures {
  /** Null when it failed, and where times are kept by the day. */
  readonly seconds: StageTimes | null;
  /** How it was taken, times in ISO 8601; null where nothing states it. What is not stated is absent. */
  readonly metadata: MetadataJson | null;
  readonly fault?: { readonly kind: FaultKind; readonly message: string };
}

const OTHER_NAMES = Object.keys(OTHERS) as readonly (keyof typeof OTHERS)[];
const STATISTIC_NAMES = Object.keys(STATISTICS) as readonly (keyof PixelStatistics)[];

/** `interval`: seconds since the exposure before it; null for the first, or where the times do not tell. */
export function toExposure(entry: Entry, newest: number, interval: number | null = null): ReportExposure {
  const { corrected, fault } = entry;
  const exposure: Record<string, unknown> = {};
  for (const name of FACT_NAMES) exposure[name] = FACTS[name].of(entry, newest, interval);
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

/** Times in seconds, and sums of counts. */
export const secondsSchema = schema<StageTimes>(
  record(
    Object.fromEntries(STAGES.map((stage) => [stage, described(amount, `s, wall time: ${TIMES[stage].description}`)])),
  ),
);
export const countsSchema = schema<Counts>(record(figureSchemas(COUNTS)));

const facts = Object.fromEntries(Object.entries(FACTS).map(([name, { schema }]) => [name, schema]));

export const exposureSchema = schema<ReportExposure>(
  record(
    {
      ...facts,
      seconds: orNull(secondsSchema),
      counts: orNull(record(figureSchemas(COUNTS, false))),
      ...figureSchemas(OTHERS, false),
      statistics: orNull(record(figureSchemas(STATISTICS, false))),
      metadata: orNull(metadataSchema),
    },
    { fault: record({ kind: oneOf(Object.keys(FAULTS)), message: text }) },
  ),
);

/** The figures where they stand in the report: times are in seconds there. */
export const REPORTED: readonly Reported[] = FIGURES.map((figure) => {
  const place = { part: figure.part === 'times' ? 'seconds' : figure.part, name: figure.name };
  return { ...figure, of: (exposure) => figureOf(exposure, place) };
});

export interface Reported extends Placed {
  readonly of: (exposure: ReportExposure) => FigureValue | undefined;
}
