/** An exposure whose output cannot fit on the disk fails alone; a disk that is full stops a run. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { madeMrc } from '../made/mrc.ts';
import { darkroom, exposure, folder, lay, outputs, report } from './darkroom.ts';

const [width, height] = [32_768, 32_768];
const FRAME = 2 * width * height;

test('one exposure that is larger than the free disk fails by name before it is written; the others are done, exit 2', async (t) => {
  const root = folder(t);
  const { bsize, blocks } = fs.statfsSync(root);
  const frames = Math.ceil((1.1 * blocks * bsize) / FRAME);
  const small = Object.fromEntries([1, 2, 3, 4].map((seed) => [`e${seed}.mrc`, exposure({ seed })]));
  const raw = lay(path.join(root, 'raw'), small);
  const big = path.join(raw, 'a.mrc');
  fs.writeFileSync(big, madeMrc({ width, height, frames: 0, mode: 6, lies: { 8: frames } }));
  try {
    fs.truncateSync(big, 1024 + FRAME * frames);
  } catch {
    return t.skip('this file system has no sparse files of that size');
  }
  const out = path.join(root, 'out');
  const command = ['run', raw, '-o', out, '--no-flat-field', '--threads', '1'];
  for (const force of [[], ['--force']]) {
    const { code, stderr } = await darkroom([...command, ...force]);
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /a\.mrc: the output needs [\d.]+ GB, found [\d.]+ [GM]B free on its disk; make room, or leave/,
    );
    assert.equal(Object.keys(outputs(out)).length, 4);
    assert.deepEqual(
      report(out).exposures.flatMap(({ fault }) => fault?.kind ?? []),
      ['large'],
    );
  }
  const { code, stderr } = await darkroom([...command, '--exclude', 'a.mrc']);
  assert.equal(code, 0, stderr);
});
