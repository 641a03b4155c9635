/**
 * Finds what repeats in a block, and counts symbols. Pixels are 16 or 32 bits wide: strings begin at even places only.
 * Noise does not repeat: the longer nothing is found, the further apart it is looked for.
 */

import { DeflateState, distancesOf, LITERALS, literalsOf, PLACES_BITS, placesOf, SHORTEST, tokensOf } from './state';
import { distanceSymbol, lengthSymbol } from './symbols';

const LONGEST: usize = 258;
const WINDOW: usize = 32_768;

/** Steps without a match after which they grow, and the longest; in places, two bytes each. */
const PATIENCE: i32 = 5;
const LONGEST_STEP: i32 = 16;

/** Tokens of the bytes from `at` to `end`, which is a block; `from`: the first byte of the input, `last`: behind its last. */
export function findTokens(state: DeflateState, from: usize, at: usize, end: usize, last: usize): void {
  const places = placesOf(state);
  const distances = distancesOf(state);
  const literals = literalsOf(state);
  memory.fill(literals, 0, 4 * 288 * 4);
  memory.fill(distances, 0, 32 * 4);
  let token = tokensOf(state);
  let done = at;
  let misses = 0;
  // What is found ends inside the block, and inside the input where eight bytes are compared at once.
  const looked = last - from < 8 ? at : min(end, last - 8);
  while (at + <usize>SHORTEST <= looked) {
    const here = load<u32>(at);
    const place = places + ((<usize>((here * 0x9e3779b1) >> (32 - PLACES_BITS))) << 2);
    const seen = from + <usize>load<u32>(place) - 1;
    store<u32>(place, <u32>(at - from) + 1);
    if (seen < from || at - seen > WINDOW || load<u32>(seen) !== here) {
      at += <usize>(2 * min(1 + (misses++ >> PATIENCE), LONGEST_STEP));
      continue;
    }
    misses = 0;
    const length = alike(seen, at, min(end, at + LONGEST));
    count(literals, done, at);
    const symbol = literals + ((<usize>(257 + lengthSymbol(<i32>length - 3))) << 2);
    store<u32>(symbol, load<u32>(symbol) + 1);
    const distance = distances + ((<usize>distanceSymbol(<i32>(at - seen) - 1)) << 2);
    store<u32>(distance, load<u32>(distance) + 1);
    store<u64>(token, <u64>(at - done) | ((<u64>length) << 32) | ((<u64>(at - seen - 1)) << 48));
    token += 8;
    at += length;
    done = at;
    // An even place again, and what has just ended can be found from there on.
    if (((at - from) & 1) === 1) at++;
    if (at + 8 <= looked) {
      const ended = places + ((<usize>((load<u32>(at - 2) * 0x9e3779b1) >> (32 - PLACES_BITS))) << 2);
      store<u32>(ended, <u32>(at - 2 - from) + 1);
    }
  }
  count(literals, done, end);
  state.tokens = <i32>((token - tokensOf(state)) >> 3);
  state.rest = <i32>(end - done);
  for (let symbol = 0; symbol < LITERALS; symbol++) {
    const all = literals + ((<usize>symbol) << 2);
    store<u32>(
      all,
      load<u32>(all) + load<u32>(all, 288 * 4) + load<u32>(all, 2 * 288 * 4) + load<u32>(all, 3 * 288 * 4),
    );
  }
  // The end of the block.
  store<u32>(literals, 1, 256 * 4);
}

/** How many bytes are alike from two places on, the second before `end`; those of `SHORTEST` are. */
function alike(seen: usize, at: usize, end: usize): usize {
  let length: usize = SHORTEST;
  while (at + length + 8 <= end) {
    const differ = load<u64>(seen + length) ^ load<u64>(at + length);
    if (differ !== 0) return length + <usize>(ctz(differ) >> 3);
    length += 8;
  }
  while (at + length < end && load<u8>(seen + length) === load<u8>(at + length)) length++;
  return length;
}

/** Counts bytes: neighbours in counters of their own, since equal ones would wait for each other. */
function count(literals: usize, at: usize, end: usize): void {
  for (; at + 4 <= end; at += 4) {
    const word = load<u32>(at);
    const first = literals + ((<usize>(word & 255)) << 2);
    const second = literals + ((<usize>((word >> 8) & 255)) << 2);
    const third = literals + ((<usize>((word >> 16) & 255)) << 2);
    const fourth = literals + ((<usize>(word >> 24)) << 2);
    store<u32>(first, load<u32>(first) + 1);
    store<u32>(second, load<u32>(second, 288 * 4) + 1, 288 * 4);
    store<u32>(third, load<u32>(third, 2 * 288 * 4) + 1, 2 * 288 * 4);
    store<u32>(fourth, load<u32>(fourth, 3 * 288 * 4) + 1, 3 * 288 * 4);
  }
  for (; at < end; at++) {
    const cell = literals + ((<usize>load<u8>(at)) << 2);
    store<u32>(cell, load<u32>(cell) + 1);
  }
}
