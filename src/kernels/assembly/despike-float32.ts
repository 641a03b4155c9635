/**
 * Despike, method `leginon`, bit for bit as Leginon's own C code computes it: running sums in float32, in its order of
 * additions, with its rounding. Kept for continuity with data corrected before; it may be slow.
 *
 * Contract as that of `despike`, of the same state; the sums start anew in every row.
 */

import { hasBit, setBit } from './bits';
import { DespikeState } from './leginon/state';

export function despikeFloat32(state: DespikeState, row: usize, rows: i32): i32 {
  const stride = state.stride;
  const width = state.width;
  const size = state.size;
  const threshold = <f32>state.threshold;
  const flags = state.flags;
  const marks = state.marks;
  const half = size >> 1;
  const n = <f32>(size * size - 1);
  const end = width - half;
  let replaced = 0;

  for (let i = 0; i < rows; i++, row += stride) {
    const top = row - <usize>half * stride;
    let s: f32 = 0;
    let q: f32 = 0;
    for (let line = 0; line < size; line++) {
      for (let col = 0; col < size; col++) {
        const value = load<f32>(top + <usize>line * stride + ((<usize>col) << 2));
        s += value;
        q += value * value;
      }
    }
    let x = load<f32>(row + ((<usize>half) << 2));
    s -= x;
    q -= x * x;

    for (let col = half; ; col++) {
      const mean = s / n;
      const deviation = <f32>Math.sqrt(<f64>(q / n - mean * mean));
      const distance = Math.abs(<f64>(x - mean));
      if (distance > <f64>(threshold * deviation) && !hasBit(row, flags, col)) {
        x = mean;
        store<f32>(row + ((<usize>col) << 2), x);
        setBit(row, marks, col);
        replaced++;
      }
      if (col + 1 >= end) break;
      s += x;
      q += x * x;
      for (let line = 0; line < size; line++) {
        const from = top + <usize>line * stride + ((<usize>(col - half)) << 2);
        const leaving = load<f32>(from);
        const entering = load<f32>(from + ((<usize>size) << 2));
        s -= leaving;
        q -= leaving * leaving;
        s += entering;
        q += entering * entering;
      }
      x = load<f32>(row + ((<usize>(col + 1)) << 2));
      s -= x;
      q -= x * x;
    }
  }
  return replaced;
}
