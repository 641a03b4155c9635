/** An exposure that another program writes while it is read: its pixels come out right, or it fails, `changed`. */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { madeMrc } from '../made/mrc.ts';
import { darkroom, folder, report } from './darkroom.ts';

const [width, height] = [2048, 2048];

for (const way of ['in place', 'renamed'] as const) {
  test(`an exposure that is replaced again and again (${way}) is done with pixels of one moment, or fails as changed`, async (t) => {
    const root = folder(t);
    const [raw, out] = [path.join(root, 'raw'), path.join(root, 'out')];
    fs.mkdirSync(raw);
    fs.writeFileSync(
      path.join(raw, 'e.mrc'),
      madeMrc({ width, height, mode: 6, pixels: new Uint16Array(width * height).fill(100) }),
    );
    const script = fileURLToPath(new URL('./scripts/rewrite.js', import.meta.url));
    const writer = fork(script, [path.join(raw, 'e.mrc'), way]);
    t.after(() => writer.kill('SIGKILL'));
    await once(writer, 'message');

    const command = ['run', raw, '--include', 'e.mrc', '-o', out, '--no-flat-field', '--despike', 'off', '--force'];
    let changed = 0;
    for (let round = 0; round < 12 && changed < 2; round++) {
      const { code, stderr } = await darkroom(command);
      const [exposure] = report(out).exposures;
      if (code === 0) wholeAndOfOneMoment(path.join(out, 'e.mrc'));
      else {
        assert.equal(code, 2, stderr);
        assert.equal(exposure?.fault?.kind, 'changed', stderr);
        assert.match(stderr, /e\.mrc: it changed while it was read; run again/);
        changed++;
      }
    }
    assert.ok(changed > 0, 'no run met the other program at work');

    const over = once(writer, 'exit');
    writer.kill('SIGSTOP');
    writer.kill('SIGKILL');
    await over;
    fs.rmSync(path.join(raw, 'e.mrc'));
    fs.writeFileSync(
      path.join(raw, 'e.mrc'),
      madeMrc({ width, height, mode: 6, pixels: new Uint16Array(width * height).fill(500) }),
    );
    const last = await darkroom(command);
    assert.equal(last.code, 0, last.stderr);
    wholeAndOfOneMoment(path.join(out, 'e.mrc'));
  });
}

function wholeAndOfOneMoment(file: string): void {
  const bytes = fs.readFileSync(file);
  assert.equal(bytes.length, 1024 + width * height * 2);
  const pixels = new Uint16Array(bytes.buffer.slice(bytes.byteOffset + 1024, bytes.byteOffset + bytes.length));
  assert.deepEqual([...new Set(pixels)].length, 1, 'pixels of two moments');
}
