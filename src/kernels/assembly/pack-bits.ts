import { DecoderState, OPEN } from './decoder';

/** Bytes of a `DecoderState` for PackBits, which keeps nothing else. */
export function packBitsBytes(): usize {
  return offsetof<DecoderState>();
}

/** Opens the state (`packBitsBytes` of memory, aligned to 4) for a new strip. */
export function openPackBits(state: DecoderState): void {
  state.consumed = 0;
  state.end = OPEN;
}

/**
 * PackBits (TIFF 6.0, section 9), piece by piece. A run is decoded whole or not at all: the call ends before a run whose
 * bytes are not all there, and it may write up to 127 bytes past `toBytes`.
 * Returns the bytes produced; those consumed are in the state.
 */
export function packBits(from: usize, fromBytes: i32, to: usize, toBytes: i32, state: DecoderState): i32 {
  const end = from + <usize>fromBytes;
  const full = to + <usize>toBytes;
  let at = from;
  let out = to;
  while (at < end && out < full) {
    const n = <i32>load<i8>(at);
    if (n >= 0) {
      const next = at + <usize>n + 2;
      if (next > end) break;
      memory.copy(out, at + 1, <usize>n + 1);
      out += <usize>n + 1;
      at = next;
    } else if (n === -128) {
      at += 1; // a gap, by definition
    } else {
      if (at + 2 > end) break;
      memory.fill(out, load<u8>(at + 1), <usize>(1 - n));
      out += <usize>(1 - n);
      at += 2;
    }
  }
  state.consumed = <i32>(at - from);
  return <i32>(out - to);
}
