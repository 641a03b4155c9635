/** Signals are heard by the main thread alone: while it listens to them it asks nothing of a file system. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { BIN, exposure, folder, lay, references } from './darkroom.ts';

const GUARD = new URL('./scripts/main-thread.js', import.meta.url);

for (const command of ['run', 'watch']) {
  test(`${command}: the main thread touches neither raw files nor references, output, journal or status`, async (t) => {
    const root = folder(t);
    const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
    lay(raw, { 'short.mrc': 'short' });
    const { dark, bright } = references(root);
    const log = path.join(root, 'log');
    const shown = path.join(root, 'shown');
    const options = ['--dark', dark, '--bright', bright, '--out', path.join(root, 'out'), '--write-masks'];
    if (command === 'watch') options.push('--settle', '0.5', '--until-idle', '1', '--give-up', '1');
    // To files too, which may lie on a share as well.
    const fds = [fs.openSync(shown, 'a'), fs.openSync(shown, 'a')] as const;
    const child = spawn(process.execPath, [`--import=${GUARD.href}`, BIN, command, raw, ...options], {
      env: { ...process.env, DARKROOM_GUARDED: root, DARKROOM_GUARD_LOG: log },
      stdio: ['ignore', ...fds],
    });
    for (const fd of fds) fs.closeSync(fd);
    const [code] = await once(child, 'exit');
    assert.equal(code, 2, fs.readFileSync(shown, 'utf8'));
    assert.equal(fs.readFileSync(log, 'utf8'), 'guarded\n');
    assert.deepEqual(
      fs.readdirSync(path.join(root, 'out')).filter((name) => name.endsWith('.mrc')),
      ['a.mrc', 'a_spikes.mrc', 'b.mrc', 'b_spikes.mrc'],
    );
  });
}

test('the guard of the main thread finds what it is to find', async (t) => {
  const root = folder(t);
  const log = path.join(root, 'log');
  const script = lay(root, {
    'touching.mjs': `import fs from 'node:fs';
      const [, , place] = process.argv;
      fs.statSync(place);
      process.on('SIGTERM', () => undefined);
      fs.statSync(place);
      await fs.promises.readdir(place);`,
  });
  const child = spawn(process.execPath, [`--import=${GUARD.href}`, path.join(script, 'touching.mjs'), root], {
    env: { ...process.env, DARKROOM_GUARDED: root, DARKROOM_GUARD_LOG: log },
    stdio: 'inherit',
  });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.deepEqual(fs.readFileSync(log, 'utf8').match(/^(guarded|statSync|readdir)/gm), [
    'guarded',
    'statSync',
    'readdir',
  ]);
});
