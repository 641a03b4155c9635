/**
 * Deflate in zlib's envelope (RFC 1950, 1951), for rows of pixels: blocks of 128 kB with codes of their own, or stored as
 * they are where that is shorter. Noise, which exposures are made of, has next to no repetitions; what can be saved lies
 * in how often each byte comes, and codes for that take no search.
 */

import { adler32 } from './adler';
import { findTokens } from './find';
import { codesOf, lengthsOf } from './huffman';
import {
  BLOCK,
  bitLengthsOf,
  DeflateState,
  DISTANCES,
  distanceCodesOf,
  distancesOf,
  LENGTHS,
  LITERALS,
  lengthCodesOf,
  lengthFrequenciesOf,
  literalCodesOf,
  literalsOf,
  PLACES,
  packedLengthsOf,
  placesOf,
  STATE_BYTES,
  scratchOf,
  tokensOf,
} from './state';
import { distanceExtra, distanceSymbol, lengthExtra, lengthSymbol } from './symbols';

/** Four of them and the bits before fit into 64. */
const LONGEST_CODE: i32 = 14;

/** A stored block has two bytes for its length. */
const STORED: i32 = 65_535;

/** Bytes that `packDeflate` works in. */
export function packDeflateBytes(): i32 {
  return STATE_BYTES;
}

/** The most bytes that `packDeflate` writes, with what its last words reach beyond. */
export function packDeflateMost(bytes: i32): i32 {
  return bytes + (bytes / BLOCK + 1) * 16 + 64;
}

/** Packs `bytes` into `to`, which has room for `packDeflateMost`; `state` is 16-byte aligned. Returns the bytes written. */
export function packDeflate(from: usize, bytes: i32, to: usize, state: DeflateState): i32 {
  memory.fill(placesOf(state), 0, PLACES << 2);
  // Method 8 with a window of 32 kB, no dictionary, the fastest level.
  store<u16>(to, 0x0178);
  state.out = to + 2;
  state.held = 0;
  state.bits = 0;
  const last = from + <usize>bytes;
  for (let at = from; at < last; at += BLOCK) packBlock(state, from, at, min(at + BLOCK, last), last);
  if (bytes === 0) put(state, 3, 10); // a last block of fixed codes that holds its end alone
  flushByte(state);
  store<u32>(state.out, bswap<u32>(adler32(from, bytes)));
  return <i32>(state.out + 4 - to);
}

function packBlock(state: DeflateState, from: usize, at: usize, end: usize, last: usize): void {
  findTokens(state, from, at, end, last);
  const lengths = bitLengthsOf(state);
  const scratch = scratchOf(state);
  lengthsOf(literalsOf(state), LITERALS, LONGEST_CODE, lengths, scratch);
  lengthsOf(distancesOf(state), DISTANCES, LONGEST_CODE, lengths + LITERALS, scratch);
  codesOf(lengths, LITERALS, literalCodesOf(state), scratch);
  codesOf(lengths + LITERALS, DISTANCES, distanceCodesOf(state), scratch);
  const runs = packLengths(state);
  lengthsOf(lengthFrequenciesOf(state), LENGTHS, 7, lengths, scratch);
  codesOf(lengths, LENGTHS, lengthCodesOf(state), scratch);
  const final: u64 = end === last ? 1 : 0;
  const stored = (<u64>(end - at + 10)) << 3;
  if (bitsOf(state, runs) >= stored) {
    storeBlock(state, at, end, final);
    return;
  }
  put(state, final | (2 << 1), 3);
  putLengths(state, runs);
  putTokens(state, at);
}

/** As it is, in pieces. */
function storeBlock(state: DeflateState, at: usize, end: usize, final: u64): void {
  while (at < end) {
    const bytes = min(<usize>STORED, end - at);
    put(state, at + bytes === end ? final : 0, 3);
    flushByte(state);
    store<u16>(state.out, <u16>bytes);
    store<u16>(state.out, <u16>~bytes, 2);
    memory.copy(state.out + 4, at, bytes);
    state.out += 4 + bytes;
    at += bytes;
  }
}

/** The bits of the block as it would be put. */
function bitsOf(state: DeflateState, runs: i32): u64 {
  let bits: u64 = 3 + 14 + 3 * LENGTHS + <u64>runs * 14;
  const literals = literalsOf(state);
  const codes = literalCodesOf(state);
  for (let symbol = 0; symbol < LITERALS; symbol++) {
    const extra = symbol < 265 || symbol === 285 ? 0 : (symbol - 261) >> 2;
    bits += <u64>load<u32>(literals + (symbol << 2)) * <u64>((load<u32>(codes + (symbol << 2)) >> 16) + extra);
  }
  const distances = distancesOf(state);
  const distanceCodes = distanceCodesOf(state);
  for (let symbol = 0; symbol < DISTANCES; symbol++) {
    const extra = symbol < 4 ? 0 : (symbol >> 1) - 1;
    bits += <u64>load<u32>(distances + (symbol << 2)) * <u64>((load<u32>(distanceCodes + (symbol << 2)) >> 16) + extra);
  }
  return bits;
}

