/**
 * The mean of a series of exposures, for a dark or bright reference. An X-ray does not come twice to the same place: each
 * exposure is despiked both ways, and a pixel's mean is that of the exposures in which it was no spike. A pixel that is a
 * spike in most of them is the camera's own, and keeps the mean of all: a dark without its hot pixels would leave them in
 * every image.
 *
 * One exposure is in memory by bands, as always; the sums take eight bytes a pixel.
 */

import { Pipeline } from '../../correct/pipeline.ts';
import { openSteps } from '../../correct/steps/index.ts';
import { unchanged } from '../../files/input-file.ts';
import type { Source } from '../../formats/format.ts';
import { openExposure } from '../../formats/index.ts';
import { GrowingArena } from '../../kernels/growing-arena.ts';
import { compileKernels, createMemory, instantiate } from '../../kernels/kernels.ts';
import { Tally } from '../../kernels/tally.ts';
import { type Exposure, PIXELS } from '../../model/exposure.ts';
import { Fault, Refusal } from '../../model/outcome.ts';
import { misfit, NO_REFERENCES, References } from '../../references/references.ts';
import { doubt, type Kind, type Member, refuseMixed, refuseStranger } from './belonging.ts';
import { isReadable, Sums } from './sums.ts';

export interface Mean {
  /** Of the first file; `frames` is 1. */
  readonly exposure: Exposure;
  /** float32 counts, rows as they are stored in the files. */
  readonly pixels: Float32Array;
  /** Frames of all files. */
  readonly exposures: number;
  /** How spikes were found. */
  readonly said: string;
  /** Pixels left out of single exposures, and pixels that were a spike in most. */
  readonly spikes: number;
  readonly lasting: number;
  /** Mean counts. */
  readonly level: number;
  /** What the user should know of the series. */
  readonly notes: readonly string[];
}

/** With fewer nobody can tell an X-ray from a hot pixel. */
const FEWEST = 3;
/** Bytes of float32 rows in a band. */
const BAND_BYTES = 1 << 18;

const OPTIONS = {
  despike: 'robust',
  despikeFrames: true,
  despikeSize: 11,
  despikeThreshold: null,
  despikePatch: 9,
  despikePolarity: 'both',
  despikeFill: 'median',
  diffraction: false,
  despikeArithmetic: 'float64',
  despikeSaturated: false,
  maxSpikes: Number.POSITIVE_INFINITY,
  clipLow: 'none',
  clipHigh: 'none',
  scale: 1,
  offset: 0,
  noFlatField: false,
  darkOrientation: 'none',
  normOrientation: 'none',
  defectsOrientation: 'none',
  darkScale: 1,
} as const;

/**
 * @param begun called before each file
 * @throws Refusal with the file and the figures: mixed sizes or types, too few exposures, one that does not belong to them
 */
export async function meanOf(kind: Kind, files: readonly string[], begun: (file: string) => void): Promise<Mean> {
  const series = new Series(kind);
  for (const name of files) {
    begun(name);
    const { file, source, close } = await openExposure(name, 'image').catch(refused);
    try {
      await series.add(name, source);
      if (!unchanged(file)) throw new Refusal(`${name}: it changed while it was read; try again when it is written`);
    } catch (error) {
      refused(error);
    } finally {
      close();
    }
  }
  return series.mean();
}

function refused(error: unknown): never {
  throw error instanceof Fault ? new Refusal(error.message, { cause: error }) : error;
}

class Series {
  readonly #kind: Kind;
  readonly #memory = createMemory();
  readonly #kernels = instantiate(compileKernels(), this.#memory);
  readonly #growing = new GrowingArena(this.#kernels, this.#memory);
  readonly #references = new References(NO_REFERENCES);
  readonly #members: Member[] = [];
  #first: { readonly name: string; readonly exposure: Exposure; readonly sums: Sums } | null = null;
  #said = '';

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  async add(name: string, source: Source): Promise<void> {
    const { exposure, carried } = source;
    const { type, firstRow } = exposure;
    if (!isReadable(type))
      throw new Refusal(`${name}: found ${type}, expected integers or float32; convert the series`);
    refuseStranger(this.#kind, name, carried.description);
    this.#first ??= { name, exposure, sums: new Sums(exposure, type) };
    refuseOther(name, exposure, this.#first);
    const { sums } = this.#first;
    const saturation = PIXELS[type].highest;
    const { pipeline, tally, said } = this.#growing.lay((arena) => {
      const tally = new Tally(arena, 'float32');
      const references = this.#references;
      const seen = { geometry: exposure, firstRow, description: carried.description, saturation };
      const types = { read: type, written: 'float32' } as const;
      const steps = openSteps(['despike'], OPTIONS, { ...seen, ...types, references, arena, tally });
      const pipeline = new Pipeline(sums.watched(source), sums, steps, tally, arena, {
        type: 'float32',
        scale: 1,
        offset: 0,
        saturation,
        turned: false,
        bandBytes: BAND_BYTES,
        observers: [{ leaves: (batch) => sums.leaves(batch) }],
      });
      return { pipeline, tally, said: steps.map(({ label }) => label).join(', ') };
    });
    await pipeline.run();
    this.#said = said;
    this.#members.push({
      name,
      level: tally.statistics(exposure.width * exposure.height * exposure.frames).mean,
      blocks: sums.takeBlocks(),
    });
  }

  mean(): Mean {
    const first = this.#first;
    const exposures = first?.sums.exposures ?? 0;
    if (!first || exposures < FEWEST) {
      throw new Refusal(
        `found ${exposures} exposures, expected ${FEWEST} at least: with fewer nobody can tell an X-ray from a hot pixel`,
      );
    }
    const noise = first.sums.noise.measured();
    refuseMixed(this.#kind, this.#members, noise);
    const level = this.#members.reduce((sum, member) => sum + member.level, 0) / this.#members.length;
    const doubted = doubt(this.#kind, noise);
    const notes = doubted === null ? [] : [doubted];
    return { exposure: { ...first.exposure, frames: 1 }, said: this.#said, notes, level, ...first.sums.mean() };
  }
}

function refuseOther(
  name: string,
  exposure: Exposure,
  first: { readonly name: string; readonly exposure: Exposure },
): void {
  const odd = misfit(first.exposure, exposure);
  if (odd) throw new Refusal(`${name}: ${odd.replace('the references have', `${first.name} has`)}`);
  const kind = ({ type, format }: Exposure): string => `${type} in ${format.toUpperCase()}`;
  if (kind(exposure) !== kind(first.exposure)) {
    throw new Refusal(
      `${name}: found ${kind(exposure)}, expected ${kind(first.exposure)} as in ${first.name}; give one series`,
    );
  }
}
