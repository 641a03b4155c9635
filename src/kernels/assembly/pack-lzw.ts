/**
 * TIFF's LZW (TIFF 6.0, section 13) from the writing side: what `lzw.ts` reads. The table is cleared before its last
 * entries, as libtiff does it, since some readers know no more of them.
 *
 * The table is open hashing over words: the string before (12 bits) and its next byte (8 bits) as the key, then the code
 * (12 bits, at least 258). 0: free.
 */

const CELLS: u32 = 1 << 13;
const CLEAR: u32 = 256;
const END: u32 = 257;
const FIRST: u32 = 258;

/** Codes in use at which the table is cleared. */
const FULL: u32 = 4094;

/** Bytes of the table. */
export function packLzwBytes(): i32 {
  return <i32>(CELLS << 2);
}

/** The most bytes that `packLzw` writes: 12 bits for each byte, clears, and the ends of words. */
export function packLzwMost(bytes: i32): i32 {
  return bytes + (bytes >> 1) + (bytes >> 10) + 64;
}

/** Packs `bytes` (at least 1) into `to`, which has room for `packLzwMost`; `table` is 16-byte aligned. Returns the bytes written. */
export function packLzw(from: usize, bytes: i32, to: usize, table: usize): i32 {
  const end = from + <usize>bytes;
  let out = to;
  // Codes stand most significant bit first: the last `bits` bits of `held` are still to be written.
  let held: u64 = <u64>CLEAR;
  let bits: u32 = 9;
  let width: u32 = 9;
  let next: u32 = FIRST;
  let before = <u32>load<u8>(from);
  memory.fill(table, 0, CELLS << 2);

  for (let at = from + 1; at < end; at++) {
    const byte = <u32>load<u8>(at);
    const key = (before << 8) | byte;
    let cell = (key * 0x9e3779b1) >> (32 - 13);
    let word = load<u32>(table + ((<usize>cell) << 2));
    while (word !== 0 && word >> 12 !== key) {
      cell = (cell + 1) & (CELLS - 1);
      word = load<u32>(table + ((<usize>cell) << 2));
    }
    if (word !== 0) {
      before = word & 0xfff;
      continue;
    }
    held = (held << (<u64>width)) | <u64>before;
    bits += width;
    if (bits >= 32) {
      bits -= 32;
      store<u32>(out, bswap<u32>(<u32>(held >> <u64>bits)));
      out += 4;
    }
    before = byte;
    store<u32>(table + ((<usize>cell) << 2), (key << 12) | next);
    next++;
    if (next === FULL) {
      held = (held << (<u64>width)) | <u64>CLEAR;
      bits += width;
      if (bits >= 32) {
        bits -= 32;
        store<u32>(out, bswap<u32>(<u32>(held >> <u64>bits)));
        out += 4;
      }
      memory.fill(table, 0, CELLS << 2);
      next = FIRST;
      width = 9;
    } else if (next === (<u32>1) << width) width++;
  }

  held = (held << (<u64>width)) | <u64>before;
  bits += width;
  next++;
  // At most 63 bits are held so far; the reader's table grows once more before the end.
  if (next === FULL) {
    held = (held << (<u64>width)) | <u64>CLEAR;
    bits += width;
    width = 9;
  } else if (next === (<u32>1) << width) width++;
  // Whole bytes go before the last code, so that no bit is shifted out.
  while (bits >= 8) {
    bits -= 8;
    store<u8>(out++, <u8>(held >> <u64>bits));
  }
  held = (held << (<u64>width)) | <u64>END;
  bits += width;
  while (bits >= 8) {
    bits -= 8;
    store<u8>(out++, <u8>(held >> <u64>bits));
  }
  if (bits > 0) store<u8>(out++, <u8>(held << (<u64>(8 - bits))));
  return <i32>(out - to);
}
