/** The report in a few lines of plain text: for the terminal and for the mail that cron sends. */

import { FAULTS, type FaultKind } from '../outcome.ts';
import { printable } from '../printable.ts';
import type { Report, ReportExposure } from './shape.ts';
import { type Basis, headline } from './time-saved.ts';

/** What to do about each kind of failure. */
export const ADVICE: Record<FaultKind, string> = {
  missing: 'check that the files were not moved while the run went on',
  unreadable: 'check permissions, the disk or the share, then run again',
  name: 'rename the files',
  format: 'look whether these are exposures at all; leave others out with --exclude',
  unsupported: 'convert them first; each message says to what',
  corrected: 'leave them out with --exclude, or give --allow-corrected to correct them again',
  incomplete: 'copy them again, or wait until they are written, then run again',
  changed: 'run again when nothing writes to them any more',
  geometry: 'use the references that were taken with this camera mode',
  spikes: 'use --despike off for counted electrons, or raise --max-spikes',
  range: 'use --offset and --type float32, or --scale',
  suspect: 'look at them, or run without --strict',
  collision: 'move away what is in the way, rename one of two exposures with one name, or choose another --out',
  output: 'check the permissions of the output folder, then run again',
  disk: 'make room, then run again',
  away: 'check the disk or share of the output folder, then run again',
  crash: 'run again with fewer --threads; if it comes back, report the file as a bug',
};

/** Names listed of each group; the rest is counted. */
const LISTED = 5;

/** Ends with a line break. */
export function summary(report: Report): string {
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
    [...speed(report), ...given(headline(report.timeSaved))],
    ...groups(failed, (exposure) => exposure.fault!.kind).map(([kind, members]) =>
      group(`failed, ${kind}: ${FAULTS[kind]}`, members, ADVICE[kind]),
    ),
    ...(suspect.length > 0 ? [group('suspect', suspect, null)] : []),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function ending({ run }: Report): string {
  if (run.finished === null) return `not finished (running, or killed after ${duration(run.seconds)})`;
  return `${duration(run.seconds)}${run.exitCode === 0 ? '' : `, exit code ${run.exitCode}`}`;
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

function group(title: string, members: readonly ReportExposure[], advice: string | null): string[] {
  const rest = members.length - LISTED;
  return [
    `${whole(members.length)} ${title}`,
    ...(advice ? [`  to do: ${advice}`] : []),
    ...members.slice(0, LISTED).map(line),
    ...(rest > 0 ? [`    and ${whole(rest)} more, in exposures.csv`] : []),
  ];
}

/** Messages of failures name the file themselves. */
const line = ({ fault, input, suspect }: ReportExposure): string =>
  `    ${printable(fault ? fault.message : `${input}: ${suspect.join('; ')}`)}`;

export function groups<K, Item>(items: readonly Item[], key: (of: Item) => K): [K, Item[]][] {
  const found = new Map<K, Item[]>();
  for (const item of items) {
    const group = found.get(key(item));
    if (group) group.push(item);
    else found.set(key(item), [item]);
  }
  return [...found].sort(([, a], [, b]) => b.length - a.length);
}

function table(rows: readonly (readonly [name: string, count: string, note: string])[]): string[] {
  const width = Math.max(...rows.map(([, count]) => count.length));
  return rows.map(([name, count, note]) => `  ${name.padEnd(10)}  ${count.padStart(width)}   ${note}`.trimEnd());
}

/** 12345 as `12 345`. */
const whole = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');

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
