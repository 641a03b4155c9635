/** Reads the outputs again and holds them against the journal: there, whole, and the very pixels that were written. */

import fs from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { maskOf } from '../correct/observe/mask.ts';
import type { Source } from '../formats/format.ts';
import { openExposure } from '../formats/index.ts';
import { RowReader } from '../formats/row-reader.ts';
import type { Contents, EntryCorrected } from '../journal/contents.ts';
import { GrowingArena } from '../kernels/growing-arena.ts';
import { compileKernels, createMemory, instantiate } from '../kernels/kernels.ts';
import { Fault } from '../model/outcome.ts';

/** `problem`: null when the output is as the journal says. */
export interface Verified {
  readonly output: string;
  readonly problem: string | null;
}

/** A run takes an output of the recorded size for done, and replaces no file that may be somebody else's. */
const AGAIN = 'remove it and run again: it is corrected, what is good is left as it is';

/** Every output that the journal calls done, in its order. `folder` is the output folder. */
export async function* verify(contents: Contents, folder: string): AsyncGenerator<Verified> {
  const memory = createMemory();
  const growing = new GrowingArena(instantiate(compileKernels(), memory), memory);
  for (const { output, corrected } of contents.entries) {
    if (corrected) yield { output, problem: await problemOf(path.join(folder, output), corrected, growing) };
    const maskBytes = corrected?.maskBytes ?? null;
    if (maskBytes === null) continue;
    const mask = maskOf(output);
    yield { output: mask, problem: await otherSize(path.join(folder, mask), maskBytes) };
  }
}

/** What is wrong with an output, null when nothing is. */
async function problemOf(
  file: string,
  { bytesOut, crc, turned }: EntryCorrected,
  growing: GrowingArena,
): Promise<string | null> {
  const missized = await otherSize(file, bytesOut);
  if (missized !== null) return missized;
  try {
    const { source, close } = await openExposure(file);
    try {
      const found = await pixelsCrc(source, growing, turned);
      if (found === crc) return null;
      const hex = (value: number): string => value.toString(16).padStart(8, '0');
      return `the pixels changed: found CRC-32 ${hex(found)}, expected ${hex(crc)}; ${AGAIN}`;
    } finally {
      close();
    }
  } catch (error) {
    // What it advises is for exposures, not for outputs.
    if (error instanceof Fault) return `${error.message.split('; ', 1)[0]}; ${AGAIN}`;
    throw error;
  }
}

async function otherSize(file: string, bytes: number): Promise<string | null> {
  const stat = await fs.stat(file).catch(() => null);
  if (!stat) return 'missing; run again: it is corrected, what is good is left as it is';
  return stat.size === bytes ? null : `found ${stat.size} bytes, expected ${bytes}; ${AGAIN}`;
}

/** CRC-32 in the order in which the pixels were written: an output that was flipped vertically is read from its last row. */
async function pixelsCrc(source: Source, growing: GrowingArena, turned: boolean): Promise<number> {
  const { arena, rows } = growing.lay((each) => ({ rows: new RowReader(source, each) }));
  let crc = 0;
  const add = (row: number): void => {
    crc = crc32(arena.bytes(row, rows.rowBytes), crc);
  };
  await rows.each(add, { fromLast: turned });
  return crc;
}
