/** A journal of 0.1.0 is refused, and whoever does what the message says gets all exposures corrected. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { darkroom, exposure, folder, journal, lay, outputs, references } from './darkroom.ts';

test('the journal of 0.1.0 is moved away as the message says: the outputs are recognised and corrected again', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
  const { dark, bright } = references(root);
  const out = path.join(root, 'out');
  const command = ['run', raw, '--dark', dark, '--bright', bright, '--out', out];
  assert.equal((await darkroom(command)).code, 0);
  const made = outputs(out);
  const file = path.join(out, 'darkroom.sqlite');
  const older = new DatabaseSync(file);
  older.exec('PRAGMA user_version = 1');
  older.close();

  for (const refused of [command, ['report', out], ['verify', out]]) {
    const { code, stderr } = await darkroom(refused);
    assert.equal(code, 1, refused[0]);
    assert.match(stderr, /found a journal of version 1, expected 2: an older darkroom \(0\.1\) wrote it; move it away/);
  }
  assert.deepEqual(outputs(out), made, 'nothing ran');

  fs.renameSync(file, path.join(root, 'darkroom-0.1.sqlite'));
  const again = await darkroom(command);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(outputs(out), made);
  assert.deepEqual(
    journal(out, 'SELECT output, status FROM exposures ORDER BY output').map((row) => [row.output, row.status]),
    [
      ['a.mrc', 'done'],
      ['b.mrc', 'done'],
    ],
  );
});
