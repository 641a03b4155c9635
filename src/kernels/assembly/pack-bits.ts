/**
 * PackBits (TIFF 6.0, section 9), piece by piece. A run is decoded whole or not at all: the call ends before a run whose
 * bytes are not all there, and it may write up to 127 bytes past `toBytes`.
 * Word 1 of `state` receives the bytes consumed. Returns the bytes produced.
 */
export function packBits(from: usize, fromBytes: i32, to: usize, toBytes: i32, state: usize): i32 {
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
  store<i32>(state, <i32>(at - from), 4);
  return <i32>(out - to);
}
