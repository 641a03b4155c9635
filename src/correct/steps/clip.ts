/** Clip: x = min(max(x, low), high), so that nothing wraps when the type that is written is narrower. */

import { PIXELS, type WrittenType } from '../../model/exposure.ts';
import type { OptionTable } from '../../model/option.ts';
import { byType, type EffectiveOption, type Met } from './effective-option.ts';
import type { Step } from './step.ts';

export interface ClipOptions {
  /** Counts; 'none' switches the end off, null takes the range of the type written. */
  readonly clipLow: number | 'none' | null;
  readonly clipHigh: number | 'none' | null;
  readonly scale: number;
  readonly offset: number;
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

/** The ends in counts before scale and offset, as float32; infinite where an end is off. `written`: the type that is written. */
export function clipRange(
  { clipLow, clipHigh, scale, offset }: ClipOptions,
  written: WrittenType,
): { low: number; high: number } {
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

type End = 'clipLow' | 'clipHigh';

/** Where no end is given the range of the type written is one: of each type that was written. */
function effective(name: End, recipe: Partial<ClipOptions>, met: readonly Met[]): EffectiveOption {
  const { clipLow = null, clipHigh = null, scale = 1, offset = 0 } = recipe;
  const given = recipe[name] ?? null;
  if (given !== null) return { name, value: given, from: null };
  const ends = byType(
    met.map(({ written }) => written),
    (written) => {
      const range = clipRange({ clipLow, clipHigh, scale, offset }, written);
      const end = name === 'clipLow' ? range.low : range.high;
      return Number.isFinite(end) ? end : 'none';
    },
  );
  const seen = scale === 1 && offset === 0 ? '' : ', seen through scale and offset';
  return { name, value: ends.value, from: `range of ${ends.types || 'the type written'}${seen}` };
}

export const clip: Step<ClipOptions, 'clip'> = {
  name: 'clip',
  stage: 'finish',
  options,
  contradictions: [
    [
      ({ clipLow, clipHigh }) => typeof clipLow === 'number' && typeof clipHigh === 'number' && clipLow > clipHigh,
      '--clip-low is above --clip-high; exchange them',
    ],
  ],
  key: ({ clipLow, clipHigh }) => ({ clipLow, clipHigh }),
  effective: (name, { recipe, running, met }) => (running ? effective(name as End, recipe, met) : null),
  open(chosen, { geometry, written, arena, tally }) {
    const { low, high } = clipRange(chosen, written);
    if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return null;
    return {
      ahead: 0,
      behind: 0,
      label: `clip ${low}..${high}`,
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
