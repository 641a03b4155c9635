/** What failed, in groups that have one reason and one way out, and what looks suspect: for the terminal and for mails. */

import path from 'node:path';
import { FAULTS, type FaultKind } from '../model/outcome.ts';
import { printable } from '../model/printable.ts';
import { misfitIn } from '../references/references.ts';
import type { ReportExposure } from './record.ts';

/** Names listed of each group; the rest is counted. */
const LISTED = 5;

/**
 * A group for each kind of failure, the largest first; of exposures that do not fit the references one for each size.
 * `listed`: their messages are above, one by one.
 */
export function failures(
  failed: readonly ReportExposure[],
  all: readonly ReportExposure[],
  listed: boolean,
): string[][] {
  return groups(failed, ({ fault }) => `${fault!.kind} ${misfitIn(fault!.message)?.exposure ?? ''}`).map(
    ([, members]) => {
      const { kind, message } = members[0]!.fault!;
      const odd = misfitIn(message);
      if (odd === null) return group(`failed, ${kind}: ${FAULTS[kind].means}`, members, wayOut(kind, members), listed);
      const title = `failed, ${kind}: exposures of ${odd.exposure} px do not fit the references (${odd.references})`;
      const exclude = folderAlone(members, all);
      const [width, height] = odd.exposure.split(' x ');
      const rule = `rules: [{when: {width: ${width}, height: ${height}}, do: ignore}]`;
      const advice = `leave them out with --exclude ${exclude ?? 'and a pattern of their names'}, or in the recipe with ${rule}; or run them with their own references, which one recipe may list as sets`;
      return group(title, members, advice, true);
    },
  );
}

/** Where the messages of all say the same, that: it is more exact than what is said of the kind. */
function wayOut(kind: FaultKind, members: readonly ReportExposure[]): string {
  const advice = new Set(members.map(({ fault }) => fault!.message.split('; ').slice(1).join('; ')));
  const [only = ''] = advice;
  return advice.size === 1 && only !== '' ? printable(only) : FAULTS[kind].advice;
}

/** A pattern for the folder that holds all of these and no others, ready for a shell; null where no pattern does that. */
function folderAlone(members: readonly ReportExposure[], all: readonly ReportExposure[]): string | null {
  const folder = path.posix.dirname(members[0]!.output);
  const within = ({ output }: ReportExposure): boolean => output.startsWith(`${folder}/`);
  if (folder === '.' || !members.every(within) || all.filter(within).length > members.length) return null;
  return /^[\w./ -]+$/.test(folder) ? `'${folder}/**'` : null;
}

/** `listed`: their names suffice. */
export function group(
  title: string,
  members: readonly ReportExposure[],
  advice: string | null,
  listed: boolean,
): string[] {
  const rest = members.length - LISTED;
  return [
    `${whole(members.length)} ${title}`,
    ...(advice ? [`  to do: ${advice}`] : []),
    ...members.slice(0, LISTED).map((each) => `    ${printable(listed ? each.input : line(each))}`),
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
