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
