/** What can and cannot be done with an output folder while a run writes to it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { darkroom, folder, journal, longSession, outputs, Running } from './darkroom.ts';

test('while a run goes on a second is refused and told who holds the folder; report, verify, --dry-run and info work', async (t) => {
  const root = folder(t);
  const raw = longSession(root);
  const out = path.join(root, 'out');
  const command = ['run', raw, '-o', out, '--no-flat-field', '--threads', '1'];
  const first = new Running([...command, '--json']);
  t.after(() => first.kill('SIGKILL'));
  assert.ok(await first.outcomes(2));
  // It holds still in the midst of the third, and holds the folder.
  first.kill('SIGSTOP');

  const second = await darkroom([...command, '--force']);
  assert.equal(second.code, 1);
  assert.equal(second.stdout, '');
  for (const told of [
    `process ${first.child.pid} `,
    os.hostname(),
    'darkroom run ',
    '--threads 1 --json',
    `kill ${first.child.pid}`,
  ])
    assert.ok(second.stderr.includes(told), `${told} is missing in ${second.stderr}`);
  assert.match(second.stderr, /since \d{4}-\d\d-\d\dT\d\d:\d\d/);

  const reported = await darkroom(['report', '--json', out]);
  assert.equal(reported.code, 0, reported.stderr);
  const { run, totals } = JSON.parse(reported.stdout) as { run: { finished: unknown }; totals: { done: number } };
  assert.deepEqual([run.finished, totals.done], [null, 2]);
  assert.ok(fs.existsSync(path.join(out, 'report.json')));

  const verified = await darkroom(['verify', out]);
  assert.equal(verified.code, 0, verified.stderr);
  assert.match(verified.stdout, /^2 outputs/);

  const planned = await darkroom([...command, '--dry-run']);
  assert.equal(planned.code, 0, planned.stderr);
  assert.match(planned.stdout, /skip {5}\S.*a1.mrc: already done\n.*a2.mrc: already done\ncorrect .*slow.mrc: new/);

  const described = await darkroom(['info', path.join(raw, 'a1.mrc'), path.join(out, 'a1.mrc')]);
  assert.equal(described.code, 0, described.stderr);

  assert.deepEqual(journal(out, 'SELECT count(*) AS runs FROM runs'), [{ runs: 1 }]);
  assert.deepEqual(Object.keys(outputs(out)), ['a1.mrc', 'a2.mrc']);
});

test('two output folders are corrected into at the same time', async (t) => {
  const root = folder(t);
  const raw = longSession(root);
  fs.rmSync(path.join(raw, 'slow.mrc'));
  const ends = await Promise.all(
    ['one', 'two'].map((name) =>
      darkroom(['run', raw, '-o', path.join(root, name), '--no-flat-field', '--threads', '1']),
    ),
  );
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0],
  );
  assert.deepEqual(outputs(path.join(root, 'one')), outputs(path.join(root, 'two')));
});
