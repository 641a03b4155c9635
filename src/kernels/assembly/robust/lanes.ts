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
export function valueOf(key: i32): f32 {
  return reinterpret<f32>(key ^ ((key >> 31) & i32.MAX_VALUE));
}

@inline
export function keysOf(numbers: v128): v128 {
  return v128.xor(numbers, v128.and(i32x4.shr_s(numbers, 31), i32x4.splat(i32.MAX_VALUE)));
}

/** Rows of four lanes that hold `count` keys: a power of 2. */
export function rowsFor(count: i32): i32 {
  let rows = 1;
  while (4 * rows < count) rows <<= 1;
  return rows;
}

/** Sorts each lane of `rows` rows, a power of 2: Batcher's odd-even merge sort (AFIPS 1968). */
export function sortLanes(keys: usize, rows: i32): void {
  const end = <usize>rows << 4;
  for (let run: usize = 16; run < end; run <<= 1) {
    for (let step = run; step >= 16; step >>= 1) {
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

/** What `cut` found: the largest of the keys before it, and the smallest behind it. */
export let before: i32 = 0;
export let behind: i32 = 0;

/**
 * Cuts the sorted lanes so that the `count` smallest keys lie before the cut. There must be a row's room in front of
 * `keys` and behind their `rows` rows.
 */
export function cut(keys: usize, rows: i32, count: i32): void {
  v128.store(keys - 16, i32x4.splat(i32.MIN_VALUE));
  v128.store(keys + (<usize>rows << 4), i32x4.splat(NOTHING));
  // The address of the first key behind the cut in each lane; chance alone would have it at a quarter in each.
  const quarter = keys + (<usize>(count >> 2) << 4);
  const rest = count & 3;
  let a = quarter + (rest > 0 ? 16 : 0);
  let b = quarter + (rest > 1 ? 20 : 4);
  let c = quarter + (rest > 2 ? 24 : 8);
  let d = quarter + 12;
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
    if (before <= behind) return;
    // The largest before the cut and the smallest behind it stand in different lanes, and change sides.
    if (beforeA == before) a -= 16;
    else if (beforeB == before) b -= 16;
    else if (beforeC == before) c -= 16;
    else d -= 16;
    if (behindA == behind) a += 16;
    else if (behindB == behind) b += 16;
    else if (behindC == behind) c += 16;
    else d += 16;
  }
}
