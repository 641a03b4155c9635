/**
 * What the cores of this machine give for arithmetic alone: two of a virtual machine may be one of the machine below it,
 * and then nothing scales.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Six chains of additions that do not wait for each other keep a core busy; prints milliseconds. */
const BUSY = `
const run = (n) => {
  let [a, b, c, d, e, f] = [1, 2, 3, 4, 5, 6];
  for (let i = 0; i < n; i++) {
    a = (a + i) | 0; b = (b ^ i) | 0; c = (c + i) | 0; d = (d ^ i) | 0; e = (e + i) | 0; f = (f ^ i) | 0;
  }
  return a + b + c + d + e + f;
};
run(1e7);
const began = performance.now();
const sum = run(6e8);
console.log(performance.now() - began, sum);`;

const execute = promisify(execFile);

async function busy(): Promise<number> {
  const { stdout } = await execute(process.execPath, ['-e', BUSY]);
  return Number.parseFloat(stdout);
}

/** How many times as much two processes do at once as one does by itself. */
export async function twoAgainstOne(): Promise<number> {
  const one = await busy();
  const two = await Promise.all([busy(), busy()]);
  return (2 * one) / Math.max(...two);
}
