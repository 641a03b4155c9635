/** Looks at a file that arrives: from outside, as the system tells of it, and from inside, where that tells too little. */

import fs from 'node:fs/promises';
import path from 'node:path';
import { freshStat, statOf } from '../files/input-file.ts';
import { wholeLook, wholePaths } from '../files/parts.ts';
import { mayGrow } from '../formats/index.ts';
import type { Look } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';

/** Zeros in the last bytes of a file, at most a sixteenth of it: rows that nobody has written yet. */
const TAIL_BYTES = 1024;

/** What tells a kind of stack that grows. */
const HEAD_BYTES = 64;

/** One look from outside; `fresh` asks the server of a share. Throws what the system says. */
export async function lookAt(file: string, fresh: boolean): Promise<Look> {
  const before = await statOf(file);
  // A pipe would block.
  const { size, mtimeMs } = fresh && before.isFile() ? await freshStat(file) : before;
  return wholeLook(file, { size, mtimeMs });
}

/** By its name a stack that grows by sections. */
export const isStack = (name: string): boolean => path.extname(name).toLowerCase() === '.st';

/** What a file that stands still looks like from inside; whatever the system says against it the worker tells. */
export async function lookInside(file: string): Promise<{ hollow: boolean; stack: boolean }> {
  const beside = [`${file}.mdoc`, `${file.slice(0, file.length - path.extname(file).length)}.mdoc`];
  const described = await Promise.all(beside.map((each) => fs.stat(each).catch(() => null)));
  const stack = isStack(file) || described.some((each) => each !== null);
  try {
    const insides = await Promise.all((await wholePaths(file)).map(inside));
    return { stack: stack || insides.some(({ grows }) => grows), hollow: insides.some(({ hollow }) => hollow) };
  } catch (error) {
    if (!systemError(error)) throw error;
    return { stack, hollow: false };
  }
}

/**
 * `hollow`: preallocated and not yet filled: blocks are missing, or its last bytes are nothing but zeros. `grows`: of a
 * kind that its writer extends.
 */
async function inside(file: string): Promise<{ hollow: boolean; grows: boolean }> {
  // A pipe would block; the worker says what it is.
  if (!(await fs.stat(file)).isFile()) return { hollow: false, grows: false };
  const handle = await fs.open(file, 'r');
  try {
    const { size, blocks } = await handle.stat();
    const head = Buffer.alloc(Math.min(HEAD_BYTES, size));
    const read = await handle.read(head, 0, head.length, 0);
    const grows = mayGrow(head.subarray(0, read.bytesRead));
    if (blocks * 512 < size) return { hollow: true, grows };
    const tail = Buffer.alloc(Math.min(TAIL_BYTES, Math.ceil(size / 16)));
    const { bytesRead } = await handle.read(tail, 0, tail.length, size - tail.length);
    return { hollow: bytesRead > 0 && tail.subarray(0, bytesRead).every((byte) => byte === 0), grows };
  } finally {
    await handle.close();
  }
}
