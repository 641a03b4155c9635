/**
 * The table of all exposures. Its rows travel as plain data: the page's own script shows a part at a time, sorts and
 * searches, so that 20 000 of them cost a screen no more than fifty.
 */

import { METADATA_FIELDS } from '../../../model/metadata.ts';
import { WORK } from '../../../model/record.ts';
import { REPORTED, type ReportExposure, type Reported } from '../../record.ts';
import { selection } from '../../selection.ts';
import { html, inScript, type Markup } from '../markup.ts';
import { whole } from '../wording.ts';
import type { Panel } from './panel.ts';

/** How a value is shown by the script: see `browser/page.ts`. */
type Kind = 'text' | 'time' | 'whole' | 'number' | 'seconds' | 'bytes';

interface Column {
  readonly name: string;
  /** Its heading; a column without one shows only when a row is opened. */
  readonly heading?: string;
  readonly kind: Kind;
  readonly of: (exposure: ReportExposure) => string | number | null | undefined;
}

/** What a row says of itself in words. */
const remark = ({ fault, suspect }: ReportExposure): string | null =>
  fault ? `${fault.kind}: ${fault.message}` : suspect.length > 0 ? suspect.join('; ') : null;

/** A figure as a column; times have names that differ from those of counts. */
function toColumn({ name, part, kind, unit, heading, label = name, of }: Reported): Column {
  const shown = heading === undefined ? {} : { heading };
  if (part === 'times') return { name: `${label}, time`, kind: 'seconds', of: (e) => of(e) as number | null, ...shown };
  if (kind === 'list') return { name: label, kind: 'text', of: (e) => (of(e) as number[] | null)?.join(' '), ...shown };
  const shows = kind === 'number' ? 'number' : unit === 'bytes' ? 'bytes' : 'whole';
  return { name: label, kind: shows, of: (e) => of(e) as number | null, ...shown };
}

const figures = (...parts: Reported['part'][]): Column[] =>
  REPORTED.filter(({ part }) => parts.includes(part)).map(toColumn);

const COLUMNS: readonly Column[] = [
  { name: 'status', heading: 'status', kind: 'text', of: (e) => (e.suspect.length > 0 ? 'suspect' : e.status) },
  { name: 'exposure', heading: 'exposure', kind: 'text', of: (e) => e.output },
  { name: 'taken', heading: 'taken (UTC)', kind: 'time', of: (e) => e.taken },
  ...figures('statistics'),
  ...figures('counts', null),
  { name: 'work', heading: 'work', kind: 'seconds', of: (e) => e.seconds && work(e.seconds) },
  { name: 'remark', heading: 'remark', kind: 'text', of: remark },
  { name: 'input', kind: 'text', of: (e) => e.input },
  { name: 'run', kind: 'whole', of: (e) => e.run },
  { name: 'recorded', kind: 'time', of: (e) => e.recorded },
  {
    name: 'size',
    kind: 'text',
    of: (e) => e.width && `${e.width} × ${e.height} px, ${e.frames} frame${e.frames === 1 ? '' : 's'}`,
  },
  {
    name: 'type',
    kind: 'text',
    of: (e) => e.typeRead && (e.typeWritten ? `${e.typeRead} → ${e.typeWritten}` : e.typeRead),
  },
  { name: 'bytes in', kind: 'bytes', of: (e) => e.bytesIn },
  { name: 'bytes out', kind: 'bytes', of: (e) => e.bytesOut },
  { name: 'CRC-32', kind: 'text', of: (e) => e.crc32 },
  { name: 'references', kind: 'text', of: (e) => e.references },
  ...figures('times'),
];

/** How a field of the metadata is called when a row is opened; what no exposure states has no place there. */
const STATED: readonly Column[] = METADATA_FIELDS.map(({ name, kind, unit, heading }) => ({
  name: `${heading === 'taken' ? 'taken, as stated' : heading}${unit ? `, ${unit}` : ''}`,
  kind: kind === 'flag' ? 'text' : kind,
  of: ({ metadata }) => {
    const value = metadata?.[name];
    return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
  },
}));

/** Integer microseconds first: a sum of seconds has other last digits. */
const work = (seconds: NonNullable<ReportExposure['seconds']>): number =>
  WORK.reduce((sum, stage) => sum + Math.round(seconds[stage] * 1e6), 0) / 1e6;

const FILTERS = ['all', 'done', 'skipped', 'suspect', 'failed'] as const;

export const exposures: Panel = {
  id: 'exposures',
  title: 'All exposures',
  short: 'Table',
  show({ exposures: all }) {
    if (all.length === 0) return null;
    const columns = [...COLUMNS, ...STATED.filter(({ of }) => all.some((exposure) => of(exposure) !== undefined))];
    const places = selection(all);
    const rows = places.map((place) => columns.map(({ of }) => of(all[place]!) ?? null));
    const counts = new Map<string, number>();
    for (const [status] of rows) counts.set(status as string, (counts.get(status as string) ?? 0) + 1);
    const filters = FILTERS.filter((name) => name === 'all' || counts.has(name));
    return html`
${rows.length < all.length && html`<p class="note">Of ${whole(all.length)} exposures ${whole(rows.length)} have a row here: those that failed or are suspect first, and one in so many of the others. All have one in <code>exposures.csv</code> beside this page and in the journal; all other parts of this page count all of them.</p>`}
<noscript><p>This table needs scripts; <code>exposures.csv</code> beside this page has the same figures.</p></noscript>
<div class="tools"><label>Search <input type="search" id="search" placeholder="name, cause, path…" autocomplete="off" spellcheck="false"></label>
<fieldset><legend class="hidden">Show</legend>${filters.map(
      (name) =>
        html`<label class="choice"><input type="radio" name="status" value="${name}"${name === 'all' && html` checked`}><span>${name} <small>${whole(
          name === 'all' ? rows.length : counts.get(name)!,
        )}</small></span></label>`,
    )}</fieldset><output id="count" for="search"></output></div>
<div class="scroll"><table id="table" class="plain"><thead><tr>${COLUMNS.map(
      ({ heading, kind }, i) =>
        heading !== undefined &&
        html`<th scope="col" class="${kind === 'text' || kind === 'time' ? '' : 'n'}" data-column="${i}"><button type="button">${heading}</button></th>`,
    )}</tr></thead><tbody></tbody></table></div>
<nav class="pager" aria-label="Pages of the table"><button type="button" id="before">‹ before</button><span id="page"></span><button type="button" id="after">after ›</button></nav>
${transport(columns, rows, rows.length < all.length ? places : null)}`;
  },
};

/** `places`: of each row among all exposures, by which links name it; null: all have one. */
const transport = (
  shown: readonly Column[],
  rows: readonly (readonly (string | number | null)[])[],
  places: readonly number[] | null,
): Markup => {
  const columns = shown.map(({ name, heading, kind }) => ({ name, kind, shown: heading !== undefined }));
  return html`<script type="application/json" id="rows">${inScript(places ? { columns, rows, places } : { columns, rows })}</script>`;
};