/** Lengths of codes in runs (RFC 1951, section 3.2.7): 16 repeats the last one, 17 and 18 are runs of 0. Returns how many. */
function packLengths(state: DeflateState): i32 {
  const lengths = bitLengthsOf(state);
  const packed = packedLengthsOf(state);
  const frequencies = lengthFrequenciesOf(state);
  memory.fill(frequencies, 0, 32 * 4);
  const all = LITERALS + DISTANCES;
  let runs = 0;
  for (let at = 0; at < all; ) {
    const length = load<u8>(lengths + at);
    let run = 1;
    while (at + run < all && run < 138 && load<u8>(lengths + at + run) === length) run++;
    let symbol: i32 = length;
    let repeated = 0;
    if (length === 0 && run >= 3) {
      symbol = run < 11 ? 17 : 18;
      repeated = run - (run < 11 ? 3 : 11);
    } else if (at > 0 && load<u8>(lengths + at - 1) === length && run >= 3) {
      run = min(run, 6);
      symbol = 16;
      repeated = run - 3;
    } else run = 1;
    store<u16>(packed + (runs++ << 1), <u16>(symbol | (repeated << 5)));
    const frequency = frequencies + (symbol << 2);
    store<u32>(frequency, load<u32>(frequency) + 1);
    at += run;
  }
  return runs;
}

/** The order in which lengths of the lengths' own codes are written. */
const ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function putLengths(state: DeflateState, runs: i32): void {
  put(state, (LITERALS - 257) | ((DISTANCES - 1) << 5) | ((LENGTHS - 4) << 10), 14);
  const codes = lengthCodesOf(state);
  for (let i = 0; i < LENGTHS; i++) put(state, <u64>(load<u32>(codes + ((<usize>unchecked(ORDER[i])) << 2)) >> 16), 3);
  const packed = packedLengthsOf(state);
  for (let run = 0; run < runs; run++) {
    const word = <u32>load<u16>(packed + (run << 1));
    const symbol = word & 31;
    putCode(state, load<u32>(codes + ((<usize>symbol) << 2)));
    if (symbol >= 16) put(state, <u64>(word >> 5), symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
  }
}

function putTokens(state: DeflateState, at: usize): void {
  const codes = literalCodesOf(state);
  const distanceCodes = distanceCodesOf(state);
  let token = tokensOf(state);
  for (let i = 0; i < state.tokens; i++, token += 8) {
    const word = load<u64>(token);
    const literals = <i32>(word & 0xffffffff);
    putLiterals(state, at, literals);
    const length = <i32>((word >> 32) & 0xffff);
    const distance = <i32>(word >> 48);
    putCode(state, load<u32>(codes + ((<usize>(257 + lengthSymbol(length - 3))) << 2)));
    put(state, <u64>((length - 3) & ((1 << lengthExtra(length - 3)) - 1)), lengthExtra(length - 3));
    putCode(state, load<u32>(distanceCodes + ((<usize>distanceSymbol(distance)) << 2)));
    put(state, <u64>(distance & ((1 << distanceExtra(distance)) - 1)), distanceExtra(distance));
    at += <usize>(literals + length);
  }
  putLiterals(state, at, state.rest);
  putCode(state, load<u32>(codes, 256 * 4));
}

function putLiterals(state: DeflateState, from: usize, count: i32): void {
  const codes = literalCodesOf(state);
  let held = state.held;
  let bits = state.bits;
  let out = state.out;
  const end = from + <usize>count;
  let at = from;
  for (; at + 4 <= end; at += 4) {
    const word = load<u32>(at);
    const first = load<u32>(codes + ((<usize>(word & 255)) << 2));
    held |= (<u64>(first & 0xffff)) << bits;
    bits += <u64>(first >> 16);
    const second = load<u32>(codes + ((<usize>((word >> 8) & 255)) << 2));
    held |= (<u64>(second & 0xffff)) << bits;
    bits += <u64>(second >> 16);
    const third = load<u32>(codes + ((<usize>((word >> 16) & 255)) << 2));
    held |= (<u64>(third & 0xffff)) << bits;
    bits += <u64>(third >> 16);
    const fourth = load<u32>(codes + ((<usize>(word >> 24)) << 2));
    held |= (<u64>(fourth & 0xffff)) << bits;
    bits += <u64>(fourth >> 16);
    store<u64>(out, held);
    out += <usize>(bits >> 3);
    held >>= bits & ~7;
    bits &= 7;
  }
  for (; at < end; at++) {
    const code = load<u32>(codes + ((<usize>load<u8>(at)) << 2));
    held |= (<u64>(code & 0xffff)) << bits;
    bits += <u64>(code >> 16);
    store<u64>(out, held);
    out += <usize>(bits >> 3);
    held >>= bits & ~7;
    bits &= 7;
  }
  state.held = held;
  state.bits = bits;
  state.out = out;
}

function putCode(state: DeflateState, code: u32): void {
  put(state, <u64>(code & 0xffff), code >> 16);
}

/** Puts `count` bits (at most 56), lowest first. */
function put(state: DeflateState, value: u64, count: u32): void {
  const held = state.held | (value << state.bits);
  const bits = state.bits + <u64>count;
  store<u64>(state.out, held);
  state.out += <usize>(bits >> 3);
  state.held = held >> (bits & ~7);
  state.bits = bits & 7;
}

/** Goes on at the next whole byte. */
function flushByte(state: DeflateState): void {
  if (state.bits > 0) put(state, 0, 8 - <u32>state.bits);
}
