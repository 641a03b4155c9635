/**
 * The large-scale picture of a plane of pixels: means of up to 16 x 16 blocks, and how much of their differences no even
 * beam explains. A beam has a slope and a bow over the camera; a specimen has edges, holes and bars.
 */

const BLOCKS = 16;
/** A narrower block is mostly noise, px. */
const NARROWEST = 4;
/** Part of the blocks that may differ for reasons of their own: dust, a beam stop, bad columns. */
const LEFT_OUT = 0.05;

export class Blocks {
  readonly across: number;
  readonly down: number;
  readonly width: number;
  readonly height: number;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly #counts: Float64Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.across = blocksIn(width);
    this.down = blocksIn(height);
    const blocks = this.across * this.down;
    this.#sums = new Float64Array(blocks);
    this.#squares = new Float64Array(blocks);
    this.#counts = new Float64Array(blocks);
  }

  /** Adds row `row`: `width` pixels of `counts` from index `from` on. */
  add(row: number, counts: ArrayLike<number>, from = 0): void {
    const first = Math.floor((row * this.down) / this.height) * this.across;
    const width = this.width;
    for (let block = 0; block < this.across; block++) {
      const begin = from + Math.ceil((block * width) / this.across);
      const end = from + Math.ceil(((block + 1) * width) / this.across);
      let [sum, squares] = [0, 0];
      for (let at = begin; at < end; at++) {
        const x = counts[at]!;
        sum += x;
        squares += x * x;
      }
      this.#sums[first + block]! += sum;
      this.#squares[first + block]! += squares;
      this.#counts[first + block]! += end - begin;
    }
  }

  /** Of each block, row by row. */
  get means(): Float64Array {
    return this.#sums.map((sum, block) => sum / this.#counts[block]!);
  }

  /** How far a block's mean lies from the truth because its pixels scatter: root mean square, in the unit of the pixels. */
  get noise(): number {
    const { means } = this;
    const sum = means.reduce((all, mean, block) => {
      const count = this.#counts[block]!;
      return all + Math.max(0, this.#squares[block]! / count - mean * mean) / count;
    }, 0);
    return Math.sqrt(sum / means.length);
  }

  /** Root mean square of what no even beam explains in `means`, the worst twentieth left out. */
  uneven(means: Float64Array = this.means): number {
    const rest = [...withoutBeam(means, this.across, this.down)].map(Math.abs).sort((a, b) => a - b);
    const kept = rest.slice(0, Math.ceil(rest.length * (1 - LEFT_OUT)));
    return Math.sqrt(kept.reduce((sum, x) => sum + x * x, 0) / kept.length);
  }
}

const blocksIn = (pixels: number): number => Math.max(1, Math.min(BLOCKS, Math.floor(pixels / NARROWEST)));

/** Powers of x and y up to the second degree: an even beam. */
const BEAM = [
  [0, 0],
  [1, 0],
  [0, 1],
  [2, 0],
  [1, 1],
  [0, 2],
] as const;

/** What is left of `means` when the beam that fits them best (least squares) is taken away. */
function withoutBeam(means: Float64Array, across: number, down: number): Float64Array {
  const rest = Float64Array.from(means);
  const taken: Float64Array[] = [];
  for (const [px, py] of BEAM) {
    const term = Float64Array.from(means, (_, block) => {
      const x = (2 * (block % across) + 1) / across - 1;
      const y = (2 * Math.floor(block / across) + 1) / down - 1;
      return x ** px * y ** py;
    });
    // Gram and Schmidt: each term without the ones before it, so that each can be taken away by itself.
    const before = dot(term, term);
    for (const other of taken) subtract(term, other, dot(term, other));
    const length = dot(term, term);
    // With few blocks some terms say nothing new.
    if (length <= 1e-9 * before) continue;
    for (let block = 0; block < term.length; block++) term[block]! /= Math.sqrt(length);
    taken.push(term);
    subtract(rest, term, dot(rest, term));
  }
  return rest;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

function subtract(from: Float64Array, term: Float64Array, times: number): void {
  for (let i = 0; i < from.length; i++) from[i]! -= times * term[i]!;
}
