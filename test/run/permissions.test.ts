/** Outputs have the permissions and the group that any program's file would have there. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { BIN, darkroom, exposure, folder, isRoot, lay } from './darkroom.ts';

for (const umask of ['0077', '0022', '0002']) {
  test(`with umask ${umask} outputs, journal, reports and folders are like those of a shell`, (t) => {
    const root = folder(t);
    const raw = lay(path.join(root, 'raw'), { 'grid/e.mrc': exposure() });
    const out = path.join(root, 'out');
    const env = { ...process.env, NODE: process.execPath, BIN, RAW: raw, OUT: out, ROOT: root };
    const script = `umask ${umask}; echo > "$ROOT/plain"; mkdir "$ROOT/folder"; exec "$NODE" "$BIN" run "$RAW" -o "$OUT" --no-flat-field`;
    assert.equal(spawnSync('sh', ['-c', script], { env }).status, 0);
    const mode = (...names: string[]): string => (fs.statSync(path.join(root, ...names)).mode & 0o7777).toString(8);
    const files = ['grid/e.mrc', 'darkroom.sqlite', 'report.json', 'exposures.csv', '.darkroom/lock.sqlite'];
    for (const name of files) assert.equal(mode('out', name), mode('plain'), name);
    for (const name of ['', 'grid', '.darkroom']) assert.equal(mode('out', name), mode('folder'), name);
  });
}

test('a setgid folder hands its group on to everything, also when it became one after the first run', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'e.mrc': exposure(), 'grid/f.mrc': exposure({ seed: 2 }) });
  const group = isRoot ? 65_533 : process.getgroups?.().find((each) => each !== process.getgid?.());
  if (group === undefined) return t.skip('needs root, or to be in a second group');
  for (const first of [false, true]) {
    const out = path.join(root, `out-${first}`);
    fs.mkdirSync(out);
    const command = ['run', raw, '-o', out, '--no-flat-field', '--force'];
    if (first) assert.equal((await darkroom(command)).code, 0);
    const folders = first ? [out, path.join(out, 'grid')] : [out];
    for (const each of folders) {
      fs.chownSync(each, process.getuid!(), group);
      execFileSync('chmod', ['g+s', each]);
    }
    assert.equal((await darkroom(command)).code, 0);
    for (const name of ['e.mrc', 'grid/f.mrc', 'report.json', 'exposures.csv', 'grid'])
      assert.equal(fs.statSync(path.join(out, name)).gid, group, `${name}, corrected before: ${first}`);
  }
});
