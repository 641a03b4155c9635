/** `--write-masks` in the real command: made once, looked after by resume and `verify`, gone when nobody wants them. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { darkroom, exposure, folder, journal, lay, outputs, report, sha256, stack } from './darkroom.ts';

test('masks stand beside the outputs, resume and verify look after them, and without the option they go', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), {
    'a.mrc': exposure({ seed: 1 }),
    'grid/b.mrc': exposure({ seed: 2 }),
    'movie.mrcs': stack(2),
  });
  const out = path.join(root, 'out');
  const command = ['run', raw, '--no-flat-field', '-o', out, '--despike', 'robust'];
  const masked = [...command, '--write-masks'];

  const first = await darkroom(masked);
  assert.equal(first.code, 0, first.stderr);
  const made = ['a.mrc', 'a_spikes.mrc', 'grid/b.mrc', 'grid/b_spikes.mrc', 'movie.mrcs'];
  assert.deepEqual(Object.keys(outputs(out)), made, 'stacks are not despiked: they have no mask');
  assert.deepEqual(
    fs.readdirSync(path.join(out, '.darkroom')).filter((name) => name.endsWith('.part')),
    [],
  );
  const found = journal(out, 'SELECT output, mask_bytes FROM exposures WHERE mask_bytes IS NOT NULL ORDER BY output');
  assert.deepEqual(
    found.map((row) => [row.output, row.mask_bytes]),
    ['a', 'grid/b'].map((name) => [`${name}.mrc`, fs.statSync(path.join(out, `${name}_spikes.mrc`)).size]),
  );
  const exposures = report(out).exposures.filter(({ patches }) => patches!.some((count) => count > 0));
  assert.deepEqual(
    exposures.map(({ output, patches, counts }) => [
      output,
      patches!.reduce((sum, count, i) => sum + count * (i + 1), 0) === counts!.spikes,
    ]),
    [
      ['a.mrc', true],
      ['grid/b.mrc', true],
    ],
  );

  const second = await darkroom([...masked, '--json']);
  assert.deepEqual(second.events.map((event) => event.event === 'outcome' && event.outcome.status).filter(Boolean), [
    'skipped',
    'skipped',
    'skipped',
  ]);

  const mask = path.join(out, 'a_spikes.mrc');
  const before = sha256(mask);
  fs.rmSync(mask);
  const missing = await darkroom(['verify', out]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /differs {2}a_spikes\.mrc: missing; run again/);
  const planned = await darkroom([...masked, '--dry-run']);
  assert.match(planned.stdout + planned.stderr, /the mask is missing/);
  assert.equal((await darkroom(masked)).code, 0);
  assert.equal(sha256(mask), before);
  assert.equal((await darkroom(['verify', out])).code, 0);

  assert.equal((await darkroom(command)).code, 0);
  assert.deepEqual(Object.keys(outputs(out)), ['a.mrc', 'grid/b.mrc', 'movie.mrcs']);
  assert.equal((await darkroom(['verify', out])).code, 0);
});
