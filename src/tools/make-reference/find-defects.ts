/**
 * Defects of a camera from series of darks and brights. A pixel is bad when the exposures show it again and again: what is
 * in one of them alone (an X-ray) is left out of the means before anything is looked at.
 *
 *   hot       far above its surroundings in the mean dark, or below them
 *   dead      half its surroundings or less in the mean bright less the dark; or twice as much
 *   unstable  changes from exposure to exposure by more than the noise of the camera
 *
 * A column or row of which more than three quarters are bad is bad as a whole.
 */

import { median } from '../../model/rank.ts';
import { DefectMask } from '../../references/defects.ts';
import type { Mean } from './series.ts';

export interface FoundDefects {
  readonly mask: DefectMask;
  readonly hot: number;
  readonly dead: number;
  readonly unstable: number;
  readonly columns: readonly number[];
  readonly rows: readonly number[];
}

/** Deviations of the mean dark from pixel to pixel, and of the noise of one dark: what is below is corrected by the dark. */
const FAR = 8;
const NOISES = 5;
/** So far above everything that a large patch of such pixels is bad too. */
const VERY_FAR = 10;
/** Parts of what is around. */
const DEAD = 0.5;
const TOO_BRIGHT = 2;
/** Part of a column or row. */
const WHOLE = 0.75;

/** `bright`: null, only what darks show is looked for. Both of one size, rows in the same order. */
export function findDefects(dark: Mean, bright: Mean | null): FoundDefects {
  const { width, height } = dark.exposure;
  const mask = new DefectMask(width, height);
  const mark = (at: number): void => mask.mark(Math.floor(at / width), at % width);
  const hot = hotIn(dark);
  const dead = bright ? deadIn(dark, bright) : [];
  const unstable = [...new Set([...dark.unstable, ...(bright?.unstable ?? [])])];
  for (const at of [...hot, ...dead, ...unstable]) mark(at);
  const [inColumn, inRow] = [new Uint32Array(width), new Uint32Array(height)];
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      if (!mask.has(row, col)) continue;
      inColumn[col]!++;
      inRow[row]!++;
    }
  }
  const columns = Array.from(inColumn.keys()).filter((col) => inColumn[col]! > WHOLE * height);
  const rows = Array.from(inRow.keys()).filter((row) => inRow[row]! > WHOLE * width);
  for (const col of columns) for (let row = 0; row < height; row++) mask.mark(row, col);
  for (const row of rows) for (let col = 0; col < width; col++) mask.mark(row, col);
  return { mask, hot: hot.length, dead: dead.length, unstable: unstable.length, columns, rows };
}

function hotIn({ exposure: { width, height }, pixels, noise }: Mean): number[] {
  const usual = new Surroundings(pixels, width, height);
  const limit = Math.max(FAR * usual.spread, NOISES * Math.sqrt(noise.variance));
  const found: number[] = [];
  for (let at = 0; at < pixels.length; at++) {
    const x = pixels[at]!;
    const away = Math.abs(x - usual.at(at));
    // Amplifiers glow: what is usual changes within few pixels, and the nearest ones decide.
    if (away <= limit) continue;
    const isFar = (side: number): boolean => Math.abs(x - near(pixels, width, height, at, side)) > limit;
    if (!Number.isFinite(x) || away > VERY_FAR * limit || (isFar(NEAREST) && isFar(NEAR))) found.push(at);
  }
  return found;
}

function deadIn({ exposure: { width, height }, pixels: dark }: Mean, { pixels }: Mean): number[] {
  const signal = pixels.map((x, at) => x - dark[at]!);
  const usual = new Surroundings(signal, width, height);
  const found: number[] = [];
  for (let at = 0; at < signal.length; at++) {
    const around = usual.at(at);
    const x = signal[at]!;
    if (!(x >= DEAD * around && x <= TOO_BRIGHT * around)) found.push(at);
  }
  return found;
}

/** Half the sides of the nearest pixels: few follow the glow at a border, more are not all part of a patch. */
const NEAREST = 2;
const NEAR = 5;

/** The median of the nearest pixels. */
function near(pixels: Float32Array, width: number, height: number, at: number, side: number): number {
  const [col, row] = [at % width, Math.floor(at / width)];
  const around: number[] = [];
  for (let y = Math.max(0, row - side); y <= Math.min(height - 1, row + side); y++) {
    for (let x = Math.max(0, col - side); x <= Math.min(width - 1, col + side); x++)
      around.push(pixels[y * width + x]!);
  }
  return median(around.filter(Number.isFinite), 0);
}

/** Side of a block, px, and the sample of its pixels that tells what is usual in it. */
const BLOCK = 32;
const SAMPLE = 16;

/** What is usual around each pixel: the median of the medians of 3 x 3 blocks; and how much pixels differ from their blocks. */
class Surroundings {
  readonly spread: number;
  readonly #width: number;
  readonly #across: number;
  readonly #usual: Float64Array;

  constructor(pixels: Float32Array, width: number, height: number) {
    const across = Math.ceil(width / BLOCK);
    const down = Math.ceil(height / BLOCK);
    const medians = new Float64Array(across * down);
    const away: number[] = [];
    const [stepX, stepY] = [Math.max(1, Math.floor(BLOCK / SAMPLE)), Math.max(1, Math.floor(BLOCK / SAMPLE))];
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) {
        const values: number[] = [];
        for (let row = y * BLOCK; row < Math.min(height, (y + 1) * BLOCK); row += stepY) {
          for (let col = x * BLOCK; col < Math.min(width, (x + 1) * BLOCK); col += stepX) {
            const value = pixels[row * width + col]!;
            if (Number.isFinite(value)) values.push(value);
          }
        }
        const middle = median(values, 0);
        medians[y * across + x] = middle;
        away.push(
          1.4826 *
            median(
              values.map((value) => Math.abs(value - middle)),
              0,
            ),
        );
      }
    }
    this.spread = median(away, 0);
    this.#width = width;
    this.#across = across;
    this.#usual = medians.map((_, block) => {
      const [x, y] = [block % across, Math.floor(block / across)];
      const values: number[] = [];
      for (let v = Math.max(0, y - 1); v <= Math.min(down - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(across - 1, x + 1); u++) values.push(medians[v * across + u]!);
      return median(values, 0);
    });
  }

  at(at: number): number {
    const [col, row] = [at % this.#width, Math.floor(at / this.#width)];
    return this.#usual[Math.floor(row / BLOCK) * this.#across + Math.floor(col / BLOCK)]!;
  }
}
