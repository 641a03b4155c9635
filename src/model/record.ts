/**
 * The record of an exposure: one table of every figure that is kept for each exposure. A figure that is listed here gets
 * its type, its column in the journal and in `exposures.csv`, its place in `report.json`, in both JSON schemas and in the
 * table of the page. To add a figure, add a line here and the code that counts it.
 */

import { type Schema, schema } from './schema.ts';

export interface Figure {
  /** `whole`: an integer from 0; `number`: any number, NaN and infinite ones included; `list`: integers from 0, `length` of them. */
  readonly kind: 'whole' | 'number' | 'list';
  /** None where it is a ratio. */
  readonly unit?: 'px' | 'counts' | 'microseconds' | 'patches' | 'peaks' | 'bytes';
  readonly description: string;
  /** Of a `list`. */
  readonly length?: number;
  /** Null also where an exposure was corrected. */
  readonly optional?: true;
  /** Heads a column of the page's table. A figure without a heading shows when a row is opened. */
  readonly heading?: string;
  /** What people call it, where that is not its name. */
  readonly label?: string;
}

/** Pixels of all frames, by what happened to them. Sums over all exposures are in the report. */
export const COUNTS = {
  spikes: { kind: 'whole', unit: 'px', heading: 'spikes', description: 'replaced by despike' },
  clippedLow: { kind: 'whole', unit: 'px', description: 'below the range of clip, raised to it' },
  clippedHigh: { kind: 'whole', unit: 'px', description: 'above the range of clip, lowered to it' },
  outOfRange: { kind: 'whole', unit: 'px', description: 'outside the range of the type written' },
  defects: { kind: 'whole', unit: 'px', description: 'defects, replaced from their neighbours' },
  unrepaired: { kind: 'whole', unit: 'px', description: 'defects without neighbours to replace them from' },
  saturated: {
    kind: 'whole',
    unit: 'px',
    heading: 'saturated',
    description: 'of the raw file, at or above --saturation',
  },
  nonFinite: { kind: 'whole', unit: 'px', description: 'of the raw file, NaN or infinite' },
} as const satisfies Record<string, Figure>;

/** Of the pixels as written, all frames. */
export const STATISTICS = {
  min: { kind: 'number', unit: 'counts', description: 'lowest pixel' },
  max: { kind: 'number', unit: 'counts', description: 'highest pixel' },
  mean: { kind: 'number', unit: 'counts', heading: 'mean', description: 'mean' },
  deviation: { kind: 'number', unit: 'counts', heading: 'deviation', description: 'population standard deviation' },
} as const satisfies Record<string, Figure>;

/** A stage: what it is to the thread that corrects. `waiting` costs a thread nothing. */
interface StageFigure extends Figure {
  readonly phase: 'waiting' | 'reading' | 'correcting' | 'writing';
}

/** Where an exposure's time went, wall time. Integers, so that totals equal sums. */
export const TIMES = {
  wait: { phase: 'waiting', kind: 'whole', unit: 'microseconds', description: 'queued for a thread' },
  settle: { phase: 'waiting', kind: 'whole', unit: 'microseconds', description: 'until the file was whole' },
  read: { phase: 'reading', kind: 'whole', unit: 'microseconds', description: 'read and unpacked' },
  flatField: {
    phase: 'correcting',
    kind: 'whole',
    unit: 'microseconds',
    label: 'flat-field',
    description: 'flat-field',
  },
  defects: { phase: 'correcting', kind: 'whole', unit: 'microseconds', description: 'defects' },
  despike: { phase: 'correcting', kind: 'whole', unit: 'microseconds', description: 'despike' },
  finish: {
    phase: 'correcting',
    kind: 'whole',
    unit: 'microseconds',
    description: 'clip, statistics, conversion, checksum',
  },
  write: { phase: 'writing', kind: 'whole', unit: 'microseconds', description: 'left to wait for the disk' },
  flush: { phase: 'writing', kind: 'whole', unit: 'microseconds', description: 'flushed and moved into place' },
} as const satisfies Record<string, StageFigure>;

/** Figures that stand beside these groups. */
export const OTHERS = {
  patches: {
    kind: 'list',
    length: 10,
    unit: 'patches',
    label: 'patches of 1, 2 … 9, 10 px and more',
    description: 'replaced patches of 1, 2, ... 9 px, and of 10 px or more; pixels that touch are one patch',
  },
  leftAlone: {
    kind: 'whole',
    unit: 'peaks',
    label: 'larger, left alone',
    description: 'peaks that rose as spikes do, but were larger than --despike-patch',
  },
  maskBytes: {
    kind: 'whole',
    unit: 'bytes',
    optional: true,
    label: 'bytes of the mask',
    description: 'size of the mask beside the output; null: none was written',
  },
} as const satisfies Record<string, Figure>;

