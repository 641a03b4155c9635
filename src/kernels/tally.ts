/** Reads what the kernels counted (`assembly/tally.ts`) as numbers and statistics. */

import type { WrittenType } from '../model/exposure.ts';
import type { PixelStatistics } from '../model/record.ts';
import type { Arena } from './arena.ts';

const CELLS = ['saturated', 'nonFinite', 'clippedLow', 'clippedHigh', 'outOfRange'] as const;
const MIN = CELLS.length;
const [MAX, SUM, SUM_OF_SQUARES] = [MIN + 1, MIN + 2, MIN + 3];
const [LOWEST, HIGHEST, LENGTH] = [MIN + 4, MIN + 5, MIN + 6];

/** uint16 is summed as uint16 - 32 768, see `assembly/pack.ts`. */
const BIAS: Record<WrittenType, bigint> = { uint16: 32_768n, int16: 0n, float32: 0n };

export interface Changed {
  readonly lowest: number;
  readonly highest: number;
}

/** One exposure's tally: reset once, then read once all frames have passed. */
export class Tally {
  readonly address: number;
  readonly #arena: Arena;
  readonly #type: WrittenType;

  constructor(arena: Arena, type: WrittenType) {
    this.#arena = arena;
    this.#type = type;
    this.address = arena.take(arena.kernels.tallyBytes());
  }

  reset(): void {
    const cells = this.#arena.cells(this.address, LENGTH);
    cells.fill(0n);
    const doubles = this.#arena.doubles(this.address, LENGTH);
    doubles[LOWEST] = Number.POSITIVE_INFINITY;
    doubles[HIGHEST] = Number.NEGATIVE_INFINITY;
    if (this.#type === 'float32') {
      doubles[MIN] = Number.POSITIVE_INFINITY;
      doubles[MAX] = Number.NEGATIVE_INFINITY;
    } else {
      cells[MIN] = 2n ** 62n;
      cells[MAX] = -(2n ** 62n);
    }
  }

  counts(): Record<(typeof CELLS)[number], number> {
    const cells = this.#arena.cells(this.address, LENGTH);
    const counts = { saturated: 0, nonFinite: 0, clippedLow: 0, clippedHigh: 0, outOfRange: 0 };
    for (const [i, name] of CELLS.entries()) counts[name] = Number(cells[i]);
    return counts;
  }

  get nonFinite(): number {
    return Number(this.#arena.cells(this.address + 8 * CELLS.indexOf('nonFinite'), 1)[0]);
  }

  /** What the farthest of the pixels that clip or range changed were before, in counts; infinite where none was. */
  get changed(): Changed {
    const doubles = this.#arena.doubles(this.address, LENGTH);
    return { lowest: doubles[LOWEST]!, highest: doubles[HIGHEST]! };
  }

  /** min, max, mean and population standard deviation of `pixels` pixels as written. */
  statistics(pixels: number): PixelStatistics {
    if (this.#type === 'float32') {
      const doubles = this.#arena.doubles(this.address, LENGTH);
      const mean = doubles[SUM]! / pixels;
      const variance = doubles[SUM_OF_SQUARES]! / pixels - mean * mean;
      return { min: doubles[MIN]!, max: doubles[MAX]!, mean, deviation: Math.sqrt(Math.max(0, variance)) };
    }
    const cells = this.#arena.cells(this.address, LENGTH);
    const bias = BIAS[this.#type];
    const count = BigInt(pixels);
    const sum = cells[SUM]!;
    // N * sum(y^2) - sum(y)^2 is exact, and does not depend on the bias.
    const spread = count * cells[SUM_OF_SQUARES]! - sum * sum;
    return {
      min: Number(cells[MIN]! + bias),
      max: Number(cells[MAX]! + bias),
      mean: Number(sum + bias * count) / pixels,
      deviation: Math.sqrt(Number(spread)) / pixels,
    };
  }
}
