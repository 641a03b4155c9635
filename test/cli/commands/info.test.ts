/** `darkroom info` does not compute again what a run computed, unless the file changed or somebody asks for it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { darkroom, exposure, folder, lay } from '../../run/darkroom.ts';

const limited = { timeout: 60_000 };

interface Said {
  readonly statistics: Readonly<Record<string, number>>;
  readonly statisticsFrom: string;
}

async function info(...argv: string[]): Promise<Said> {
  const { code, stdout, stderr } = await darkroom(['info', '--json', ...argv]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Said;
}

test('statistics of an output come from the journal as long as the file is as the run left it', limited, async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'grid/a.mrc': exposure({ seed: 1 }), 'grid/b.mrc': exposure({ seed: 2 }) });
  const out = path.join(root, 'out');
  assert.equal((await darkroom(['run', raw, '-o', out, '--no-flat-field'])).code, 0);
  const file = path.join(out, 'grid/a.mrc');
  const [known, fresh] = [await info(file), await info(file, '--fresh')];
  assert.deepEqual([known.statisticsFrom, fresh.statisticsFrom], ['journal', 'pixels']);
  for (const [name, value] of Object.entries(fresh.statistics))
    assert.ok(Math.abs(known.statistics[name]! - value) <= 1e-9 * Math.abs(value), name);
  assert.match((await darkroom(['info', file])).stdout, /counts .* \(from the journal\)/);
  assert.equal(
    (await info(path.join(raw, 'grid/a.mrc'))).statisticsFrom,
    'pixels',
    'the journal keeps what was written',
  );

  // Another output of the same size in its place, with the modification time that was there.
  const other = path.join(out, 'grid/b.mrc');
  const { atime, mtime } = fs.statSync(file);
  fs.copyFileSync(other, file);
  fs.utimesSync(file, atime, mtime);
  const replaced = await info(file);
  assert.equal(replaced.statisticsFrom, 'pixels');
  assert.deepEqual(replaced.statistics, (await info(other, '--fresh')).statistics);
  assert.equal((await info(other)).statisticsFrom, 'journal');

  fs.writeFileSync(path.join(out, 'darkroom.sqlite'), 'no journal');
  assert.equal((await info(other)).statisticsFrom, 'pixels', 'what no journal tells, the pixels do');
});