type Value<F extends Figure> = F extends { kind: 'list' }
  ? readonly number[]
  : F extends { optional: true }
    ? number | null
    : number;

export type Counts = Record<keyof typeof COUNTS, number>;
export type PixelStatistics = Readonly<Record<keyof typeof STATISTICS, number>>;
export type Stage = keyof typeof TIMES;
export type StageTimes = Record<Stage, number>;
export type Others = { readonly [Name in keyof typeof OTHERS]: Value<(typeof OTHERS)[Name]> };

/** All figures of a corrected exposure. */
export interface Figures extends Others {
  readonly counts: Counts;
  readonly statistics: PixelStatistics;
  readonly times: StageTimes;
}

type OrUnknown<Part> = { readonly [Name in keyof Part]: Part[Name] | null };

/** The same as it is read back: null where an older tool corrected the exposure, which did not know a figure yet. */
export type KnownFigures = OrUnknown<Others> & {
  readonly counts: OrUnknown<Counts>;
  /** NaN where it is not known, too. */
  readonly statistics: PixelStatistics;
};

const names = <Name extends string>(of: Record<Name, Figure>): readonly Name[] => Object.keys(of) as Name[];

const zeros = <Name extends string>(of: Record<Name, Figure>): Record<Name, number> =>
  Object.fromEntries(names(of).map((name) => [name, 0])) as Record<Name, number>;

export const noCounts = (): Counts => zeros(COUNTS);
export const noTimes = (): StageTimes => zeros(TIMES);

export const STAGES = names(TIMES);

/** The stages of some phases, in order. */
export const stagesOf = (...phases: StageFigure['phase'][]): readonly Stage[] =>
  STAGES.filter((stage) => (phases as string[]).includes(TIMES[stage].phase));

/** What a thread does, as against what an exposure waits for. */
export const WORK = stagesOf('reading', 'correcting', 'writing');

/** A figure with its place in `Figures`; `part` is null where it stands beside the groups. */
export interface Placed extends Figure {
  readonly name: string;
  readonly part: 'counts' | 'statistics' | 'times' | null;
}

const placed = (part: Placed['part'], of: Record<string, Figure>): Placed[] =>
  Object.entries(of).map(([name, figure]) => ({ ...figure, name, part }));

/** Every figure, in the order of the columns of the journal and of the CSV. */
export const FIGURES: readonly Placed[] = [
  ...placed('times', TIMES),
  ...placed('counts', COUNTS),
  ...placed(null, OTHERS),
  ...placed('statistics', STATISTICS),
];

/** Those that stand in the exposure's own row: times are kept by correction. */
export const ROW_FIGURES = FIGURES.filter(({ part }) => part !== 'times');
export const TIME_FIGURES = FIGURES.filter(({ part }) => part === 'times');

export type FigureValue = number | readonly number[] | null;

/** The value of a figure in what is laid out as `Figures` is; undefined where it is not known. */
export function figureOf(
  of: object,
  { part, name }: { readonly part: string | null; readonly name: string },
): FigureValue | undefined {
  const values = part === null ? of : (of as Record<string, object | null>)[part];
  return (values as Record<string, FigureValue> | null | undefined)?.[name];
}

/**
 * Lays out values of some figures as `Figures` does. The groups are formed once: a hundred thousand exposures are laid out
 * with them.
 */
export function layout<Each extends Placed>(
  figures: readonly Each[],
): (value: (figure: Each) => FigureValue) => Record<string, unknown> {
  const parts = [...new Set(figures.map(({ part }) => part))].map(
    (part) => [part, figures.filter((figure) => figure.part === part)] as const,
  );
  return (value) => {
    const record: Record<string, unknown> = {};
    for (const [part, members] of parts) {
      const place: Record<string, unknown> = part === null ? record : {};
      for (const figure of members) place[figure.name] = value(figure);
      if (part !== null) record[part] = place;
    }
    return record;
  };
}

/** Its unit and what it is. */
export const inWords = ({ unit, description }: Figure): string => (unit ? `${unit}: ${description}` : description);

/** JSON Schema of a figure's value. `known`: false where an older tool may have corrected the exposure, which had no such figure. */
function figureSchema(figure: Figure, known = true): Schema<unknown> {
  const { kind, optional } = figure;
  const type = { whole: 'integer', number: 'number', list: 'array' }[kind];
  const orNull = optional || kind === 'number' || !known;
  return schema({
    type: orNull ? [type, 'null'] : type,
    ...(kind === 'whole' && { minimum: 0 }),
    ...(kind === 'list' && { items: { type: 'integer', minimum: 0 } }),
    description: inWords(figure),
  });
}

/** JSON Schemas of some figures, by name. */
export const figureSchemas = (of: Readonly<Record<string, Figure>>, known = true): Record<string, Schema<unknown>> =>
  Object.fromEntries(Object.entries(of).map(([name, figure]) => [name, figureSchema(figure, known)]));
