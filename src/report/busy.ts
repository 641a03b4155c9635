/** Was the computer busy with something else while it corrected? From what Linux counts of its own load. */

import type { LoadStep } from '../journal/contents.ts';
import { amount, described, list, number, type Of, orNull, record, schema, time } from '../model/schema.ts';

const part = amount;
const partOrNull = orNull(part);

const step = schema<LoadStep>(
  record({
    at: time,
    seconds: number,
    cpu: partOrNull,
    io: partOrNull,
    memory: partOrNull,
    steal: partOrNull,
    others: described(partOrNull, 'of the time that cores were at work: what other programs had'),
  }),
);

/** Parts of the time of the newest run, 0 to 1; null where the system does not tell. */
export const busySchema = record({
  waited: described(partOrNull, 'threads waited for a core that something else used: cpu x others, step by step'),
  cpu: described(partOrNull, 'some thread waited for a core (pressure stall information)'),
  io: described(partOrNull, 'some thread waited for a disk or share'),
  memory: described(partOrNull, 'some thread waited for memory'),
  steal: described(partOrNull, 'time of all cores that the host of a virtual machine took for others'),
  steps: list(step),
});

export type Busy = Of<typeof busySchema>;

/** From such a part of the time on a person should know. */
export const NOTICEABLE = 0.05;

export function busy(steps: readonly LoadStep[]): Busy {
  return {
    waited: mean(steps, waited),
    cpu: mean(steps, ({ cpu }) => cpu),
    io: mean(steps, ({ io }) => io),
    memory: mean(steps, ({ memory }) => memory),
    steal: mean(steps, ({ steal }) => steal),
    steps,
  };
}

/** What its own threads waited for each other is not counted: the part that others had of the cores is theirs. */
export const waited = ({ cpu, others }: LoadStep): number | null =>
  cpu === null || others === null ? null : cpu * others;

/** By time, in thousandths; null where any step is not known. */
function mean(steps: readonly LoadStep[], of: (step: LoadStep) => number | null): number | null {
  const seconds = steps.reduce((sum, each) => sum + each.seconds, 0);
  if (seconds <= 0) return null;
  let sum = 0;
  for (const each of steps) {
    const value = of(each);
    if (value === null) return null;
    sum += value * each.seconds;
  }
  return Math.round((1000 * sum) / seconds) / 1000;
}
