/**
 * CRC-32 (that of zlib, PNG and gzip) of as many bytes as come, by folding: nearly all of them are XORed away with a
 * sparse multiple of the CRC's polynomial P, what is left of some 5 kB has the same remainder, and any CRC-32 ends it.
 *
 * Over GF(2) squaring is linear, so with y = x^128, a word of 16 bytes, P(y) = P(x)^128. The multiple of P(y) with the
 * fewest terms below y^2975,
 *
 *     y^300 + y^155 + y^117 + y^89 + 1,
 *
 * is a multiple of P(x) too: a word may be taken away when it is added to those 145, 183, 211 and 300 places behind it.
 * (Folding without tables or carry-less multiplication: K. Russell, "Chorba: A novel CRC32 implementation", 2024.)
 *
 * The state holds folded words, each with what was added to it; the last 300 are unfolded at the end. In front of the
 * bytes stands a word that makes of a remainder that begins with zeros one that begins with ones, as CRC-32 wants.
 */

/** Words that the furthest term reaches back. */
const REACH: i32 = 300;
/** Bytes from there to the words that the other terms reach. */
const ON_145: usize = (<usize>(REACH - 145)) << 4;
const ON_183: usize = (<usize>(REACH - 183)) << 4;
const ON_211: usize = (<usize>(REACH - 211)) << 4;
/** Words that are folded before the last ones move to the front. */
const LOAD: i32 = 1748;

/** From the address of the state: how many bytes of the next word wait, that word, and where the next folded one goes. */
const WAITING: usize = 0;
const END: usize = 8;
const NEXT: usize = 16;
const WORDS: usize = 32;

/** Bytes of the state, which begins at a multiple of 16. */
export function checksumBytes(): i32 {
  return <i32>WORDS + ((REACH + LOAD) << 4);
}

/** Begins with no bytes at all. */
export function checksumBegin(state: usize): void {
  memory.fill(state, 0, WORDS + ((<usize>REACH) << 4));
  store<u32>(state + END, REACH << 4);
  // After these the remainder is 0xffffffff.
  store<u32>(state + NEXT + 12, 0x9226f562);
  fold(state, state + NEXT, 1);
}

/** Goes on with the `bytes` bytes from `from` on. */
export function checksumAdd(state: usize, from: usize, bytes: i32): void {
  const waiting = load<i32>(state + WAITING);
  const missing = waiting > 0 ? min<i32>(16 - waiting, bytes) : 0;
  memory.copy(state + NEXT + waiting, from, missing);
  from += missing;
  bytes -= missing;
  if (waiting + missing === 16) fold(state, state + NEXT, 1);
  else if (bytes === 0) {
    store<i32>(state + WAITING, waiting + missing);
    return;
  }
  fold(state, from, bytes >> 4);
  const rest = bytes & 15;
  memory.copy(state + NEXT, from + bytes - rest, rest);
  store<i32>(state + WAITING, rest);
}

function fold(state: usize, from: usize, words: i32): void {
  const first = state + WORDS;
  while (words > 0) {
    let end = load<u32>(state + END);
    if (end === (REACH + LOAD) << 4) {
      memory.copy(first, first + ((<usize>LOAD) << 4), (<usize>REACH) << 4);
      end = REACH << 4;
    }
    const now = min<i32>(words, REACH + LOAD - <i32>(end >> 4));
    let back = first + end - ((<usize>REACH) << 4);
    for (let i = 0; i < now; i++, back += 16, from += 16) {
      const near = v128.xor(v128.load(back, ON_145), v128.load(back, ON_183));
      const far = v128.xor(v128.load(back, ON_211), v128.load(back));
      v128.store(back, v128.xor(v128.load(from), v128.xor(near, far)), (<usize>REACH) << 4);
    }
    store<u32>(state + END, end + (now << 4));
    words -= now;
  }
}

/**
 * Puts the bytes that are left to `to`, which has room for `REACH` + 1 words; returns how many. Their CRC-32 without a
 * beginning (a remainder of 0) and with the usual end (inverted) is that of all bytes.
 */
export function checksumEnd(state: usize, to: usize): i32 {
  const last = state + WORDS + load<u32>(state + END) - ((<usize>REACH) << 4);
  for (let word = 0; word < REACH; word++) {
    const at = last + ((<usize>word) << 4);
    // What a word had from others that stay as well is taken away again.
    let sum = v128.load(at);
    if (word >= 145) sum = v128.xor(sum, v128.load(at - (145 << 4)));
    if (word >= 183) sum = v128.xor(sum, v128.load(at - (183 << 4)));
    if (word >= 211) sum = v128.xor(sum, v128.load(at - (211 << 4)));
    v128.store(to + ((<usize>word) << 4), sum);
  }
  const waiting = load<i32>(state + WAITING);
  memory.copy(to + ((<usize>REACH) << 4), state + NEXT, waiting);
  return (REACH << 4) + waiting;
}
