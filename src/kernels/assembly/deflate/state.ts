/** What `packDeflate` works in: the table of places, the tokens of a block, frequencies and codes. */

import { SCRATCH } from './huffman';

/** Bytes of the input that share their codes. */
export const BLOCK: i32 = 1 << 17;

/** Shorter matches cost as much as their bytes. */
export const SHORTEST: i32 = 4;

export const PLACES_BITS: u32 = 15;
export const PLACES: u32 = 1 << PLACES_BITS;

/** Symbols of literals and lengths, of distances, of the lengths of codes. */
export const LITERALS: i32 = 286;
export const DISTANCES: i32 = 30;
export const LENGTHS: i32 = 19;

@unmanaged
export class DeflateState {
  /** Tokens of the block, and the bytes behind the last of them. */
  tokens: i32;
  rest: i32;
  /** The end of what is written, and the bits that do not fill a byte there yet: `bits` of them, lowest first. */
  out: usize;
  held: u64;
  bits: u64;
}

const places: i32 = 64;
const tokens: i32 = places + <i32>PLACES * 4;
const literals: i32 = tokens + (BLOCK / SHORTEST + 2) * 8;
const distances: i32 = literals + 4 * 288 * 4;
const lengths: i32 = distances + 32 * 4;
const literalCodes: i32 = lengths + 32 * 4;
const distanceCodes: i32 = literalCodes + 288 * 4;
const lengthCodes: i32 = distanceCodes + 32 * 4;
const bitLengths: i32 = lengthCodes + 32 * 4;
const packedLengths: i32 = bitLengths + 320;
const scratch: i32 = packedLengths + 320 * 2;

export const STATE_BYTES: i32 = scratch + SCRATCH + 64;

/** Where a string of `SHORTEST` bytes was last seen: places in the input, plus 1 (u32); 0: nowhere. */
@inline
export function placesOf(state: DeflateState): usize {
  return changetype<usize>(state) + places;
}

/** Bytes that are no match (the lower 32 bits), then a length (16 bits) and a distance (16 bits, less 1). */
@inline
export function tokensOf(state: DeflateState): usize {
  return changetype<usize>(state) + tokens;
}

/** Frequencies of literals and lengths (u32), four times: one for each place of a byte in a word, added up at the end. */
@inline
export function literalsOf(state: DeflateState): usize {
  return changetype<usize>(state) + literals;
}

@inline
export function distancesOf(state: DeflateState): usize {
  return changetype<usize>(state) + distances;
}

/** Frequencies of the symbols that stand for lengths of codes. */
@inline
export function lengthFrequenciesOf(state: DeflateState): usize {
  return changetype<usize>(state) + lengths;
}

@inline
export function literalCodesOf(state: DeflateState): usize {
  return changetype<usize>(state) + literalCodes;
}

@inline
export function distanceCodesOf(state: DeflateState): usize {
  return changetype<usize>(state) + distanceCodes;
}

@inline
export function lengthCodesOf(state: DeflateState): usize {
  return changetype<usize>(state) + lengthCodes;
}

/** Lengths of the codes (u8): literals and lengths first, then distances. */
@inline
export function bitLengthsOf(state: DeflateState): usize {
  return changetype<usize>(state) + bitLengths;
}

/** These lengths in runs (u16): a symbol, and above its 5 bits what it repeats. */
@inline
export function packedLengthsOf(state: DeflateState): usize {
  return changetype<usize>(state) + packedLengths;
}

@inline
export function scratchOf(state: DeflateState): usize {
  return changetype<usize>(state) + scratch;
}
