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

/** Opened by `openChecksum`; folded words stand behind it. */
@unmanaged
class ChecksumState {
  /** How many bytes of the next word wait, and that word. */
  waiting: i32;
  /** Bytes of the folded words: where the next one goes. */
  end: u32;
  unused: u64;
  word: u64;
  wordEnd: u64;

  @inline
  get next(): usize {
    return changetype<usize>(this) + offsetof<ChecksumState>('word');
  }

  @inline
  get words(): usize {
    return changetype<usize>(this) + offsetof<ChecksumState>();
  }
}

/** Bytes of a `ChecksumState` with its words. */
export function checksumBytes(): usize {
  return offsetof<ChecksumState>() + ((<usize>(REACH + LOAD)) << 4);
}

/** Bytes that `checksumEnd` puts down at most. */
export function checksumEndBytes(): usize {
  return (<usize>(REACH + 1)) << 4;
}

/** Opens the state (`checksumBytes` of memory, 16-byte aligned) with no bytes at all. */
export function openChecksum(state: ChecksumState): void {
  memory.fill(changetype<usize>(state), 0, offsetof<ChecksumState>() + ((<usize>REACH) << 4));
  state.end = REACH << 4;
  // After these the remainder is 0xffffffff.
  store<u32>(state.next, 0x9226f562, 12);
  fold(state, state.next, 1);
}

/** Goes on with the `bytes` bytes from `from` on. */
export function checksumAdd(state: ChecksumState, from: usize, bytes: i32): void {
  const waiting = state.waiting;
  const missing = waiting > 0 ? min<i32>(16 - waiting, bytes) : 0;
  memory.copy(state.next + waiting, from, missing);
  from += missing;
  bytes -= missing;
  if (waiting + missing === 16) fold(state, state.next, 1);
  else if (bytes === 0) {
    state.waiting = waiting + missing;
    return;
  }
  fold(state, from, bytes >> 4);
  const rest = bytes & 15;
  memory.copy(state.next, from + bytes - rest, rest);
  state.waiting = rest;
}

function fold(state: ChecksumState, from: usize, words: i32): void {
  const first = state.words;
  while (words > 0) {
    let end = state.end;
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
    state.end = end + (now << 4);
    words -= now;
  }
}

/**
 * Puts the bytes that are left to `to`, which has room for `checksumEndBytes`; returns how many. Their CRC-32 without a
 * beginning (a remainder of 0) and with the usual end (inverted) is that of all bytes.
 */
export function checksumEnd(state: ChecksumState, to: usize): i32 {
  const last = state.words + state.end - ((<usize>REACH) << 4);
  for (let word = 0; word < REACH; word++) {
    const at = last + ((<usize>word) << 4);
    // What a word had from others that stay as well is taken away again.
    let sum = v128.load(at);
    if (word >= 145) sum = v128.xor(sum, v128.load(at - (145 << 4)));
    if (word >= 183) sum = v128.xor(sum, v128.load(at - (183 << 4)));
    if (word >= 211) sum = v128.xor(sum, v128.load(at - (211 << 4)));
    v128.store(to + ((<usize>word) << 4), sum);
  }
  const waiting = state.waiting;
  memory.copy(to + ((<usize>REACH) << 4), state.next, waiting);
  return (REACH << 4) + waiting;
}
