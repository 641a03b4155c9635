/** How this came about: tool, machine, command, recipe, references with their hashes, and the runs before. */

import type { ReportArray } from '../../shape.ts';
import { html, type Markup } from '../markup.ts';
import { digits, figure, moment, plural, whole } from '../wording.ts';
import type { Panel } from './panel.ts';

/** Runs listed, the newest ones. */
const LISTED = 20;

export const provenance: Panel = {
  id: 'provenance',
  title: 'How it was made',
  short: 'Origin',
  show({ tool, run, effectiveRecipe, references, runs }) {
    const line = (name: string, value: Markup | string): Markup => html`<dt>${name}</dt><dd>${value}</dd>`;
    return html`
<div class="columns"><section><h3>This run</h3><dl class="facts">
${line('tool', `${tool.name} ${tool.version}`)}${line('Node', run.node)}${line('machine', html`${run.host}, ${plural(run.threads, 'thread')}; ${run.machine}`)}
${line('started', moment(run.started))}${line('finished', run.finished ? moment(run.finished) : 'not, as far as the journal knows')}
${run.array && line('shards', shards(run.array))}
${line('exit code', run.exitCode === null ? '–' : String(run.exitCode))}
${line('output folder', html`<code>${run.outputFolder}</code>`)}${line('command', html`<code>${run.command}</code>`)}
${line(
  'libraries',
  Object.entries(run.libraries)
    .map(([name, version]) => `${name} ${version}`)
    .join(', '),
)}</dl></section>
<section><h3>Recipe</h3><dl class="facts">${effectiveRecipe.map(({ name, value, from }) =>
      line(name, html`<code>${spoken(value)}</code>${from !== null && html` <small>${from}</small>`}`),
    )}</dl><p class="note">As it ran: defaults filled in, options of what did not run left out. As it was given: recipe in report.json.</p></section></div>
<h3>References</h3>
${
  references.length === 0
    ? html`<p>None: corrected without references.</p>`
    : html`<div class="scroll"><table class="plain"><thead><tr><th scope="col">role</th><th scope="col">file</th><th scope="col" class="n">level</th><th scope="col">SHA-256</th></tr></thead><tbody>${references.map(
        (each) =>
          html`<tr><th scope="row">${each.role}</th><td>${each.name}${each.orientation && ` (${each.orientation})`}${each.scale && ` x ${each.scale}`}</td><td class="n">${each.level !== undefined && figure(each.level, `${digits(each.level)} counts`)}</td><td><code class="hash">${each.hash}</code></td></tr>`,
      )}</tbody></table></div>`
}
<h3>Runs into this folder</h3>
<div class="scroll"><table class="plain"><thead><tr><th scope="col" class="n">run</th><th scope="col">started</th><th scope="col" class="n">done</th>
<th scope="col" class="n">skipped</th><th scope="col" class="n">failed</th><th scope="col" class="n">exit</th><th scope="col">command</th></tr></thead><tbody>${runs
      .slice(-LISTED)
      .reverse()
      .map(
        (each) => html`
<tr><td class="n">${each.id}</td><td>${moment(each.started)}</td><td class="n">${figure(each.done, whole(each.done))}</td>
<td class="n">${figure(each.skipped, whole(each.skipped))}</td><td class="n">${figure(each.failed, whole(each.failed))}</td>
<td class="n">${each.exitCode ?? '–'}</td><td><code>${each.command}</code></td></tr>`,
      )}</tbody></table></div>${runs.length > LISTED && html`<p class="note">${plural(runs.length - LISTED, 'run')} before these: in report.json.</p>`}`;
  },
};

const shards = ({ shards: all, finished, unfinished, nodeSeconds }: ReportArray): string =>
  `${whole(finished)} of ${whole(all)} finished${unfinished.length > 0 ? `, not ${unfinished.slice(0, LISTED).join(', ')}` : ''}; ${digits(nodeSeconds / 3600)} node-hours`;

const spoken = (value: unknown): string =>
  Array.isArray(value)
    ? value.join(', ')
    : value === null
      ? 'none'
      : typeof value === 'object'
        ? Object.entries(value)
            .map(([type, each]) => `${spoken(each)} (${type})`)
            .join(', ')
        : String(value);
