/** When an image was taken, from what DigitalMicrograph writes: milliseconds since 1970, or the text of its data bar. */

import type { Metadata } from '../../model/metadata.ts';

interface Stated {
  /** ms since 1970, UTC. */
  readonly epoch: number | undefined;
  /** As Windows writes them in the language of the computer. */
  readonly date: string | undefined;
  readonly time: string | undefined;
}

/** The years in which a DM3 or DM4 file can have been written: other numbers are no time. */
const [FIRST, LAST] = [Date.UTC(1995, 0), Date.UTC(2100, 0)];

export function timeOf({ epoch, date, time }: Stated): Pick<Metadata, 'taken' | 'takenFrom'> {
  if (epoch !== undefined && epoch >= FIRST && epoch < LAST)
    return { taken: Math.round(epoch), takenFrom: 'DM Acquisition Start Time (epoch)' };
  const taken = date && time ? barTime(date, time) : null;
  return taken === null ? {} : { taken, takenFrom: 'DM DataBar' };
}

/** Null where day and month cannot be told apart: only American computers write AM and PM, with the month first. */
function barTime(date: string, time: string): number | null {
  const day = /^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})$/.exec(date);
  const clock = /^(\d{1,2}):(\d{2}):(\d{2})\s*([AP]M)?$/i.exec(time);
  if (!day || !clock) return null;
  const [first, second, third] = [day[1], day[3], day[4]].map(Number) as [number, number, number];
  const half = clock[4]?.toUpperCase();
  const order = orderOf(day[2]!, first, second, half !== undefined);
  if (!order) return null;
  const [year, month, dayOfMonth] =
    order === 'ymd' ? [first, second, third] : order === 'mdy' ? [third, first, second] : [third, second, first];
  const hour = (Number(clock[1]) % (half ? 12 : 24)) + (half === 'PM' ? 12 : 0);
  const at = new Date(year, month - 1, dayOfMonth, hour, Number(clock[2]), Number(clock[3]));
  const is = at.getFullYear() === year && at.getMonth() === month - 1 && at.getTime() >= FIRST && at.getTime() < LAST;
  return is ? at.getTime() : null;
}

function orderOf(mark: string, first: number, second: number, halves: boolean): 'ymd' | 'mdy' | 'dmy' | null {
  if (first > 31) return 'ymd';
  // The dot is that of countries that write the day first.
  if (mark === '.' || first > 12) return 'dmy';
  return second > 12 || halves || first === second ? 'mdy' : null;
}
