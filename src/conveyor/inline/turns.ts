/** Leginon's corrections timed in turns on made-up pixels: the fastest of each pass counts, whatever else the computer does. */

import { INLINE_PASSES, type InlinePass } from '../../journal/contents.ts';
import { compileKernels, createMemory, instantiate } from '../../kernels/kernels.ts';
import { PIXELS } from '../../model/exposure.ts';
import { processorTime } from './processor-time.ts';
import { type InlineImage, WholeImage } from './whole-image.ts';

/** Microseconds by pass. */
export type PassTimes = Record<InlinePass, number>;

export interface Turns {
  readonly turns: number;
  /** Rows that were timed. */
  readonly height: number;
  readonly times: PassTimes;
}

/** What its thread is asked. */
export interface TurnsAsked {
  readonly image: InlineImage;
  readonly background: boolean;
}

/** How often everything is timed. */
export const TURNS = 5;

/** And the top rows alone. */
const TOP_TURNS = 3;

/** Rows of an image on which the passes are run first: until then the engine has not optimised them. */
const WARM_ROWS = 256;

/** Pixels that are drawn; the image repeats them. */
const DRAWN = 1 << 18;

/**
 * Yields after each turn what is fastest so far: first of the top rows alone, which is quickly done and serves where the
 * computer is too busy for more, then of the whole image.
 */
export function* inTurns(image: InlineImage): Generator<Turns> {
  const top = { ...image, height: Math.min(image.height, WARM_ROWS) };
  const warm = made(top);
  for (const pass of [...INLINE_PASSES, ...INLINE_PASSES]) warm.pass(pass);
  yield* turnsOf(warm, top.height, TOP_TURNS);
  yield* turnsOf(made(image), image.height, TURNS);
}

function* turnsOf(of: WholeImage, height: number, count: number): Generator<Turns> {
  let times = none();
  for (let turns = 1; turns <= count; turns++) {
    times = clocked(of, times);
    yield { turns, height, times };
  }
}

const none = (): PassTimes =>
  Object.fromEntries(INLINE_PASSES.map((pass) => [pass, Number.POSITIVE_INFINITY])) as PassTimes;

/** One turn: each pass as fast as it was, or faster. */
function clocked(whole: WholeImage, before: PassTimes): PassTimes {
  const times = { ...before };
  for (const pass of INLINE_PASSES) {
    const began = { wall: performance.now(), processor: processorTime() };
    whole.pass(pass);
    const wall = performance.now() - began.wall;
    const processor = processorTime() - began.processor;
    // A clock of the processor that only ticks now and then may have seen nothing of a short pass.
    const took = Math.round(1000 * (processor > 0 ? Math.min(wall, processor) : wall));
    times[pass] = Math.min(times[pass], took);
  }
  return times;
}

function made(image: InlineImage): WholeImage {
  const memory = createMemory();
  const whole = new WholeImage(instantiate(compileKernels(), memory), memory, image);
  fill(whole, image);
  return whole;
}

/** About 500 counts with shot noise, a dark and a norm with a pattern: few spikes, as in exposures. */
function fill(whole: WholeImage, { width, height, type }: InlineImage): void {
  const { dark, norm } = whole;
  const raw = inType(whole.raw, type);
  const drawn = Math.min(DRAWN, width * height);
  const bits = drawBits();
  // Of 8 bits only as much as fits in.
  const [level, step] = raw.BYTES_PER_ELEMENT === 1 ? [10, 2] : [372, 8];
  for (let i = 0; i < drawn; i++) {
    raw[i] = level + step * bits();
    dark[i] = bits() / 8;
    norm[i] = 1 + (bits() - 16) / 200;
  }
  for (const pixels of [raw, dark, norm])
    for (let at = drawn; at < pixels.length; at += drawn) pixels.copyWithin(at, 0, Math.min(drawn, pixels.length - at));
}

function inType(bytes: Uint8Array, type: InlineImage['type']) {
  const { buffer, byteOffset, byteLength } = bytes;
  const count = byteLength / PIXELS[type].bytes;
  if (type === 'uint8') return bytes;
  if (type === 'int8') return new Int8Array(buffer, byteOffset, count);
  if (type === 'int16') return new Int16Array(buffer, byteOffset, count);
  if (type === 'float32') return new Float32Array(buffer, byteOffset, count);
  return new Uint16Array(buffer, byteOffset, count);
}

/** How many of 32 seeded bits (xorshift) are set: 16 on average, with a deviation of 2.8. */
function drawBits(): () => number {
  let state = 2007;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    let bits = state - ((state >>> 1) & 0x55555555);
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  };
}
