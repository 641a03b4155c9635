/** What a bench finds, as rows of one Markdown table. Medians, so that one disturbed turn decides nothing. */

export interface Row {
  readonly what: string;
  /** Milliseconds; absent where something else than time is measured, which `found` then says. */
  readonly ms?: number;
  /** Bytes that were worked on in that time. */
  readonly bytes?: number;
  readonly found?: string;
  /** Measured in turns with ours. `ratio`: the median of the turns' ratios, ours / theirs. */
  readonly against?: { readonly name: string; readonly ms: number; readonly ratio: number };
  readonly target?: Target;
  /** Said instead of figures, such as 'not installed'. */
  readonly missing?: string;
}

/** What was asked for, held against `measured`. `more`: larger is better. */
export interface Target {
  readonly measured: number;
  readonly must: number;
  readonly aim?: number;
  readonly more?: true;
  /** How a figure is written, such as "0.5 s" or "1/12". */
  readonly shown: (value: number) => string;
}

/** What a time is compared with besides. ms; absent where it was not measured. */
export interface Yardsticks {
  /** Copying the float32 image of one exposure in memory. */
  readonly memcpy?: number;
  /** Copying the file of one exposure, then `sync`. */
  readonly copy?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const COLUMNS = ['what', 'ms', 'MB/s', 'x memcpy', 'x cp + sync', 'against', 'ratio', 'must', 'aim', ''] as const;

export function markdown(rows: readonly Row[], yardsticks: Yardsticks = {}): string {
  const lines = [
    COLUMNS,
    COLUMNS.map((_, i) => (i === 0 ? '---' : '---:')),
    ...rows.map((row) => cells(row, yardsticks)),
  ];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cells({ what, ms, bytes, found, against, target, missing }: Row, { memcpy, copy }: Yardsticks): string[] {
  if (missing !== undefined) return [what, missing, ...COLUMNS.slice(2).map(() => '')];
  const times = (yardstick?: number): string => (ms === undefined || !yardstick ? '' : figures(ms / yardstick));
  return [
    what,
    found ?? (ms === undefined ? '' : figures(ms)),
    ms !== undefined && bytes !== undefined ? figures(bytes / 1e3 / ms) : '',
    times(memcpy),
    times(copy),
    against ? `${against.name} ${figures(against.ms)} ms` : '',
    against ? (target?.shown(against.ratio) ?? figures(against.ratio)) : '',
    target ? bound(target, target.must) : '',
    target?.aim !== undefined ? bound(target, target.aim) : '',
    target ? verdict(target) : '',
  ];
}

const bound = ({ more, shown }: Target, value: number): string => `${more ? '>=' : '<='} ${shown(value)}`;

/** 'aim' and 'must' name the better one that was met. */
export function verdict({ measured, must, aim, more }: Target): 'aim' | 'must' | 'missed' {
  const meets = (value: number): boolean => (more ? measured >= value : measured <= value);
  if (aim !== undefined && meets(aim)) return 'aim';
  return meets(must) ? 'must' : 'missed';
}

/** Three significant digits, without an exponent. */
export function figures(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** 0.05 is shown as 1/20. */
export const part = (value: number): string => `1/${figures(1 / value)}`;
export const fold = (value: number): string => `${figures(value)} x`;
export const seconds = (value: number): string => `${figures(value)} s`;
export const gigabytes = (value: number): string => `${figures(value)} GB`;
