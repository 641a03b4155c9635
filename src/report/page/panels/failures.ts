/** What failed, grouped by cause with what to do, every file by name; and what is suspect. */

import { FAULTS } from '../../../model/outcome.ts';
import { groups } from '../../failed.ts';
import type { ReportExposure } from '../../record.ts';
import { html, type Markup } from '../markup.ts';
import { plural } from '../wording.ts';
import type { Panel } from './panel.ts';

export const failures: Panel = {
  id: 'failures',
  title: 'Needs attention',
  short: 'Problems',
  show({ exposures, run }) {
    const rows = exposures.map((exposure, row) => ({ exposure, row }));
    const failed = rows.filter(({ exposure }) => exposure.fault);
    const suspect = rows.filter(({ exposure }) => exposure.suspect.length > 0);
    if (failed.length + suspect.length === 0) return null;
    return html`
${groups(failed, ({ exposure }) => exposure.fault!.kind).map(([kind, members]) =>
  group(
    html`<span class="chip bad">failed</span> ${plural(members.length, 'exposure')}: ${FAULTS[kind].means}`,
    FAULTS[kind].advice,
    members,
    ({ fault, run: tried }) =>
      html`${withOptions(fault!.message)}${tried !== run.id && html` <span class="note">(run ${tried}, not tried since)</span>`}`,
  ),
)}
${groups(suspect, ({ exposure }) => exposure.suspect.map(withoutFigures).join('; ')).map(([, members]) =>
  group(
    html`<span class="chip look">suspect</span> ${plural(members.length, 'exposure')}: ${withOptions(withoutFigures(members[0]!.exposure.suspect.join('; ')))}`,
    'corrected and written; look at them before they are used',
    members,
    (each) => html`${withOptions(each.suspect.join('; '))}`,
  ),
)}`;
  },
};

/** Reasons name the exposure's own figures, also in the option that would help; without them alike ones are alike. */
const withoutFigures = (reason: string): string =>
  reason.replace(/-?\d+([.,]\d+)?(?= (%|ppm|counts|px|pixels|above|outside))|(?<=--[a-z-]+ )-?\d+(\.\d+)?/g, '…');

/** Names of options do not break in two. */
const withOptions = (text: string): Markup[] =>
  text.split(/(--[a-z][a-z-]*)/).map((part, i) => (i % 2 ? html`<span class="option">${part}</span>` : html`${part}`));

interface Member {
  readonly exposure: ReportExposure;
  readonly row: number;
}

/** Files of a group that are named at most: a page of a million names opens in no browser. */
const NAMED = 10_000;

/** Groups up to this size stand open. */
const OPEN = 12;

const group = (
  title: Markup,
  advice: string,
  members: readonly Member[],
  say: (exposure: ReportExposure) => Markup,
): Markup => html`
<details class="group"${members.length <= OPEN && html` open`}><summary>${title}</summary>
<p class="advice">To do: ${withOptions(advice)}.</p>
<ul class="files">${members
  .slice(0, NAMED)
  .map(
    ({ exposure, row }) =>
      html`<li><a href="#exposure-${row}">${exposure.output}</a> <span>${say(exposure)}</span></li>`,
  )}</ul>${members.length > NAMED && html`<p class="note">And ${plural(members.length - NAMED, 'more exposure')}: see exposures.csv.</p>`}</details>`;
