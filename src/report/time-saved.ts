/**
 * Correction time moved off the microscope, at most: what acquisition would have waited, had the exposures been corrected
 * inline. Each basis stands alone with its source, none is mixed into another, and each output counts once, at its first
 * correction. All sums are integer microseconds.
 */

import { PIXELS } from '../exposure.ts';
import type { Batch, Contents, Writing } from '../journal/contents.ts';

/** One way to tell the time saved. */
export interface Basis {
  readonly name: 'measured' | 'published' | 'yours';
  /** Where its figures come from, and which exposures it counts. */
  readonly source: string;
  /** How many exposures it counts. */
  readonly exposures: number;
  readonly secondsPerExposure: number;
  readonly seconds: number;
  /** Present when the figure should not be believed as it stands. */
  readonly warning?: string;
}

/** Leginon's timing analysis, 4k Gatan camera, 2007: microseconds per 4096 x 4096. */
const PUBLISHED = {
  pixels: 4096 * 4096,
  steps: { 'flat-field': 500_000, despike: 1_800_000, clip: 1_100_000 } as Record<string, number>,
  statistics: 800_000,
  // Saving 64 MB of float; half of it is what 16 bit saves.
  saving: { local: 400_000 / 2, NFS: 1_400_000 / 2 },
} as const;

/** Exposures whose times lie within a second were copied or unpacked together: their times say nothing of acquisition. */
const LEAST_ACQUIRED = 1;

type Disk = keyof typeof PUBLISHED.saving;

/**
 * The bases that apply: `yours` only where `--inline-seconds` was given, none before the first correction.
 * @param acquired seconds from the first to the last exposure of the session, by the files' own times; null when unknown
 */
export function timeSaved(contents: Contents, acquired: number | null): Basis[] {
  const { batches, writing, inlineSeconds } = contents;
  const all = count(batches);
  if (all === 0) return [];
  const single = batches.filter((batch) => batch.frames === 1);
  const bases: Basis[] = [];
  if (inlineSeconds !== null) {
    const micros = Math.round(inlineSeconds * 1e6) * all;
    bases.push(basis('yours', '--inline-seconds, as measured at your microscope', all, micros, acquired));
  }
  const source =
    'seconds that these exposures spent here in flat-field, defects, despike, clip and statistics, and in writing what float32 would have added; a lower bound';
  bases.push(basis('measured', source, all, measured(batches, writing), acquired));
  for (const disk of Object.keys(PUBLISHED.saving) as Disk[]) {
    if (single.length === 0) break;
    const history = `Leginon's timing analysis (4k Gatan camera, 2007 hardware), saved to ${disk} disk, scaled by pixels; exposures of one frame; history`;
    bases.push(basis('published', history, count(single), published(single, disk), acquired));
  }
  return bases;
}

/** The basis to show first: `yours` if given, else `measured`. */
export const headline = (bases: readonly Basis[]): Basis | undefined => bases[0];

const count = (batches: readonly Batch[]): number => batches.reduce((sum, batch) => sum + batch.exposures, 0);

function basis(name: Basis['name'], source: string, exposures: number, micros: number, acquired: number | null): Basis {
  const seconds = micros / 1e6;
  const plain = { name, source, exposures, secondsPerExposure: Math.round(micros / exposures) / 1e6, seconds };
  if (acquired === null || acquired < LEAST_ACQUIRED || seconds <= acquired) return plain;
  const warning = `more than the ${acquired} s from the first exposure to the last: acquisition cannot have waited that long`;
  return { ...plain, warning };
}

/** Microseconds: the work, and the bytes that float32 would have added at the speed at which the same run wrote. */
function measured(batches: readonly Batch[], writing: readonly Writing[]): number {
  let micros = 0;
  for (const { run, bytes, micros: written } of writing) {
    const mine = batches.filter((batch) => batch.run === run);
    const added = mine.reduce((sum, batch) => sum + addedByFloat(batch), 0);
    micros += mine.reduce((sum, batch) => sum + batch.busy, 0);
    if (bytes > 0) micros += Math.round((added / bytes) * written);
  }
  return micros;
}

const addedByFloat = (batch: Batch): number =>
  batch.exposures * batch.pixels * (PIXELS.float32.bytes - PIXELS[batch.typeWritten].bytes);

/** Microseconds that 2007 would have taken for the steps that ran; statistics were always computed. */
function published(batches: readonly Batch[], disk: Disk): number {
  return batches.reduce((sum, batch) => {
    const steps = batch.steps.reduce<number>((all, step) => all + (PUBLISHED.steps[step] ?? 0), PUBLISHED.statistics);
    const saving = batch.typeWritten === 'float32' ? 0 : PUBLISHED.saving[disk];
    return sum + batch.exposures * Math.round(((steps + saving) * batch.pixels) / PUBLISHED.pixels);
  }, 0);
}
