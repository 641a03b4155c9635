/**
 * Shards: the parts in which several processes, on several computers perhaps, correct one set of exposures. The path of an
 * exposure alone decides in which shard it is, so that nobody has to ask anybody, and a new exposure moves no other.
 */

/** The `index`-th of `of` shards, from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
  /** What started all of them, such as the id of an array job; null: not known. */
  readonly array: string | null;
  /** Nobody gave it: it is that of the task in which the process runs. */
  readonly assumed: boolean;
}

/** As `--shard` takes it. */
export const shardName = ({ index, of }: Pick<Shard, 'index' | 'of'>): string => `${index}/${of}`;

/** Shards at most: each has a folder of its own. */
export const MOST_SHARDS = 100_000;

/**
 * Steps of the numbers in a path, counted from its end: the fractional parts of irrational numbers (the golden ratio, then
 * roots of primes), times 2^32. Multiples of such a number fall evenly (Weyl), whatever the step of the numbers is.
 */
const STEPS = [0.6180339887498949, 0.41421356237309515, 0.7320508075688772, 0.23606797749979, 0.6457513110645906].map(
  (part) => Math.floor(part * 2 ** 32) | 1,
);

const DIGITS = /\d+/g;

/**
 * The shard of an exposure, from 1 to `of`: a hash of its path below the folder that was named. The text decides where a
 * row of names begins, its numbers walk on evenly from there: a thousand numbered exposures fall into ten shards as a
 * hundred each, not as dice would throw them. Names without any order fall as by dice.
 */
export function shardOf(relative: string, of: number): number {
  const numbers = relative.match(DIGITS) ?? [];
  let place = mixed(relative.replace(DIGITS, '0'));
  for (const [i, digits] of numbers.entries()) {
    const fromEnd = numbers.length - 1 - i;
    // Numbers far from the end seldom change: they are text.
    if (fromEnd < STEPS.length) place = (place + Math.imul(counted(digits), STEPS[fromEnd]!)) | 0;
    else place = (place + mixed(digits)) | 0;
  }
  return 1 + Math.floor(((place >>> 0) / 2 ** 32) * of);
}

/** A number of any length, modulo 2^32. */
function counted(digits: string): number {
  let value = 0;
  for (let at = 0; at < digits.length; at++) value = (Math.imul(value, 10) + digits.charCodeAt(at) - 48) | 0;
  return value;
}

/** FNV-1a of the UTF-16 units, then the last mixing of MurmurHash3, so that all bits decide about the first ones. */
function mixed(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
