/**
 * TIFF's LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, most significant bit first, 256 clears the table, 257 ends.
 * The width grows one code early. All 4096 entries may be used; then the table stays as it is until it is cleared.
 *
 * A string is kept as groups of eight bytes, so that it is written eight bytes at a time, from its last group back:
 *
 *   "abcdefghij"   entry { tail: "ij", length: 10, link } ---> entry { tail: "abcdefgh", length: 8 }
 *
 * `tail` holds the last 1 to 8 bytes, `link` the entry of everything before them (a length divisible by eight). A
 * string that grows by one byte either fills its tail further or, when that is full, begins a tail that links to it.
 *
 * Entries of 16 bytes: tail 8, length 2, link 2, first byte 1, unused 3.
 */

import { DAMAGED, DecoderState, ENDED, OPEN } from './decoder';

const ENTRIES: usize = 4096;
const LENGTH: usize = 8;
const LINK: usize = 10;
const FIRST: usize = 12;
const CLEAR: i32 = 256;
const END: i32 = 257;

/** Where the entries stand: behind the record. */
@inline
function tableOf(state: DecoderState): usize {
  return changetype<usize>(state) + ((offsetof<DecoderState>() + 15) & ~15);
}

/** Bytes of a `DecoderState` with the entries of LZW. */
export function lzwBytes(): usize {
  return ((offsetof<DecoderState>() + 15) & ~15) + (ENTRIES << 4);
}

/** Opens the state (`lzwBytes` of memory, 16-byte aligned) for a new strip. */
export function openLzw(state: DecoderState): void {
  const table = tableOf(state);
  for (let code = 0; code < 256; code++) {
    const entry = table + ((<usize>code) << 4);
    store<u64>(entry, <u64>code);
    store<u16>(entry, 1, LENGTH);
    store<u16>(entry, 0, LINK);
    store<u8>(entry, <u8>code, FIRST);
  }
  state.consumed = 0;
  state.end = OPEN;
  state.bit = 0;
  state.width = 9;
  state.next = 258;
  state.before = -1;
}

/**
 * Decodes until `toBytes` bytes are there or the input is used up; a code is decoded whole or not at all. It may read
 * 3 bytes past the input and write 4102 bytes past `toBytes`. `fromBytes` at most 2^28 - 1. Returns the bytes produced.
 */
export function lzw(from: usize, fromBytes: i32, to: usize, toBytes: i32, state: DecoderState): i32 {
  const table = tableOf(state);
  const bits = fromBytes << 3;
  const full = to + <usize>toBytes;
  let bit = state.bit;
  let width = state.width;
  let next = state.next;
  let before = state.before;
  let end = state.end;
  let out = to;

  while (end === OPEN && out < full && bit + width <= bits) {
    // The code stands in the upper bits of four bytes: at most 7 bits lie before its 12.
    const raw = load<u32>(from + (<usize>bit >> 3));
    const big = (rotl<u32>(raw, 8) & 0x00ff00ff) | (rotr<u32>(raw, 8) & 0xff00ff00);
    const code = <i32>((big << (bit & 7)) >> (32 - width));
    bit += width;

    if (code === CLEAR) {
      width = 9;
      next = 258;
      before = -1;
      continue;
    }
    if (code === END) {
      end = ENDED;
      break;
    }
    if (before < 0 ? code > 255 : code > next || (code === next && next === 4096)) {
      end = DAMAGED;
      break;
    }

    // The string before, longer by the first byte of this one, becomes the next entry. A code that is not there yet
    // means just that entry: its first byte is that of the string before.
    if (before >= 0 && next < 4096) {
      const old = table + ((<usize>before) << 4);
      const entry = table + ((<usize>next) << 4);
      const length = <u32>load<u16>(old, LENGTH);
      const byte = <u64>load<u8>(code === next ? old : table + ((<usize>code) << 4), FIRST);
      const filled = length & 7;
      store<u64>(entry, filled === 0 ? byte : load<u64>(old) | (byte << ((<u64>filled) << 3)));
      store<u16>(entry, <u16>(length + 1), LENGTH);
      store<u16>(entry, filled === 0 ? <u16>before : load<u16>(old, LINK), LINK);
      store<u8>(entry, load<u8>(old, FIRST), FIRST);
      next++;
      if (next >= (1 << width) - 1 && width < 12) width++;
    }
    before = code;

    let entry = table + ((<usize>code) << 4);
    const length = <usize>load<u16>(entry, LENGTH);
    let group = out + ((length - 1) & ~7);
    store<u64>(group, load<u64>(entry));
    while (group > out) {
      entry = table + ((<usize>load<u16>(entry, LINK)) << 4);
      group -= 8;
      store<u64>(group, load<u64>(entry));
    }
    out += length;
  }

  state.bit = bit & 7;
  state.consumed = bit >> 3;
  state.width = width;
  state.next = next;
  state.before = before;
  state.end = end;
  return <i32>(out - to);
}
