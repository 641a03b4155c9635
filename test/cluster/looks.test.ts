/** What a shard asks the system: of files that are another's it knows the names, and nothing more. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { shardOf } from '../../src/model/shard.ts';
import { BIN, exposure, folder, lay, outputs, references } from '../run/darkroom.ts';

const NO_STRACE =
  spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0 ? false : 'needs strace, and the right to trace';

test('a shard looks at no file that is not its own, be it a link, and still finds two with one output', {
  skip: NO_STRACE,
}, (t) => {
  const root = folder(t);
  const size = { width: 64, height: 48 };
  const names = Array.from({ length: 20 }, (_, i) => `grid${i % 2}/exposure_${String(i).padStart(3, '0')}.mrc`);
  const raw = lay(path.join(root, 'raw'), Object.fromEntries(names.map((name) => [name, exposure(size)])));
  const links = ['grid0/link_1.mrc', 'grid1/link_2.mrc', 'grid1/link_3.mrc'];
  for (const link of links) fs.symlinkSync(path.join(raw, names[0]!), path.join(raw, link));
  const { dark, bright } = references(root, size);
  const out = path.join(root, 'out');
  const log = path.join(root, 'calls');
  const run = ['run', raw, '--dark', dark, '--bright', bright, '--threads', '1', '--out', out, '--shard', '2/3'];
  const traced = spawnSync('strace', ['-f', '-qq', '-e', 'trace=%file', '-o', log, process.execPath, BIN, ...run], {
    timeout: 100_000,
    encoding: 'utf8',
  });
  assert.equal(traced.status, 0, traced.stderr);
  const calls = fs.readFileSync(log, 'utf8');
  const own = [...names, ...links].filter((name) => shardOf(name, 3) === 2);
  const others = [...names.slice(1), ...links].filter((name) => !own.includes(name));
  assert.ok(own.length > 4 && others.length > 10);
  assert.deepEqual(Object.keys(outputs(out)).sort(), own.sort());
  const asked = (name: string): boolean => calls.includes(`${path.basename(name)}"`);
  assert.deepEqual(
    own.filter((name) => !asked(name)),
    [],
    'the trace shows what is looked at',
  );
  assert.deepEqual(others.filter(asked), []);
});
