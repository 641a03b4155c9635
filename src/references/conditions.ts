/**
 * Conditions on exposures: one table for the sets of references and for the rules of a recipe. Each says what it takes in
 * a recipe, and for which exposures it holds. All conditions of a `when` must hold.
 */

/** What is known of an exposure before its pixels are read. Sizes in px. */
export interface Facts {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Absent where nothing states it. */
  readonly binning?: number | undefined;
  readonly camera?: string | undefined;
  /** When it was taken, ms since 1970, and what states it: metadata first, otherwise the file's modification time. */
  readonly taken: number;
  readonly takenFrom: string;
  /** Its path below the folder that was named. */
  readonly path: string;
}

/** Both ends included; infinite where it is open. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Whether a path or a name meets one of the patterns of `--include`, or `foldCase` whatever its letters' case. */
export type Meets = (patterns: readonly string[], path: string) => boolean;

interface Condition<Value> {
  /** Completes the sentence "expected ...". */
  readonly expects: string;
  /** The value, or undefined when what stands in the recipe is none. */
  readonly accept: (found: unknown) => Value | undefined;
  readonly holds: (value: Value, facts: Facts, meets: Meets) => boolean;
  /** What the exposure has, for messages. */
  readonly found: (facts: Facts) => string;
  /** What was asked for, for messages. */
  readonly wanted: (value: Value) => string;
  /** It is not in the size of an exposure: metadata, or the time of the file, are asked. */
  readonly beyondSize?: true;
}

const number = (
  field: 'width' | 'height' | 'frames' | 'binning',
  unit: string,
  extra: { readonly beyondSize?: true } = {},
): Condition<readonly Range[]> => ({
  expects: `a number (${unit}), a range such as "2.." or "512..1024", or a list of them`,
  accept: ranges,
  holds: (wanted, facts) => {
    const value = facts[field];
    return value !== undefined && wanted.some(({ low, high }) => value >= low && value <= high);
  },
  found: (facts) => (facts[field] === undefined ? `${field} not stated` : `${field} ${facts[field]}`),
  wanted: (value) => `${field} ${value.map(shownRange).join(' or ')}`,
  ...extra,
});

const time = (name: 'from' | 'to', holds: (limit: number, taken: number) => boolean): Condition<number> => ({
  expects: 'a time such as "2026-03-01 03:00" (of this machine\'s zone) or "2026-03-01T02:00:00Z"',
  accept: timeOf,
  holds: (limit, { taken }) => holds(limit, taken),
  found: ({ taken, takenFrom }) => `taken ${shownTime(taken)} (${takenFrom})`,
  wanted: (limit) => `${name} ${shownTime(limit)}`,
  beyondSize: true,
});

const patterns = (
  name: 'files' | 'camera',
  expects: string,
  value: (facts: Facts) => string | undefined,
  meeting: (wanted: readonly string[], found: string, meets: Meets) => boolean,
): Condition<readonly string[]> => ({
  expects,
  accept: texts,
  holds: (wanted, facts, meets) => {
    const found = value(facts);
    return found !== undefined && meeting(wanted, found, meets);
  },
  found: (facts) => `${name} ${value(facts) ?? 'not stated'}`,
  wanted: (wanted) => `${name} ${wanted.join(' or ')}`,
});

export const CONDITIONS = {
  width: number('width', 'px'),
  height: number('height', 'px'),
  frames: number('frames', 'frames'),
  binning: number('binning', 'below 1: super-resolution', { beyondSize: true }),
  camera: {
    ...patterns(
      'camera',
      'the name of a camera, a pattern such as "K3*", or a list of them',
      ({ camera }) => camera,
      // A name is no path, and its letters' case means nothing.
      (wanted, found, meets) =>
        meets(
          wanted.map((each) => each.toLowerCase().replaceAll('/', '_')),
          found.toLowerCase().replaceAll('/', '_'),
        ),
    ),
    beyondSize: true,
  },
  files: patterns(
    'files',
    'a pattern as --include takes it, such as "grid1/" or "*_View*", or a list of them',
    ({ path }) => path,
    (wanted, found, meets) => meets(wanted, found),
  ),
  from: time('from', (limit, taken) => taken >= limit),
  to: time('to', (limit, taken) => taken < limit),
} as const;

export type ConditionName = keyof typeof CONDITIONS;

type ValueOf<C> = C extends Condition<infer Value> ? Value : never;

/** All must hold; none: every exposure. */
export type When = { readonly [Name in ConditionName]?: ValueOf<(typeof CONDITIONS)[Name]> };

export const CONDITION_NAMES = Object.keys(CONDITIONS) as readonly ConditionName[];

/** A condition whose type of value is not known beforehand. */
export const conditionNamed = (name: ConditionName): Condition<unknown> => CONDITIONS[name] as Condition<unknown>;

/** The first condition that does not hold; null: all do. */
export function failing(when: When, facts: Facts, meets: Meets): ConditionName | null {
  return (
    CONDITION_NAMES.find((name) => when[name] !== undefined && !conditionNamed(name).holds(when[name], facts, meets)) ??
    null
  );
}

/** "width 4096, found width 1024". */
export function saidFailing(name: ConditionName, when: When, facts: Facts): string {
  const { wanted, found } = conditionNamed(name);
  return `${wanted(when[name])}, found ${found(facts)}`;
}

/** Whether metadata or the time are asked for. */
export const asksBeyondSize = (when: When): boolean =>
  CONDITION_NAMES.some((name) => when[name] !== undefined && conditionNamed(name).beyondSize);

const shownRange = ({ low, high }: Range): string => {
  if (low === high) return String(low);
  return `${Number.isFinite(low) ? low : ''}..${Number.isFinite(high) ? high : ''}`;
};

/** In the zone of this machine, as recipes have it. */
export function shownTime(ms: number): string {
  const at = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function ranges(found: unknown): readonly Range[] | undefined {
  const all = (Array.isArray(found) ? found : [found]).map(range);
  return all.length > 0 && all.every((each) => each !== undefined) ? all : undefined;
}

function range(found: unknown): Range | undefined {
  if (typeof found === 'number' && Number.isFinite(found) && found > 0) return { low: found, high: found };
  if (typeof found !== 'string') return undefined;
  const [, low, high] = /^\s*(\d+(?:\.\d+)?)?\s*\.\.\s*(\d+(?:\.\d+)?)?\s*$/.exec(found) ?? [];
  if (low === undefined && high === undefined) return undefined;
  const ends = {
    low: low === undefined ? Number.NEGATIVE_INFINITY : Number(low),
    high: high === undefined ? Number.POSITIVE_INFINITY : Number(high),
  };
  return ends.low <= ends.high ? ends : undefined;
}

function texts(found: unknown): readonly string[] | undefined {
  const all: unknown[] = Array.isArray(found) ? found : [found];
  return all.length > 0 && all.every((each) => typeof each === 'string' && each !== '') ? (all as string[]) : undefined;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/;

/** Without a zone it is of this machine's. */
function timeOf(found: unknown): number | undefined {
  const text = typeof found === 'string' ? found.trim() : '';
  const parts = TIME.exec(text);
  if (!parts) return undefined;
  const [year, month, day, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => (part === undefined ? 0 : Number(part))) as [number, number, number, number?, number?, number?];
  // Date would take the 31st of February for a day of March.
  const local = new Date(year, month - 1, day, hour, minute, second);
  if (local.getMonth() !== month - 1 || local.getDate() !== day || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const zone = parts[7];
  if (zone === undefined) return local.getTime();
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  if (sign === undefined) return utc;
  return utc - (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
