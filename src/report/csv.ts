/** The exposures of a report as a table: the figures of `report.json`, one row each. RFC 4180, UTF-8. */

import { PATCH_SIZES } from '../correct/observe/patches.ts';
import { noCounts, STAGES } from '../model/outcome.ts';
import type { ReportExposure } from './shape.ts';

type Cell = string | number | null;
type Column = readonly [name: string, of: (exposure: ReportExposure) => Cell | undefined];

const COUNTS = Object.keys(noCounts()) as (keyof ReturnType<typeof noCounts>)[];
const STATISTICS = ['min', 'max', 'mean', 'deviation'] as const;

/** In the order of the file. Names are those of `report.json`; stages end in their unit, s; `patches10`: of 10 px or more. */
const COLUMNS: readonly Column[] = [
  ['input', (of) => of.input],
  ['output', (of) => of.output],
  ['status', (of) => of.status],
  ['suspect', (of) => of.suspect.join('; ')],
  ['run', (of) => of.run],
  ['recorded', (of) => of.recorded],
  ['taken', (of) => of.taken],
  ['width', (of) => of.width],
  ['height', (of) => of.height],
  ['frames', (of) => of.frames],
  ['typeRead', (of) => of.typeRead],
  ['typeWritten', (of) => of.typeWritten],
  ['bytesIn', (of) => of.bytesIn],
  ['bytesOut', (of) => of.bytesOut],
  ['crc32', (of) => of.crc32],
  ...STAGES.map((stage): Column => [`${stage}Seconds`, (of) => of.seconds?.[stage]]),
  ...COUNTS.map((name): Column => [name, (of) => of.counts?.[name]]),
  ...Array.from({ length: PATCH_SIZES }, (_, i): Column => [`patches${i + 1}`, (of) => of.patches?.[i]]),
  ['leftAlone', (of) => of.leftAlone],
  ...STATISTICS.map((name): Column => [name, (of) => of.statistics?.[name]]),
  ['faultKind', (of) => of.fault?.kind],
  ['faultMessage', (of) => of.fault?.message],
];

export function csv(exposures: readonly ReportExposure[]): string {
  const rows = exposures.map((exposure) => COLUMNS.map(([, of]) => quoted(of(exposure) ?? '')).join(','));
  return [COLUMNS.map(([name]) => name).join(','), ...rows, ''].join('\r\n');
}

/** What begins like this is a formula to spreadsheets (OWASP, CSV Injection), as does text that is marked already. */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n']/;

/** An apostrophe before it makes it text; programs take one leading apostrophe away where there is one. Numbers stay numbers. */
const harmless = (cell: string | number): string =>
  typeof cell === 'string' && FORMULA.test(cell) ? `'${cell}` : String(cell);

/** RFC 4180, section 2: fields with commas, quotes or line breaks stand in quotes, quotes in them twice. */
const quoted = (cell: string | number): string => {
  const text = harmless(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
