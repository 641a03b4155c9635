/** An exposure to which something is done while it is read: its pixels are of one moment, or it fails. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRegular, unchanged } from '../../src/files/input-file.ts';
import { madeMrc } from '../made/mrc.ts';
import { correctOne } from './lab.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-changed-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));

const [width, height] = [64, 4096];
const input = path.join(root, 'e.mrc');
const all = (counts: number): Uint8Array =>
  madeMrc({ width, height, mode: 6, pixels: new Uint16Array(width * height).fill(counts) });

/** In s: whole ones can be put back. */
const TIME = 1_600_000_000;

/** Longer than the clock of a file system takes to its next tick. */
const TICK = 50;

beforeEach(async () => {
  fs.writeFileSync(input, all(100));
  fs.utimesSync(input, TIME, TIME);
  await sleep(TICK);
});

/** In place, and the modification time put back. */
function rewrite(counts: number): void {
  const fd = fs.openSync(input, 'r+');
  fs.writeSync(fd, all(counts), 0);
  fs.closeSync(fd);
  fs.utimesSync(input, TIME, TIME);
}

/** Counts in the corrected exposure. */
async function corrected(meanwhile: () => void): Promise<number[]> {
  const out = path.join(root, 'out');
  fs.rmSync(out, { recursive: true, force: true });
  const recipe = { steps: [], despike: 'off' } as const;
  const outcome = await correctOne({ input, out, recipe, meanwhile, bandBytes: 1 << 12 });
  assert.equal(
    outcome.status,
    'done',
    JSON.stringify(outcome, (_, x) => (typeof x === 'bigint' ? String(x) : x)),
  );
  const bytes = fs.readFileSync(path.join(out, 'e.mrc')).subarray(-width * height * 2);
  return [...new Set(Array.from({ length: width * height }, (_, i) => bytes.readUInt16LE(2 * i)))];
}

test('rewritten in place with its time put back it is read again: all pixels are of one moment', async () => {
  assert.deepEqual(await corrected(() => rewrite(500)), [500]);
});

test('a new mode, another name and a name less do not fail an exposure', async () => {
  const link = path.join(root, 'link.mrc');
  for (const meanwhile of [
    () => fs.chmodSync(input, 0o600),
    () => fs.linkSync(input, link),
    () => fs.unlinkSync(link),
  ]) {
    assert.deepEqual(await corrected(meanwhile), [100]);
    await sleep(TICK);
  }
});

test('what was done to an open file shows, whatever its size and time say', () => {
  for (const change of [() => rewrite(900), () => fs.chmodSync(input, 0o640)]) {
    const open = openRegular(input);
    assert.equal(unchanged(open), true);
    change();
    assert.equal(unchanged(open), false);
    fs.closeSync(open.fd);
  }
});
