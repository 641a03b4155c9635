/** Clip: x = min(max(x, low), high), so that nothing wraps when the type that is written is narrower. */

import { PIXELS, type WrittenType } from '../../model/exposure.ts';
import type { OptionTable } from '../../model/option.ts';
import type { Step } from './step.ts';

export interface ClipOptions {
  /** Counts; 'none' switches the end off, null takes the range of the type written. */
  readonly clipLow: number | 'none' | null;
  readonly clipHigh: number | 'none' | null;
  readonly scale: number;
  readonly offset: number;
  /** The type written, already resolved from `--type`. */
  readonly written: WrittenType;
}

const options: OptionTable = {
  clipLow: {
    kind: 'level',
    fallback: null,
    unit: 'counts',
    group: 'Clip',
    describe:
      'lowest value kept; "none" switches this end off (default: the range of the type written, seen through scale and offset; none for float32)',
  },
  clipHigh: {
    kind: 'level',
    fallback: null,
    unit: 'counts',
    group: 'Clip',
    describe: 'highest value kept; "none" switches this end off (default: as for --clip-low)',
  },
};

/** The ends in counts before scale and offset, as float32; infinite where an end is off. */
export function clipRange({ clipLow, clipHigh, scale, offset, written }: ClipOptions): { low: number; high: number } {
  const { lowest, highest } = PIXELS[written];
  // Infinite limits of float32 stay infinite; a negative scale turns the range round.
  const ends = [(lowest - offset) / scale, (highest - offset) / scale];
  const bound =
    written === 'float32'
      ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
      : [Math.min(...ends), Math.max(...ends)];
  const low = clipLow === 'none' ? Number.NEGATIVE_INFINITY : (clipLow ?? bound[0]!);
  const high = clipHigh === 'none' ? Number.POSITIVE_INFINITY : (clipHigh ?? bound[1]!);
  return { low: Math.fround(low), high: Math.fround(high) };
}

export const clip: Step<ClipOptions> = {
  name: 'clip',
  stage: 'finish',
  options,
  open(chosen, { geometry, arena, tally }) {
    const { low, high } = clipRange(chosen);
    if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return null;
    return {
      ahead: 0,
      behind: 0,
      said: `clip ${low}..${high}`,
      work(line, row, rows) {
        for (let at = row; at < row + rows; at++) {
          const address = line.address(at);
          arena.kernels.clip(address, geometry.width, low, high, address + line.flags, tally.address);
        }
      },
      counts: () => ({}),
    };
  },
};
