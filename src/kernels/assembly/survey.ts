/** What all threads gather of a session in one place: atomic, so that no order of theirs changes the result. */

/** Counters that are fetched together before any is counted: an atomic access waits for every one before it. */
const TOGETHER: i32 = 64;

/** Counts each listed pixel (uint32 indices) in its byte, which stays at 255. Returns the sum of what they were. */
export function countSpikes(list: usize, count: i32, counters: usize): i64 {
  let sum: i64 = 0;
  for (let first = 0; first < count; first += TOGETHER) {
    const end = min(first + TOGETHER, count);
    for (let i = first; i < end; i++) sum += <i64>load<u8>(counters + <usize>load<u32>(list + ((<usize>i) << 2)));
    for (let i = first; i < end; i++) {
      const counter = counters + <usize>load<u32>(list + ((<usize>i) << 2));
      for (;;) {
        const before = atomic.load<u8>(counter);
        if (before === 255 || atomic.cmpxchg<u8>(counter, before, before + 1) === before) break;
      }
    }
  }
  return sum;
}

/** Adds `count` float32 sums to int64 ones, as multiples of 1 / `parts`. */
export function addSums(sums: usize, count: i32, into: usize, parts: f64): void {
  for (let i = 0; i < count; i++, sums += 4, into += 8) {
    atomic.add<i64>(into, <i64>nearest<f64>(<f64>load<f32>(sums) * parts));
  }
}

/** Bytes from four pixels of a row that are taken to the next four. */
const APART: usize = 16 << 2;

/**
 * Means of the segments of a row (float32), `length` px each, a multiple of 16, the last one shorter: of four pixels in
 * sixteen, which meets each segment and costs a quarter.
 */
export function meanSegments(row: usize, width: i32, length: i32, means: usize): void {
  for (let from = 0; from < width; from += length, means += 4) {
    let taken = 0;
    const end = row + ((<usize>min(from + length, width)) << 2);
    let four = f32x4.splat(0);
    let at = row + ((<usize>from) << 2);
    for (; at + 16 <= end; at += APART, taken += 4) four = f32x4.add(four, v128.load(at));
    let sum =
      f32x4.extract_lane(four, 0) +
      f32x4.extract_lane(four, 1) +
      f32x4.extract_lane(four, 2) +
      f32x4.extract_lane(four, 3);
    for (; at < end; at += 4, taken++) sum += load<f32>(at);
    store<f32>(means, sum / <f32>taken);
  }
}

/** A pixel below this part of what is around is as good as dark; above that many times it shines by itself. */
const DARK: f32 = 0.25;
const BRIGHT: f32 = 2;

/**
 * Lists the pixels of a row that are far from the level of their surroundings: below a quarter of it, or above twice. Of the
 * levels (float32, one for each segment of `length` px) the lowest of a segment and its neighbours decides what is dark and
 * the highest what is bright: a single stuck pixel in one of them makes no other one far. Each entry is `first` + column, and
 * with the top bit set where the pixel is bright. Returns how many there are; beyond `room` they are counted, not listed.
 */
export function listFar(row: usize, width: i32, length: i32, levels: usize, first: u32, list: usize, room: i32): i32 {
  let found = 0;
  let segment = 0;
  const last = (width - 1) / length;
  for (let from = 0; from < width; from += length, segment++) {
    const own = load<f32>(levels + ((<usize>segment) << 2));
    const left = segment > 0 ? load<f32>(levels + ((<usize>(segment - 1)) << 2)) : own;
    const right = segment < last ? load<f32>(levels + ((<usize>(segment + 1)) << 2)) : own;
    const low = DARK * min(own, min(left, right));
    const high = BRIGHT * max(own, max(left, right));
    const lows = f32x4.splat(low);
    const highs = f32x4.splat(high);
    const end = min(from + length, width);
    let col = from;
    while (col < end) {
      if (col + 16 <= end) {
        const at = row + ((<usize>col) << 2);
        const a = v128.load(at);
        const b = v128.load(at, 16);
        const c = v128.load(at, 32);
        const d = v128.load(at, 48);
        const least = f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d));
        const most = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
        if (!v128.any_true(v128.or(f32x4.lt(least, lows), f32x4.gt(most, highs)))) {
          col += 16;
          continue;
        }
      }
      const until = min(col + 16, end);
      for (; col < until; col++) {
        const value = load<f32>(row + ((<usize>col) << 2));
        const bright = value > high;
        if (!bright && !(value < low)) continue;
        if (found < room) store<u32>(list + ((<usize>found) << 2), (first + <u32>col) | (bright ? 0x80000000 : 0));
        found++;
      }
    }
  }
  return found;
}

/** Adds 1 to the signed byte of each listed pixel whose top bit is set, and takes 1 from that of the others; they stay within 127. */
export function countFar(list: usize, count: i32, counters: usize): void {
  for (let i = 0; i < count; i++) {
    const entry = load<u32>(list + ((<usize>i) << 2));
    const counter = counters + <usize>(entry & 0x7fffffff);
    const by: i32 = entry >> 31 ? 1 : -1;
    for (;;) {
      const before = atomic.load<u8>(counter);
      const after = <i32>(<i8>before) + by;
      if (after > 127 || after < -127 || atomic.cmpxchg<u8>(counter, before, <u8>after) === before) break;
    }
  }
}
