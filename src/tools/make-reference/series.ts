/**
 * A dark or a bright from a series of exposures. First a look at each: which belong together. Then all are read side by
 * side, some rows of each at a time, and every pixel becomes the mean of the values that are no outliers. Memory holds the
 * result and the rows of one band, and little besides for each exposure.
 */

import { unchanged } from '../../files/input-file.ts';
import { type OpenExposure, openExposure } from '../../formats/index.ts';
import { GrowingArena } from '../../kernels/growing-arena.ts';
import { compileKernels, createMemory, instantiate } from '../../kernels/kernels.ts';
import { type Exposure, PIXELS } from '../../model/exposure.ts';
import { Refusal } from '../../model/outcome.ts';
import { doubt, type Odd, oddOnes, refuseOtherKindOfSeries } from './belonging.ts';
import { type CameraNoise, type Combine, Combiner, varianceAt } from './clipped-mean.ts';
import { cameraNoise, type Levelling, levellings } from './levels.ts';
import { lookAt, refused, unpackerOf } from './looks.ts';
import type { Kind, Member } from './member.ts';
import { type LeftOut, unstablePixels } from './unstable.ts';

export interface Mean {
  /** Of the first file; `frames` is 1. */
  readonly exposure: Exposure;
  /** float32 counts, rows as they are stored in the files. NaN: no exposure has a finite number there. */
  readonly pixels: Float32Array;
  /** Frames of all files that are in it. */
  readonly exposures: number;
  readonly combine: Combine;
  /** Values of single exposures that were left out, and pixels that have such. */
  readonly leftOut: number;
  readonly hit: number;
  /** Pixels that change from exposure to exposure by more than noise: row x width + column. */
  readonly unstable: readonly number[];
  /** Mean counts. */
  readonly level: number;
  /** Noise of one exposure. */
  readonly noise: CameraNoise;
  /** Exposures that were left out because they do not belong to the series. */
  readonly odd: readonly Odd[];
  /** What the user should know of the series. */
  readonly notes: readonly string[];
}

export interface SeriesOptions {
  readonly combine: Combine;
  /** Exposures that do not belong to the series are left out instead of refused. */
  readonly rejectOutliers: boolean;
}

export const USUAL: SeriesOptions = { combine: 'sigma-clip', rejectOutliers: false };

/** With fewer nobody can tell an X-ray from a hot pixel. */
const FEWEST = 3;
/** Bytes of float32 rows of all exposures that are in memory at once. */
const BAND_BYTES = 40e6;
/** So many files are open at once; a system lets a process have 1024 at least. */
const MOST_FILES = 900;

/**
 * @param begun called before each file
 * @throws Refusal with the file and the figures: mixed sizes or types, too few exposures, one that does not belong to them
 */
export async function meanOf(
  kind: Kind,
  files: readonly string[],
  begun: (file: string) => void,
  { combine, rejectOutliers }: SeriesOptions = USUAL,
): Promise<Mean> {
  if (files.length > MOST_FILES)
    throw new Refusal(`found ${files.length} files, expected ${MOST_FILES} at most; give fewer, or stacks`);
  const { exposure, members: all, lattice, noise } = await lookAt(kind, files, begun);
  if (all.length < FEWEST) throw tooFew(all.length);
  refuseOtherKindOfSeries(kind, all, noise);
  const { members, odd } = belonging(kind, all, lattice, rejectOutliers);
  const camera = cameraNoise(kind, members, lattice);
  const levels = combine === 'mean' ? null : levellings(kind, members, exposure.height, camera);
  const combined = await combineAll(members, exposure, new Combiner(combine, camera, members.length), levels);
  const { pixels, deviant, left } = combined;
  const doubted = doubt(kind, noise);
  return {
    exposure: { ...exposure, frames: 1 },
    pixels,
    exposures: members.length,
    combine,
    leftOut: left.reduce((sum, { values }) => sum + values, 0),
    hit: left.length,
    unstable: combine === 'sigma-clip' ? unstablePixels(deviant, left, members.length, pixels.length) : deviant,
    level: members.reduce((sum, member) => sum + member.level, 0) / members.length,
    noise: camera,
    odd,
    notes: doubted === null ? [] : [doubted],
  };
}

