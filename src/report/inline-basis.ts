/**
 * The basis `inline`: what Leginon's own arithmetic costs on this computer, for the steps that ran, and what saving float32
 * would have cost. A stack counts as one image: acquisition would have corrected the sum of its frames.
 */

import type { Batch, Contents, InlinePass, InlineTiming, Run } from '../journal/contents.ts';
import { floatSaving } from './float-saving.ts';
import { type Term, total } from './terms.ts';

/** What each step would have been inline, in the words of the steps. Statistics are always computed. */
const PASSES: readonly (readonly [step: string, pass: InlinePass])[] = [
  ['flat-field', 'flatField'],
  ['clip', 'clip'],
  ['despike', 'despike'],
];

export interface InlineBasis {
  readonly micros: number;
  readonly arithmetic: string;
  readonly source: string;
}

/** Null where nothing was timed. */
export function inlineBasis({ batches, work, runs, inlineTimings }: Contents): InlineBasis | null {
  const used = batches.map((batch) => timingFor(batch, runs, inlineTimings));
  if (used.includes(null)) return null;
  const timings = used as InlineTiming[];
  const { micros, arithmetic } = total(batches.map((batch, i) => termOf(batch, timings[i]!)));
  const saving = floatSaving(batches, work, imagePixels);
  return {
    micros: micros + saving.micros,
    arithmetic: `${arithmetic} + ${saving.arithmetic}`,
    source: `Leginon's own arithmetic, image by image on one thread (${[...new Set(timings)].map(told).join('; ')}), and saving float32 instead of 16 bit`,
  };
}

const imagePixels = ({ pixels, frames }: Batch): number => pixels / frames;

const pixelsOf = ({ width, height }: InlineTiming): number => width * height;

/** Of the computer of the run where it was timed there, of the size that is nearest, the newest. */
function timingFor(batch: Batch, runs: readonly Run[], all: readonly InlineTiming[]): InlineTiming | null {
  const machine = runs.find(({ id }) => id === batch.run)?.machine;
  const here = all.filter((timing) => timing.machine === machine);
  const distance = (timing: InlineTiming): number => Math.abs(Math.log(pixelsOf(timing) / imagePixels(batch)));
  const candidates = (here.length > 0 ? here : all).toReversed();
  return candidates.toSorted((a, b) => distance(a) - distance(b))[0] ?? null;
}

function termOf(batch: Batch, timing: InlineTiming): Term {
  const passes = PASSES.filter(([step]) => batch.steps.includes(step));
  return {
    exposures: batch.exposures,
    parts: [
      ...passes.map(([step, pass]) => [step, timing.times[pass]] as const),
      ['statistics', timing.times.statistics],
    ],
    scale: imagePixels(batch) / pixelsOf(timing),
  };
}

const told = ({ width, height, typeRead, machine, measured, turns }: InlineTiming): string =>
  `${width} x ${height} px, ${typeRead}, on ${machine}, ${measured.slice(0, 10)}, fastest of ${turns} turns`;
