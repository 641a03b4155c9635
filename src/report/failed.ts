/** What failed, in groups that have one reason and one way out, and what looks suspect: for the terminal and for mails. */

import path from 'node:path';
import { FAULTS, type FaultKind } from '../model/outcome.ts';
import { printable } from '../model/printable.ts';
import { misfitIn } from '../references/references.ts';
import type { ReportExposure } from './shape.ts';

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
  range: 'each message says what keeps the pixels, or why it is none to keep',
  suspect: 'look at them, or run without --strict',
  collision: 'move away what is in the way, rename one of two exposures with one name, or choose another --out',
  output: 'check the permissions of the output folder, then run again',
  large: 'make room for them, or leave them out with --exclude',
  disk: 'make room, then run again',
  away: 'check the disk or share of the output folder, then run again',
  scarce: 'raise the limits (ulimit -n, ulimit -u) or use fewer --threads, then run again',
  crash: 'run again with fewer --threads; if it comes back, report the file as a bug',
};

/** Names listed of each group; the rest is counted. */
const LISTED = 5;

/**
 * A group for each kind of failure, the largest first; of exposures that do not fit the references one for each size.
 * `told`: their messages stand above, one by one.
 */
export function failures(failed: readonly ReportExposure[], all: readonly ReportExposure[], told: boolean): string[][] {
  return groups(failed, ({ fault }) => `${fault!.kind} ${misfitIn(fault!.message)?.exposure ?? ''}`).map(
    ([, members]) => {
      const { kind, message } = members[0]!.fault!;
      const odd = misfitIn(message);
      if (odd === null) return group(`failed, ${kind}: ${FAULTS[kind]}`, members, wayOut(kind, members), told);
      const title = `failed, ${kind}: exposures of ${odd.exposure} px do not fit the references (${odd.references})`;
      const exclude = folderAlone(members, all);
      const advice = `leave them out with --exclude ${exclude ?? 'and a pattern of their names'}, or run them with their own references`;
      return group(title, members, advice, true);
    },
  );
}

/** Where the messages of all say the same, that: it is more exact than what is said of the kind. */
function wayOut(kind: FaultKind, members: readonly ReportExposure[]): string {
  const advice = new Set(members.map(({ fault }) => fault!.message.split('; ').slice(1).join('; ')));
  const [only = ''] = advice;
  return advice.size === 1 && only !== '' ? printable(only) : ADVICE[kind];
}

/** A pattern for the folder that holds all of these and no others, ready for a shell; null where there is none. */
function folderAlone(members: readonly ReportExposure[], all: readonly ReportExposure[]): string | null {
  const folder = path.posix.dirname(members[0]!.output);
  const within = ({ output }: ReportExposure): boolean => output.startsWith(`${folder}/`);
  if (folder === '.' || !members.every(within) || all.filter(within).length > members.length) return null;
  return /^[\w./ -]+$/.test(folder) ? `'${folder}/**'` : null;
}

/** `told`: their names suffice. */
export function group(
  title: string,
  members: readonly ReportExposure[],
  advice: string | null,
  told: boolean,
): string[] {
  const rest = members.length - LISTED;
  return [
    `${whole(members.length)} ${title}`,
    ...(advice ? [`  to do: ${advice}`] : []),
    ...members.slice(0, LISTED).map((each) => `    ${printable(told ? each.input : line(each))}`),
    ...(rest > 0 ? [`    and ${whole(rest)} more, in exposures.csv`] : []),
  ];
}

/** What was found; what to do about it stands above. Messages of failures name the file themselves. */
const line = ({ fault, input, suspect }: ReportExposure): string =>
  fault ? fault.message.split('; ', 1)[0]! : `${input}: ${suspect.join('; ')}`;

/** The largest group first. */
export function groups<K, Item>(items: readonly Item[], key: (of: Item) => K): [K, Item[]][] {
  const found = new Map<K, Item[]>();
  for (const item of items) {
    const group = found.get(key(item));
    if (group) group.push(item);
    else found.set(key(item), [item]);
  }
  return [...found].sort(([, a], [, b]) => b.length - a.length);
}

/** 12345 as `12 345`. */
export const whole = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
