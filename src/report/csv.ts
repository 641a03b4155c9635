/** The exposures of a report as a table: the figures of `report.json`, one row each. RFC 4180, UTF-8. */

import { METADATA_FIELDS } from '../model/metadata.ts';
import { FACT_NAMES, REPORTED, type ReportExposure, type Reported } from './record.ts';

type Cell = string | number | null;
type Column = readonly [name: string, of: (exposure: ReportExposure) => Cell | undefined];

/** A list has a column for each of its places: `patches1`, `patches2` ... */
const columnsOf = ({ kind, part, name, length = 0, of }: Reported): readonly Column[] =>
  kind === 'list'
    ? Array.from({ length }, (_, i) => [`${name}${i + 1}`, (exposure) => (of(exposure) as number[] | null)?.[i]])
    : [[part === 'times' ? `${name}Seconds` : name, (exposure) => of(exposure) as number | null]];

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const inCell = (value: string | number | boolean | undefined): Cell | undefined =>
  typeof value === 'boolean' ? String(value) : value;

/** In the order of the file. Names are those of `report.json`; stages end in their unit, s; `patches10`: of 10 px or more. */
const COLUMNS: readonly Column[] = [
  ...FACT_NAMES.map((name): Column => [name, (of) => (name === 'suspect' ? of.suspect.join('; ') : of[name])]),
  ...REPORTED.flatMap(columnsOf),
  ...METADATA_FIELDS.map(({ name }): Column => [`metadata${capital(name)}`, (of) => inCell(of.metadata?.[name])]),
  ['faultKind', (of) => of.fault?.kind],
  ['faultMessage', (of) => of.fault?.message],
];

/** Line by line. */
export function* csv(exposures: readonly ReportExposure[]): Generator<string> {
  yield `${COLUMNS.map(([name]) => name).join(',')}\r\n`;
  for (const exposure of exposures) yield `${COLUMNS.map(([, of]) => quoted(of(exposure) ?? '')).join(',')}\r\n`;
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
