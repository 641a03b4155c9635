/** Measuring in turns: ours, theirs, ours, theirs ... so that whatever else the machine does meets both. */

import { median } from './table.ts';

/** Resolves to milliseconds, or to nothing: then it is timed from outside. */
export type Turn = () => unknown;

async function timed(turn: Turn): Promise<number> {
  const began = performance.now();
  const said = await turn();
  return typeof said === 'number' ? said : performance.now() - began;
}

export interface Duel {
  readonly ours: number;
  readonly theirs: number;
  /** Median of ours / theirs, pair by pair. */
  readonly ratio: number;
}

/** Medians of `pairs` pairs after one of each that does not count; `before` happens untimed before each turn. */
export async function inTurns(pairs: number, ours: Turn, theirs: Turn, before: Turn = () => {}): Promise<Duel> {
  const found: [number, number][] = [];
  for (let pair = -1; pair < pairs; pair++) {
    await before();
    const us = await timed(ours);
    await before();
    const them = await timed(theirs);
    if (pair >= 0) found.push([us, them]);
  }
  return {
    ours: median(found.map(([us]) => us)),
    theirs: median(found.map(([, them]) => them)),
    ratio: median(found.map(([us, them]) => us / them)),
  };
}

/** The median of several turns after one that does not count. */
export async function alone(times: number, turn: Turn): Promise<number> {
  const found: number[] = [];
  for (let i = -1; i < times; i++) {
    const ms = await timed(turn);
    if (i >= 0) found.push(ms);
  }
  return median(found);
}
