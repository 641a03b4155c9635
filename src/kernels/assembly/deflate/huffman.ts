/** Huffman codes as Deflate has them (RFC 1951, section 3.2.2): lengths from frequencies, codes from lengths. */

/** Symbols that one code may have. */
export const MOST_SYMBOLS: i32 = 288;

/** Bytes that `lengthsOf` works in. */
export const SCRATCH: i32 = MOST_SYMBOLS * 8 + 16 * 4;

/**
 * Lengths (u8) of `count` symbols from their frequencies (u32, below 2^22; those of 0 get none), at most `longest` bits.
 * A code has two symbols at least, as some readers want it: others are given the frequency 1.
 */
export function lengthsOf(frequencies: usize, count: i32, longest: i32, lengths: usize, scratch: usize): void {
  const keys = scratch;
  const depths = scratch + MOST_SYMBOLS * 4;
  const counts = scratch + MOST_SYMBOLS * 8;
  let used = 0;
  for (let symbol = 0; symbol < count; symbol++) {
    store<u8>(lengths + symbol, 0);
    const frequency = load<u32>(frequencies + (symbol << 2));
    if (frequency !== 0) store<u32>(keys + (used++ << 2), (frequency << 9) | symbol);
  }
  for (let symbol = 0; used < 2; symbol++) {
    if (load<u32>(frequencies + (symbol << 2)) !== 0) continue;
    store<u32>(frequencies + (symbol << 2), 1);
    store<u32>(keys + (used++ << 2), (1 << 9) | symbol);
  }
  sort(keys, used);
  for (let i = 0; i < used; i++) store<u32>(depths + (i << 2), load<u32>(keys + (i << 2)) >> 9);
  depthsOf(depths, used);
  limit(depths, used, longest, counts);
  // The rarest symbols come first, and get the longest codes.
  let i = 0;
  for (let length = longest; length > 0; length--) {
    for (let left = load<i32>(counts + (length << 2)); left > 0; left--)
      store<u8>(lengths + (load<u32>(keys + (i++ << 2)) & 511), <u8>length);
  }
}

/** Shell's sort; the keys differ. */
function sort(keys: usize, count: i32): void {
  for (let gap = 40; gap > 0; gap = gap === 40 ? 13 : gap === 13 ? 4 : gap === 4 ? 1 : 0) {
    for (let i = gap; i < count; i++) {
      const key = load<u32>(keys + (i << 2));
      let at = i;
      for (; at >= gap && load<u32>(keys + ((at - gap) << 2)) > key; at -= gap)
        store<u32>(keys + (at << 2), load<u32>(keys + ((at - gap) << 2)));
      store<u32>(keys + (at << 2), key);
    }
  }
}

/**
 * Turns weights (u32, rising, two at least) into the depths of their leaves, in place: A. Moffat and J. Katajainen,
 * "In-place calculation of minimum-redundancy codes" (1995).
 */
function depthsOf(weights: usize, count: i32): void {
  // Pairs of the lightest become inner nodes; each node that was taken holds its parent.
  let root = 0;
  let leaf = 0;
  for (let next = 0; next < count - 1; next++) {
    let sum: u32 = 0;
    for (let half = 0; half < 2; half++) {
      const inner = root < next ? load<u32>(weights + (root << 2)) : u32.MAX_VALUE;
      if (leaf < count && load<u32>(weights + (leaf << 2)) <= inner) sum += load<u32>(weights + (leaf++ << 2));
      else {
        sum += inner;
        store<u32>(weights + (root++ << 2), next);
      }
    }
    store<u32>(weights + (next << 2), sum);
  }
  // Depths of the inner nodes, from the root down.
  store<u32>(weights + ((count - 2) << 2), 0);
  for (let next = count - 3; next >= 0; next--)
    store<u32>(weights + (next << 2), load<u32>(weights + (load<u32>(weights + (next << 2)) << 2)) + 1);
  // Depths of the leaves: what a level has beyond its inner nodes.
  let free = 1;
  let depth: u32 = 0;
  let inner = count - 2;
  let next = count - 1;
  while (free > 0) {
    let taken = 0;
    for (; inner >= 0 && load<u32>(weights + (inner << 2)) === depth; inner--) taken++;
    for (; free > taken; free--) store<u32>(weights + (next-- << 2), depth);
    free = 2 * taken;
    depth++;
  }
}

/** How many leaves have each depth (i32, `counts`), none deeper than `longest`: those that are take room from others. */
function limit(depths: usize, count: i32, longest: i32, counts: usize): void {
  for (let length = 0; length < 16; length++) store<i32>(counts + (length << 2), 0);
  let room: i32 = 0;
  for (let i = 0; i < count; i++) {
    const length = min(load<i32>(depths + (i << 2)), longest);
    store<i32>(counts + (length << 2), load<i32>(counts + (length << 2)) + 1);
    room += 1 << (longest - length);
  }
  // Two leaves at the bottom and one above them become three: of a shorter leaf two are made, one level further down.
  for (; room > 1 << longest; room--) {
    let length = longest - 1;
    while (load<i32>(counts + (length << 2)) === 0) length--;
    store<i32>(counts + (length << 2), load<i32>(counts + (length << 2)) - 1);
    store<i32>(counts + ((length + 1) << 2), load<i32>(counts + ((length + 1) << 2)) + 2);
    store<i32>(counts + (longest << 2), load<i32>(counts + (longest << 2)) - 1);
  }
}

/** Codes (u32: the length in the upper 16 bits, the code below with its first bit lowest) from lengths. */
export function codesOf(lengths: usize, count: i32, codes: usize, scratch: usize): void {
  for (let length = 0; length < 16; length++) store<u32>(scratch + (length << 2), 0);
  for (let symbol = 0; symbol < count; symbol++) {
    const at = scratch + ((<usize>load<u8>(lengths + symbol)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let code: u32 = 0;
  store<u32>(scratch, 0);
  for (let length = 1; length < 16; length++) {
    const at = scratch + (length << 2);
    const here = load<u32>(at);
    store<u32>(at, code);
    code = (code + here) << 1;
  }
  for (let symbol = 0; symbol < count; symbol++) {
    const length = <u32>load<u8>(lengths + symbol);
    const at = scratch + ((<usize>length) << 2);
    const value = load<u32>(at);
    store<u32>(at, value + 1);
    store<u32>(codes + (symbol << 2), length === 0 ? 0 : (length << 16) | reversed(value, length));
  }
}

/** The lowest `length` bits, the other way round. */
function reversed(value: u32, length: u32): u32 {
  let turned: u32 = 0;
  for (let bit: u32 = 0; bit < length; bit++) turned |= ((value >> bit) & 1) << (length - 1 - bit);
  return turned;
}