const tooFew = (found: number, left = ''): Refusal =>
  new Refusal(
    `found ${found} exposures${left}, expected ${FEWEST} at least: with fewer nobody can tell an X-ray from a hot pixel`,
  );

/** @throws Refusal naming the exposures that do not belong, unless they may be left out and enough are left */
function belonging(
  kind: Kind,
  all: readonly Member[],
  lattice: Parameters<typeof oddOnes>[2],
  leaveOut: boolean,
): { members: readonly Member[]; odd: Odd[] } {
  const odd: Odd[] = [];
  let members = all;
  for (;;) {
    const found = oddOnes(kind, members, lattice);
    if (found.length === 0) break;
    odd.push(...found);
    members = members.filter((member) => !found.some((each) => each.member === member));
    if (!leaveOut || members.length < FEWEST) break;
  }
  if (odd.length === 0 || (leaveOut && 2 * members.length > all.length && members.length >= FEWEST))
    return { members, odd };
  const named = odd.slice(0, NAMED).map(({ member, reason }) => `${member.name}: ${reason}`);
  const more = odd.length > NAMED ? [`${odd.length - NAMED} more do not belong`] : [];
  const next = leaveOut
    ? `only ${members.length} of ${all.length} exposures belong together; take the series again`
    : `leave ${odd.length === 1 ? 'it' : 'them'} out (--reject-outliers does), or take the series again`;
  throw new Refusal([...named, ...more, next].join('; '));
}

/** Exposures that a refusal names. */
const NAMED = 5;

interface Combined {
  readonly pixels: Float32Array;
  /** Pixels of which values were left out. */
  readonly left: LeftOut[];
  /** Pixels whose values vary by more than the noise of the camera. */
  readonly deviant: number[];
}

/** Files and frames side by side, a band of rows at a time. */
async function combineAll(
  members: readonly Member[],
  { width, height, type }: Exposure,
  combiner: Combiner,
  levels: readonly Levelling[] | null,
): Promise<Combined> {
  const memory = createMemory();
  const growing = new GrowingArena(instantiate(compileKernels(), memory), memory);
  const files = [...new Set(members.map(({ file }) => file))];
  const open = new Map<string, OpenExposure>();
  try {
    for (const file of files) open.set(file, await openExposure(file, 'image').catch(refused));
    const bandRows = Math.max(1, Math.min(height, Math.floor(BAND_BYTES / (4 * width * members.length))));
    const rowBytes = width * PIXELS[type].bytes;
    const { raw, unpack } = growing.lay((arena) => {
      for (const { source } of open.values()) source.prepare(arena);
      return { raw: arena.take(bandRows * rowBytes + 64), unpack: unpackerOf(arena, width, type) };
    });
    const stride = bandRows * width;
    const counts = new Float32Array(stride * members.length);
    const result: Combined = { pixels: new Float32Array(width * height), left: [], deviant: [] };
    for (let first = 0; first < height; first += bandRows) {
      const rows = Math.min(bandRows, height - first);
      for (const [i, { file, frame }] of members.entries()) {
        await open.get(file)!.source.read(frame, first, rows, raw);
        for (let row = 0; row < rows; row++) {
          const line = counts.subarray(i * stride + row * width, i * stride + (row + 1) * width);
          line.set(unpack(raw + row * rowBytes));
          if (levels) levels[i]!(first + row, line);
        }
      }
      combineBand(counts, stride, first * width, rows * width, combiner, result);
    }
    for (const [file, { file: read }] of open)
      if (!unchanged(read)) throw new Refusal(`${file}: it changed while it was read; try again when it is written`);
    return result;
  } catch (error) {
    return refused(error);
  } finally {
    for (const each of open.values()) each.close();
  }
}

function combineBand(
  counts: Float32Array,
  stride: number,
  first: number,
  length: number,
  combiner: Combiner,
  { pixels, left, deviant }: Combined,
): void {
  const { value } = combiner;
  for (let at = 0; at < length; at++) {
    combiner.combine(counts, stride, at);
    pixels[first + at] = value.value;
    if (value.left > 0) left.push({ at: first + at, values: value.left });
    if (combiner.isDeviant()) deviant.push(first + at);
  }
}

/** Noise that a reference adds to each exposure: its own, counts rms where the exposures of its series have their level. */
export const noiseAdded = ({ noise, exposures }: Mean): number => Math.sqrt(varianceAt(noise, noise.level) / exposures);
