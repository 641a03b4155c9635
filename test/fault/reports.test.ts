/** A report that cannot be made or written is a note: the run ends as its exposures deserve. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { darkroom, exposure, folder, lay, outputs } from '../run/darkroom.ts';
import { done, place, ready, exposure as small, watching } from '../watch/watching.ts';

const HOOK = `--import ${pathToFileURL(path.join(import.meta.dirname, 'inject.js')).href}`;

const failing = (call: string, where: string, error: { code: string; errno: number } | null) => ({
  INJECT: JSON.stringify({ thread: 'run', call, nth: 0, on: true, path: where, error }),
  NODE_OPTIONS: HOOK,
});

const FULL = { code: 'ENOSPC', errno: 28 };
const QUOTA = { code: 'Unknown system error -122', errno: 122 };
const DENIED = { code: 'EACCES', errno: 13 };

/** What fails, how, and what is said of it. */
const CASES = [
  [
    'openSync',
    'report.html',
    FULL,
    /written: .*report\.html.*: no room on the disk \(ENOSPC\); make it again with darkroom report/,
  ],
  ['openSync', 'report.json', QUOTA, /written: .*no room in the quota \(EDQUOT\)/],
  ['openSync', 'exposures.csv', DENIED, /written: .*permission denied \(EACCES\)/],
  ['openSync', 'report.json', null, /made: TypeError: injected \(at .*\), which is a bug/],
  ['zlib.deflateSync', '', null, /made: TypeError: injected \(at .*\), which is a bug/],
] as const;

for (const [call, where, error, said] of CASES) {
  test(`when ${call} ${where} fails with ${error?.code ?? 'a bug'} the exit code is that of the exposures`, async (t) => {
    const root = folder(t);
    const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
    const out = path.join(root, 'out');
    const command = ['run', raw, '-o', out, '--no-flat-field', '--threads', '1'];
    const env = failing(call, where, error);
    const first = await darkroom(command, { env });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, said);
    assert.match(first.stdout, /2 exposures corrected/);
    assert.equal(Object.keys(outputs(out)).length, 2);
    fs.writeFileSync(path.join(raw, 'c.mrc'), exposure({ seed: 3 }).subarray(0, 5000));
    const second = await darkroom(command, { env });
    assert.equal(second.code, 2, second.stderr);
    assert.match(second.stderr, said);
    assert.deepEqual(
      fs.readdirSync(path.join(out, '.darkroom')).filter((name) => name.endsWith('.part')),
      [],
    );
    // The advice is right.
    const again = await darkroom(['report', out]);
    assert.equal(again.code, 0, again.stderr);
    assert.ok(fs.existsSync(path.join(out, 'report.html')));
  });
}

test('a folder in the place of report.html, in run and in watch', async (t) => {
  const at = place(t);
  fs.mkdirSync(path.join(at.out, 'report.html'), { recursive: true });
  fs.writeFileSync(path.join(at.raw, 'a.mrc'), small(1));
  const watcher = watching(t, at);
  await ready(watcher);
  await done(watcher, 'a.mrc');
  const said =
    /the report is not complete: .*report\.html: found a folder, which darkroom did not make; move it away, .*; then make it again/;
  await watcher.until('it says so', (each) => said.test(each.said()));
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.equal(watcher.said().match(new RegExp(said, 'g'))?.length, 1, 'said once');
  assert.doesNotMatch(watcher.said(), /is a bug/);

  const { code, stderr } = await darkroom(['run', at.raw, '-o', at.out, '--no-flat-field', '--force']);
  assert.equal(code, 0, stderr);
  assert.match(stderr, said);
  fs.rmdirSync(path.join(at.out, 'report.html'));
  assert.equal((await darkroom(['report', at.out])).code, 0);
});
