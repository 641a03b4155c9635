/** One run at a time, with real second processes. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { RunLocked, takeLock } from '../../src/journal/lock.ts';
import { Refusal } from '../../src/model/outcome.ts';
import { folder } from './makers.ts';
import { killed, started } from './processes.ts';

test('a second run is refused at once and told who holds the folder', async (t) => {
  const out = folder(t);
  const other = await started(t, 'hold-lock', out);
  assert.throws(
    () => takeLock(out, 'darkroom run'),
    (error) => {
      assert.ok(error instanceof RunLocked);
      assert.equal(error.holder!.pid, other.pid);
      for (const told of [out, `process ${other.pid}`, os.hostname(), error.holder!.since, 'darkroom watch raw']) {
        assert.ok(error.message.includes(told), `${told} in: ${error.message}`);
      }
      return true;
    },
  );
});

test('being refused does not take the lock from who holds it', async (t) => {
  const out = folder(t);
  await started(t, 'hold-lock', out);
  for (let attempt = 0; attempt < 3; attempt++) assert.throws(() => takeLock(out, 'darkroom run'), RunLocked);
});

test('after kill -9 nobody is locked out, and the dead one is not named any more', async (t) => {
  const out = folder(t);
  await killed(await started(t, 'hold-lock', out));
  assert.ok(fs.existsSync(path.join(out, '.darkroom', 'lock.json')), 'it was left behind');
  const lock = takeLock(out, 'darkroom run --out corrected');
  assert.throws(() => takeLock(out, 'again'), { message: new RegExp(`process ${process.pid} `) });
  lock.release();
});

test('releasing lets the next one in, leaves no lock.json, and may be done twice', (t) => {
  const out = folder(t);
  const lock = takeLock(out, 'first');
  lock.release();
  assert.ok(!fs.existsSync(path.join(out, '.darkroom', 'lock.json')));
  const next = takeLock(out, 'second');
  lock.release();
  assert.throws(() => takeLock(out, 'third'), RunLocked);
  assert.ok(fs.existsSync(path.join(out, '.darkroom', 'lock.json')), "the first one's second release is harmless");
  next.release();
});

test('a holder that has not said yet who it is still holds the folder', (t) => {
  const out = folder(t);
  const lock = takeLock(out, 'first');
  t.after(() => lock.release());
  fs.rmSync(path.join(out, '.darkroom', 'lock.json'));
  assert.throws(() => takeLock(out, 'second'), { name: 'RunLocked', message: /just starting/ });
});

test('other people may take the lock tomorrow: its permissions follow the umask', (t) => {
  const before = process.umask(0o002);
  t.after(() => process.umask(before));
  const out = folder(t);
  takeLock(out, 'first').release();
  assert.equal(fs.statSync(path.join(out, '.darkroom', 'lock.sqlite')).mode & 0o777, 0o664);
});

test('a folder that cannot hold a lock is a clear error', (t) => {
  const out = path.join(folder(t), 'file');
  fs.writeFileSync(out, 'no folder');
  assert.throws(
    () => takeLock(out, 'first'),
    (error) => error instanceof Refusal && error.message.includes('cannot be locked'),
  );
});
