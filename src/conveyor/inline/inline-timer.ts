/**
 * Times what correcting inline would cost on this computer: Leginon's arithmetic at the size and type of the exposures,
 * once for each computer, size and recipe. In a thread of its own that is ended in time: nothing waits longer than `LIMIT`.
 */

import os from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Recipe } from '../../correct/recipe.ts';
import { LEGINON_SIZE, LEGINON_THRESHOLD } from '../../correct/steps/despike-leginon.ts';
import { INLINE_PASSES, type InlineKey, type InlineTiming } from '../../journal/contents.ts';
import type { Exposure } from '../../model/exposure.ts';
import { machine } from '../../model/machine.ts';
import type { Turns, TurnsAsked } from './turns.ts';
import { bytesOf, type InlineImage } from './whole-image.ts';

/** ms, the start of the thread included. */
export const LIMIT = 3000;

/** Larger images are timed on as many of their rows as make this many pixels. */
const PIXELS_TIMED = 4096 * 4096;

/** Of the memory that is free it takes at most this part. */
const MEMORY_PART = 1 / 3;

/** What is to be timed for such an exposure and recipe. Leginon knows its own despike alone. */
export function inlineImage(
  { width, height, type }: Pick<Exposure, 'width' | 'height' | 'type'>,
  { despike, despikeSize, despikeThreshold }: Recipe,
): InlineImage {
  const own = despike === 'leginon';
  return {
    width,
    height: Math.max(1, Math.min(height, Math.floor(PIXELS_TIMED / width))),
    type,
    despikeSize: own ? despikeSize : LEGINON_SIZE,
    threshold: (own ? despikeThreshold : null) ?? LEGINON_THRESHOLD,
  };
}

/** What is known of an image before it is timed. */
export const inlineKey = (image: InlineImage): InlineKey => ({
  machine: machine(),
  width: image.width,
  height: image.height,
  typeRead: image.type,
  despikeSize: image.despikeSize,
  threshold: image.threshold,
});

export interface TimeOptions {
  readonly signal: AbortSignal;
  /** At a lower priority. */
  readonly background: boolean;
}

/** On fewer rows where the computer is very busy. Null: it was stopped before any were done, or there is not enough memory. */
export async function timeInline(
  image: InlineImage,
  { signal, background }: TimeOptions,
): Promise<InlineTiming | null> {
  if (signal.aborted || bytesOf(image) > os.freemem() * MEMORY_PART) return null;
  const workerData = { image, background } satisfies TurnsAsked;
  const worker = new Worker(new URL('./turns-thread.js', import.meta.url), { workerData });
  let found: Turns | null = null;
  worker.on('message', (turns: Turns) => {
    found = turns;
  });
  const end = (): void => void worker.terminate();
  const limit = setTimeout(end, LIMIT);
  signal.addEventListener('abort', end, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      // Not enough memory, after all: then nothing is timed.
      worker.once('error', (error) => (error instanceof RangeError ? resolve() : reject(error)));
      worker.once('exit', () => resolve());
    });
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', end);
  }
  return found && timingOf(image, found);
}

function timingOf(image: InlineImage, { turns, height, times }: Turns): InlineTiming | null {
  const whole = INLINE_PASSES.every((pass) => Number.isFinite(times[pass]) && times[pass] > 0);
  return whole ? { ...inlineKey({ ...image, height }), measured: new Date().toISOString(), turns, times } : null;
}
