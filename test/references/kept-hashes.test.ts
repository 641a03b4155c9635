/** The promises of kept hashes: computed once, true as long as the file is the same, and worth nothing otherwise. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { darkroom, exposure, folder, journal, lay, references, sha256 } from '../run/darkroom.ts';

/** What is to be read of the kept hashes. */
type Kept = Record<string, { size: number; modified: string; changed: string; hash: string }>;

test('the hash of a reference is kept in the output folder, used while the file is the same, and computed when it changed', async (t) => {
  const root = folder(t);
  const size = { width: 64, height: 48 };
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ ...size, seed: 1 }) });
  const { dark, bright } = references(root, size);
  const out = path.join(root, 'out');
  const file = path.join(out, '.darkroom', 'references.json');
  const run = async (...more: string[]) => {
    const ended = await darkroom(['run', raw, '--dark', dark, '--bright', bright, '--out', out, ...more]);
    assert.equal(ended.code, 0, ended.stderr);
    const [newest] = journal(out, 'SELECT reference_files AS files FROM runs ORDER BY id DESC LIMIT 1');
    return (JSON.parse(String(newest!.files)) as { hash: string }[]).map(({ hash }) => hash);
  };
  const kept = (): Kept => (JSON.parse(fs.readFileSync(file, 'utf8')) as { references: Kept }).references;
  // What was written a moment ago may be written again within a tick of the clock.
  const true1 = [sha256(dark), sha256(bright)];
  assert.deepEqual(await run(), true1);
  await sleep(2100);
  assert.deepEqual(await run(), true1);
  assert.deepEqual(
    [dark, bright].map((each) => kept()[each]?.hash),
    true1,
  );
  // Another hash in its place shows that it is used.
  const marked = 'f'.repeat(64);
  const text = fs.readFileSync(file, 'utf8').replace(true1[0]!, marked);
  fs.writeFileSync(file, text);
  assert.deepEqual(await run(), [marked, true1[1]]);
  const journalOnly = await run('--dry-run');
  assert.deepEqual(journalOnly, [marked, true1[1]]);
  // The same size and the same time, and another content.
  const { atime, mtime } = fs.statSync(dark);
  const content = fs.readFileSync(dark);
  content[content.length - 1]! ^= 1;
  fs.writeFileSync(dark, content);
  fs.utimesSync(dark, atime, mtime);
  assert.deepEqual(await run(), [sha256(dark), true1[1]]);
  for (const damaged of [
    '',
    'no JSON',
    '{"version": 1, "references": {"x": 1}}',
    '{\n  "version": 1,\n  "references": null\n}',
  ]) {
    fs.writeFileSync(file, damaged);
    assert.deepEqual(await run(), [sha256(dark), true1[1]]);
  }
});
