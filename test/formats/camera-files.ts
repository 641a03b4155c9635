/** What tests of formats of cameras share: files of a folder of their own, what opening says, other programs as witnesses. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { LARGEST } from '../../src/formats/format.ts';
import { openExposure } from '../../src/formats/index.ts';
import type { Exposure } from '../../src/model/exposure.ts';
import { Fault } from '../../src/model/outcome.ts';
import { folder, readBack } from '../correct/reading.ts';

export const into = folder();

export function save(name: string, bytes: Uint8Array): string {
  const file = path.join(into, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, bytes);
  return file;
}

/** What its header says. */
export async function exposureOf(file: string, image: number | null = null): Promise<Exposure> {
  const { source, close } = await openExposure(file, 'exposure', { ...LARGEST, image });
  close();
  return source.exposure;
}

/** What opening says. */
export async function refusal(file: string, image: number | null = null): Promise<Fault> {
  const fault = await exposureOf(file, image).then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(fault instanceof Fault, `expected a refusal, got ${fault}`);
  return fault;
}

/** All frames in stored order, as numbers. */
export async function pixelsOf(file: string): Promise<number[]> {
  const { exposure, pixels } = await readBack(file);
  // What is read back of int8 are its bytes.
  return Array.from(exposure.type === 'int8' ? Int8Array.from(pixels) : pixels);
}

const PYTHON = '/usr/bin/python3';

/** What a Python program prints; it fails the test where it fails. */
export function python(code: string): string {
  const { stdout, stderr, status } = spawnSync(PYTHON, ['-W', 'ignore', '-c', code], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** False when the modules are there, else why a test is skipped. */
export const lacks = (modules: string, debian: string): false | string =>
  spawnSync(PYTHON, ['-c', `import ${modules}`], { timeout: 60_000 }).status === 0
    ? false
    : `Python has not all of ${modules} (Debian: ${debian}): no witness`;
