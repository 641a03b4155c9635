/** The report in a few lines of plain text: for the terminal and for the mail that cron sends. */

import { cameraLine } from './camera/camera.ts';
import { failures, group, whole } from './failed.ts';
import type { Report } from './shape.ts';
import { type Basis, headline } from './time-saved.ts';

/** Ends with a line break. `listed`: single exposures were listed during the run. */
export function summary(report: Report, listed = false): string {
  const { run, tool, exposures } = report;
  const now = exposures.filter((exposure) => exposure.run === run.id);
  const failed = now.filter((exposure) => exposure.fault);
  const suspect = now.filter((exposure) => exposure.suspect.length > 0);
  const earlier = report.totals.failed - failed.length;
  const blocks = [
    [`darkroom ${tool.version}, run ${run.id}, started ${minute(run.started)}, ${ending(report)}`],
    table([
      ['done', whole(run.done), ''],
      ['skipped', whole(run.skipped), run.skipped > 0 ? 'done before' : ''],
      ['failed', whole(run.failed), earlier > 0 ? `and ${whole(earlier)} in earlier runs, not tried in this one` : ''],
      ['suspect', whole(suspect.length), suspect.length > 0 ? 'done, but worth a look' : ''],
    ]),
    shards(report),
    [...speed(report), ...given(headline(report.timeSaved))],
    report.camera ? [`  ${cameraLine(report.camera)}`] : [],
    ...failures(failed, exposures, listed),
    ...(suspect.length > 0 ? [group('suspect', suspect, null, listed)] : []),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** When something was last recorded of a run: ISO 8601, UTC. */
export const lastWord = ({ started, seconds }: Report['run']): string =>
  new Date(Date.parse(started) + seconds * 1000).toISOString();

function ending({ run, made }: Report): string {
  if (run.finished === null) {
    const last = lastWord(run);
    const ago = duration(Math.max(0, (Date.parse(made) - Date.parse(last)) / 1000));
    const so = run.goesOn ? 'it goes on' : 'it was killed, or goes on elsewhere';
    return `not finished: last word at ${minute(last)}, ${ago} ago; ${so}`;
  }
  return `${duration(run.seconds)}${run.exitCode === 0 ? '' : `, exit code ${run.exitCode}`}`;
}

/** Shards named one by one. */
const NAMED = 12;

function shards({ run: { array, seconds } }: Report): string[] {
  if (!array) return [];
  const hours = Number((array.nodeSeconds / 3600).toPrecision(2));
  const { unfinished } = array;
  const named = unfinished.slice(0, NAMED).join(', ') + (unfinished.length > NAMED ? ', ...' : '');
  return [
    `  shards      ${whole(array.finished)} of ${whole(array.shards)} finished${unfinished.length > 0 ? `; not: ${named}` : ''}`,
    `  elapsed     ${duration(seconds)}; all shards together ${duration(array.nodeSeconds)} (${hours} node-hours)`,
  ];
}

function speed({ run }: Report): string[] {
  if (run.exposuresPerSecond === null) return [];
  return [
    `  speed       ${run.exposuresPerSecond.toFixed(2)} exposures/s, ${run.megabytesPerSecond!.toFixed(0)} MB/s, ${run.threads === 1 ? '1 thread' : `${run.threads} threads`}`,
  ];
}

function given(basis: Basis | undefined): string[] {
  if (!basis) return [];
  const each = Number(basis.secondsPerExposure.toPrecision(2));
  const lines = [
    `  time saved  ${duration(basis.seconds)} of correction moved off the microscope, at most`,
    `              (${basis.name}: ${each} s for each of ${whole(basis.exposures)} exposures)`,
  ];
  return basis.warning ? [...lines, `              warning: ${basis.warning}`] : lines;
}

function table(rows: readonly (readonly [name: string, count: string, note: string])[]): string[] {
  const width = Math.max(...rows.map(([, count]) => count.length));
  return rows.map(([name, count, note]) => `  ${name.padEnd(10)}  ${count.padStart(width)}   ${note}`.trimEnd());
}

const minute = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** Seconds as `0.42 s`, `3 min 07 s`, `5 h 12 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  const minutes = Math.round(s / 60);
  return `${whole(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}
