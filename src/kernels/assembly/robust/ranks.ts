/**
 * Numbers of any rank among up to 128, without a branch that depends on them: four lanes are sorted at once, then a cut
 * through the four is moved to where the rank is. Numbers stand as integers in the same order, which SIMD compares in one step.
 */

/** Larger than any key. */
export const NOTHING: i32 = i32.MAX_VALUE;

/** The key of a number: -0 < 0, otherwise in the order of the numbers. */
@inline
export function keyOf(value: f32): i32 {
  const bits = reinterpret<i32>(value);
  return bits ^ ((bits >> 31) & i32.MAX_VALUE);
}

/** The number of a key. */
@inline
export function numberOf(key: i32): f32 {
  return reinterpret<f32>(key ^ ((key >> 31) & i32.MAX_VALUE));
}

@inline
export function keysOf(numbers: v128): v128 {
  return v128.xor(numbers, v128.and(i32x4.shr_s(numbers, 31), i32x4.splat(i32.MAX_VALUE)));
}

/** Rows of four lanes that hold `count` keys: a power of 2, 8 at least. */
export function rowsFor(count: i32): i32 {
  let rows = 8;
  while (4 * rows < count) rows <<= 1;
  return rows;
}

/** Sorts each lane of `rows` rows, a power of 2 from 8 on: eights first, then Batcher's odd-even merges (AFIPS 1968). */
export function sortLanes(keys: usize, rows: i32): void {
  const end = (<usize>rows) << 4;
  for (let eight: usize = 0; eight < end; eight += 8 << 4) sortEight(keys + eight);
  for (let run: usize = 8 << 4; run < end; run <<= 1) {
    for (let step = run; step >= 1 << 4; step >>= 1) {
      for (let block: usize = 0; block < end; block += 2 * run) {
        for (let start = step & (run - 1); start + step < 2 * run; start += 2 * step) {
          const upTo = keys + block + start + step;
          for (let at = keys + block + start; at < upTo; at += 16) {
            const one = v128.load(at);
            const other = v128.load(at + step);
            v128.store(at, i32x4.min_s(one, other));
            v128.store(at + step, i32x4.max_s(one, other));
          }
        }
      }
    }
  }
}

/** Sorts each lane of eight rows, in registers, with nineteen exchanges (Knuth, TAOCP 3, section 5.3.4). */
function sortEight(at: usize): void {
  let a = v128.load(at, 0);
  let b = v128.load(at, 16);
  let c = v128.load(at, 32);
  let d = v128.load(at, 48);
  let e = v128.load(at, 64);
  let f = v128.load(at, 80);
  let g = v128.load(at, 96);
  let h = v128.load(at, 112);
  let low: v128;
  low = i32x4.min_s(a, c);
  c = i32x4.max_s(a, c);
  a = low;
  low = i32x4.min_s(b, d);
  d = i32x4.max_s(b, d);
  b = low;
  low = i32x4.min_s(e, g);
  g = i32x4.max_s(e, g);
  e = low;
  low = i32x4.min_s(f, h);
  h = i32x4.max_s(f, h);
  f = low;
  low = i32x4.min_s(a, e);
  e = i32x4.max_s(a, e);
  a = low;
  low = i32x4.min_s(b, f);
  f = i32x4.max_s(b, f);
  b = low;
  low = i32x4.min_s(c, g);
  g = i32x4.max_s(c, g);
  c = low;
  low = i32x4.min_s(d, h);
  h = i32x4.max_s(d, h);
  d = low;
  low = i32x4.min_s(a, b);
  b = i32x4.max_s(a, b);
  a = low;
  low = i32x4.min_s(c, d);
  d = i32x4.max_s(c, d);
  c = low;
  low = i32x4.min_s(e, f);
  f = i32x4.max_s(e, f);
  e = low;
  low = i32x4.min_s(g, h);
  h = i32x4.max_s(g, h);
  g = low;
  low = i32x4.min_s(c, e);
  e = i32x4.max_s(c, e);
  c = low;
  low = i32x4.min_s(d, f);
  f = i32x4.max_s(d, f);
  d = low;
  low = i32x4.min_s(b, e);
  e = i32x4.max_s(b, e);
  b = low;
  low = i32x4.min_s(d, g);
  g = i32x4.max_s(d, g);
  d = low;
  low = i32x4.min_s(b, c);
  c = i32x4.max_s(b, c);
  b = low;
  low = i32x4.min_s(d, e);
  e = i32x4.max_s(d, e);
  d = low;
  low = i32x4.min_s(f, g);
  g = i32x4.max_s(f, g);
  f = low;
  v128.store(at, a, 0);
  v128.store(at, b, 16);
  v128.store(at, c, 32);
  v128.store(at, d, 48);
  v128.store(at, e, 64);
  v128.store(at, f, 80);
  v128.store(at, g, 96);
  v128.store(at, h, 112);
}

/** The two keys at a cut, as one number. */
@inline
function ends(before: i32, behind: i32): u64 {
  return ((<u64>(<u32>before)) << 32) | <u64>(<u32>behind);
}

/** The largest of the keys before a cut. */
@inline
export function beforeOf(found: u64): i32 {
  return <i32>(found >> 32);
}

/** The smallest of the keys behind a cut. */
@inline
export function behindOf(found: u64): i32 {
  return <i32>found;
}

/**
 * Cuts the sorted lanes so that the `count` smallest keys lie before the cut; returns what stands there, for `beforeOf`
 * and `behindOf`. There must be a row's room in front of `keys` and behind their `rows` rows.
 */
export function cut(keys: usize, rows: i32, count: i32): u64 {
  v128.store(keys - 16, i32x4.splat(i32.MIN_VALUE));
  v128.store(keys + ((<usize>rows) << 4), i32x4.splat(NOTHING));
  // The address of the first key behind the cut in each lane; chance alone would have it at a quarter in each.
  const quarter = keys + ((<usize>(count >> 2)) << 4);
  const rest = count & 3;
  let a = quarter + (rest > 0 ? 16 : 0);
  let b = quarter + (rest > 1 ? 20 : 4);
  let c = quarter + (rest > 2 ? 24 : 8);
  let d = quarter + 12;
  let before: i32;
  let behind: i32;
  for (;;) {
    const beforeA = load<i32>(a - 16);
    const beforeB = load<i32>(b - 16);
    const beforeC = load<i32>(c - 16);
    const beforeD = load<i32>(d - 16);
    const behindA = load<i32>(a);
    const behindB = load<i32>(b);
    const behindC = load<i32>(c);
    const behindD = load<i32>(d);
    before = max<i32>(max<i32>(beforeA, beforeB), max<i32>(beforeC, beforeD));
    behind = min<i32>(min<i32>(behindA, behindB), min<i32>(behindC, behindD));
    if (before <= behind) break;
    // The largest before the cut and the smallest behind it stand in different lanes, and change sides.
    if (beforeA === before) a -= 16;
    else if (beforeB === before) b -= 16;
    else if (beforeC === before) c -= 16;
    else d -= 16;
    if (behindA === behind) a += 16;
    else if (behindB === behind) b += 16;
    else if (behindC === behind) c += 16;
    else d += 16;
  }
  return ends(before, behind);
}
