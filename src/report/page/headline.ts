/** The head of the page: one line that says whether all is well, and the figures that a passer-by reads. */

import type { CameraReport } from '../camera/camera.ts';
import type { Report } from '../shape.ts';
import { lastWord } from '../summary.ts';
import { headline } from '../time-saved.ts';
import { heldUp } from './held-up.ts';
import { html, type Markup } from './markup.ts';
import { digits, duration, figure, minute, moment, plural, whole } from './wording.ts';

export function verdict(report: Report): Markup {
  const { run, totals } = report;
  const needs = needsSomebody(report);
  const corrected = totals.done + totals.skipped;
  const saved = headline(report.timeSaved);
  const state = stateOf(report);
  return html`
<div class="verdict ${state}">
  <p class="line"><span class="mark" aria-hidden="true"></span>
    <span>${needs.length === 0 ? `All is well${run.goesOn ? ', and it goes on' : ''}.` : 'Needs attention.'}
    ${plural(corrected, 'exposure')} corrected${totals.failed > 0 && html`, ${whole(totals.failed)} failed`}${
      totals.suspect > 0 && html`, ${whole(totals.suspect)} suspect`
    }.</span></p>
  ${run.goesOn && html`<p class="said">As of ${moment(report.made)}, run ${run.id}.</p>`}
  ${heldUp(report)}
  ${needs.length > 0 && html`<ul class="needs">${needs.map(([what, where]) => html`<li><a href="#${where}">${what}</a></li>`)}</ul>`}
</div>
<dl class="tiles">
  ${
    saved &&
    html`<div class="tile wide"><dt>Time given back, at most</dt>
    <dd class="big">${figure(saved.seconds, duration(saved.seconds))}</dd>
    <dd class="note">${saved.name}: ${figure(saved.secondsPerExposure, `${saved.secondsPerExposure.toFixed(2)} s`)} an exposure${
      saved.moreExposures !== null &&
      saved.morePercent !== null &&
      html`, which makes <b>${digits(saved.moreExposures)} more exposures</b> (${digits(saved.morePercent)} %)`
    }</dd></div>`
  }
  ${tile('Corrected', corrected, totals.skipped > 0 ? `${whole(totals.done)} now, ${whole(totals.skipped)} before` : 'in this run', '', '#exposures')}
  ${tile('Failed', totals.failed, totals.failed > 0 ? 'by name below' : 'none', totals.failed > 0 ? 'bad' : '', totals.failed > 0 ? '#failures' : '')}
  ${tile('Suspect', totals.suspect, totals.suspect > 0 ? 'done, but worth a look' : 'none', totals.suspect > 0 ? 'look' : '', totals.suspect > 0 ? '#failures' : '')}
  <div class="tile"><dt>${run.finished ? 'Finished' : 'Last exposure recorded'}</dt>
    <dd class="big">${when(report)}</dd>
    <dd class="note">${run.finished ? html`after ${figure(run.seconds, duration(run.seconds))}` : `${duration(run.seconds)} after its start`}</dd></div>
  ${report.camera && cameraTile(report.camera)}
</dl>`;
}

/** At a glance: nothing to do; to be looked at; something failed. */
export function stateOf(report: Report): 'well' | 'look' | 'bad' {
  if (needsSomebody(report).length === 0) return 'well';
  return report.totals.failed > 0 || report.run.exitCode === 3 ? 'bad' : 'look';
}

function cameraTile({ fits, warnings, checks, exposures }: CameraReport): Markup {
  const passed = checks.filter((check) => check.passed).length;
  const open = checks.filter((check) => check.passed === null).length;
  const said = !fits ? 'references do not fit' : warnings.length > 0 ? 'look at it' : 'references fit';
  return html`<div class="tile camera ${warnings.length > 0 ? 'look' : 'good'}"><dt>Camera</dt><dd class="big"><a href="#pattern">${said}</a></dd>
<dd class="note">${whole(passed)} of ${plural(checks.length - open, 'check')} passed, ${plural(exposures, 'exposure')}</dd></div>`;
}

const tile = (title: string, count: number, note: string, state: string, href: string): Markup => html`
<div class="tile ${state}"><dt>${title}</dt><dd class="big">${
  href ? html`<a href="${href}">${figure(count, whole(count))}</a>` : figure(count, whole(count))
}</dd><dd class="note">${note}</dd></div>`;

function when({ run }: Report): Markup {
  const time = run.finished ?? lastWord(run);
  return html`<time datetime="${time}" class="day-time">${time.slice(11, 16)}<span class="day">UTC, ${time.slice(0, 10)}</span></time>`;
}

/** What a person has to look at, each with its place on the page. */
export function needsSomebody({ run, totals, timeSaved, watch, camera }: Report): [what: string, where: string][] {
  const needs: [string, string][] = [];
  if (run.exitCode === 3)
    needs.push([
      'The run stopped early: the disk or the journal gave up. Run it again when that is mended',
      'provenance',
    ]);
  if (run.array && run.array.unfinished.length > 0)
    needs.push([
      `${plural(run.array.unfinished.length, 'shard')} of ${run.array.shards} did not finish, or are still at work: submit the same again`,
      'provenance',
    ]);
  else if (run.finished === null && !run.goesOn)
    needs.push([
      `The run has not finished, its last word was at ${minute(lastWord(run))}: it was killed, or goes on elsewhere. The same command goes on`,
      'provenance',
    ]);
  if (totals.failed > 0)
    needs.push([`${plural(totals.failed, 'exposure')} failed: see the causes and what to do`, 'failures']);
  // References that do not fit make many suspect: their cause comes first.
  if (camera && camera.warnings.length > 0) needs.push([camera.warnings[0]!, 'pattern']);
  if (totals.suspect > 0)
    needs.push([`${plural(totals.suspect, 'exposure')} suspect: corrected, but worth a look`, 'failures']);
  // A heap of files at the start is behind too, but is caught up with.
  if (watch && !watch.keptUp && watch.arrivalsPerMinute > watch.capacityPerMinute)
    needs.push([
      `The watch fell behind for ${duration(watch.behindSeconds)}: more arrived than it could correct`,
      'watch',
    ]);
  const first = headline(timeSaved);
  if (first?.warning) needs.push([`The time given back is ${first.warning}`, 'saved']);
  return needs;
}
