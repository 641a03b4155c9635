/** Modification times that no integer of SQLite holds: files of NTFS and SMB without a time are of 1601. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { kept } from '../../src/journal/times.ts';
import { lookOf } from '../../src/model/outcome.ts';
import { ready, watching } from '../watch/watching.ts';
import { darkroom, exposure, folder, journal, outputs, report } from './darkroom.ts';

const YEARS = ['1601-01-01', '1601-01-01 00:00:00.000000001', '1660-07-07', '2300-01-01', '9999-12-31'] as const;

const touch = (file: string, time: string): void => void spawnSync('touch', ['-d', `${time} UTC`, file]);

/** A raw folder where the system keeps such times, with an exposure of each; null where it does not. */
function session(t: TestContext): { raw: string; out: string; names: string[] } | null {
  const made = [folder(t)];
  if (fs.existsSync('/dev/shm')) {
    const memory = fs.mkdtempSync('/dev/shm/darkroom-times-');
    t.after(() => fs.rmSync(memory, { recursive: true }));
    made.push(memory);
  }
  for (const root of made) {
    const raw = path.join(root, 'raw');
    fs.mkdirSync(raw);
    for (const [i, year] of [...YEARS, '2026-01-01'].entries()) {
      fs.writeFileSync(path.join(raw, `${i}.mrc`), exposure({ seed: i }));
      touch(path.join(raw, `${i}.mrc`), year);
    }
    const { mtimeNs } = fs.statSync(path.join(raw, '0.mrc'), { bigint: true });
    if (mtimeNs < -(2n ** 63n)) return { raw, out: path.join(root, 'out'), names: fs.readdirSync(raw).sort() };
  }
  t.skip('no file system here keeps times before 1677');
  return null;
}

test('exposures of 1601 and 2300 are corrected, skipped when done, and corrected again when they change', async (t) => {
  const at = session(t);
  if (!at) return;
  const { raw, out, names } = at;
  const command = ['run', raw, '-o', out, '--no-flat-field', '--json'];
  const first = await darkroom(command);
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(Object.keys(outputs(out)), names);

  const corrected = async (): Promise<string[]> => {
    const { code, stdout, stderr } = await darkroom([...command, '--dry-run']);
    assert.equal(code, 0, stderr);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { would: string; output: string; reason: string })
      .filter(({ would }) => would === 'correct')
      .map(({ output, reason }) => `${output}: ${reason}`);
  };
  assert.deepEqual(await corrected(), []);
  const again = await darkroom(command);
  assert.deepEqual([again.code, again.events.at(-1)], [0, { ...again.events.at(-1), done: 0, skipped: names.length }]);

  // Each is another exposure from one odd time to another, and from an odd one to a usual one.
  touch(path.join(raw, '0.mrc'), '1601-01-01 00:00:00.000000002');
  touch(path.join(raw, '3.mrc'), '2301-01-01');
  touch(path.join(raw, '4.mrc'), '2026-01-02');
  assert.deepEqual(
    await corrected(),
    ['0.mrc', '3.mrc', '4.mrc'].map((name) => `${name}: the exposure changed`),
  );
  const last = await darkroom(command);
  assert.deepEqual([last.code, last.events.at(-1)], [0, { ...last.events.at(-1), done: 3, skipped: names.length - 3 }]);

  const years = report(out).exposures.map(({ taken }) => taken!.slice(0, 4));
  assert.deepEqual(years, ['1677', '1677', '1677', '2262', '2026', '2026']);
  assert.equal(journal(out, 'SELECT DISTINCT CAST(input_mtime_ns AS TEXT) AS n FROM exposures').length, names.length);
  assert.equal((await darkroom(['report', out])).code, 0);
});

test('watch corrects exposures of odd times that are there and that arrive', async (t) => {
  const at = session(t);
  if (!at) return;
  const { raw, out, names } = at;
  const aside = `${raw}-aside`;
  fs.mkdirSync(aside);
  fs.renameSync(path.join(raw, '0.mrc'), path.join(aside, '0.mrc'));
  const watcher = watching(t, at, '--until-idle', '2');
  await ready(watcher);
  fs.renameSync(path.join(aside, '0.mrc'), path.join(raw, '0.mrc'));
  assert.equal(await watcher.ended(), 0, watcher.said());
  assert.deepEqual(Object.keys(outputs(out)), names);
  const again = watching(t, at, '--until-idle', '1');
  assert.equal(await again.ended(), 0, again.said());
  assert.deepEqual(again.outcomes(), []);
});

test('whatever the time, it is kept within the integers of SQLite, and two times are kept as two', () => {
  const second = 1_000_000_000n;
  const around = (time: bigint): bigint[] => [time - 1n, time, time + 1n, time + second, time + 3600n * second];
  const [first, last] = [-(2n ** 63n), 2n ** 63n - 1n];
  for (const time of [first, last].flatMap(around)) assert.equal(BigInt.asIntN(64, kept(time)), kept(time));
  const odd = [-11_644_473_600n * second, 10_413_792_000n * second, 253_402_214_400n * second, 0n].flatMap(around);
  for (const time of odd) assert.equal(BigInt.asIntN(64, kept(time)), kept(time));
  assert.equal(new Set(odd.map(kept)).size, odd.length);
  assert.equal(kept(5n), 5n);
});

test('a look from nanoseconds is the look that fs.Stats gives, also before 1970', (t) => {
  const root = folder(t);
  const file = path.join(root, 'x');
  fs.writeFileSync(file, 'x');
  const fractions = ['123456789', '999999999', '000000001', '500000000', '876543211', '333333333'];
  for (const day of ['1903-02-03', '1969-12-31', '1970-01-01', '2026-11-24']) {
    for (const fraction of fractions) {
      touch(file, `${day} 23:59:59.${fraction}`);
      const { mtimeNs } = fs.statSync(file, { bigint: true });
      assert.equal(lookOf({ size: 1, mtimeNs }).mtimeMs, fs.statSync(file).mtimeMs, `${day}, ${fraction}`);
    }
  }
});
