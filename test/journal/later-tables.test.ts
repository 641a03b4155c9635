/** Tables and views that are newer than a journal: read as empty, made when the journal is opened for a run. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import type { InlineTiming } from '../../src/journal/contents.ts';
import { Journal } from '../../src/journal/journal.ts';
import { LATER_TABLES, LATER_VIEWS } from '../../src/journal/schema.ts';
import { done, folder, KEY, start } from './makers.ts';

const timing: InlineTiming = {
  machine: 'here',
  width: 64,
  height: 48,
  typeRead: 'int16',
  despikeSize: 7,
  threshold: 4.25,
  measured: '2026-03-01T20:00:00.000Z',
  turns: 3,
  times: { flatField: 1, clip: 2, despike: 3, statistics: 4 },
};

test('a journal without them is read; opened for a run it gets them, and loses nothing', (t) => {
  const file = path.join(folder(t), 'darkroom.sqlite');
  const made = Journal.open(file);
  made.record(done('a.mrc'), made.begin(start), KEY);
  made.close();
  const older = new DatabaseSync(file);
  for (const table of Object.keys(LATER_TABLES)) older.exec(`DROP TABLE ${table}`);
  for (const view of Object.keys(LATER_VIEWS)) older.exec(`DROP VIEW ${view}`);
  older.close();

  const reading = Journal.openReadOnly(file)!;
  const { entries, inlineTimings } = reading.contents()!;
  assert.deepEqual([entries.length, inlineTimings], [1, []]);
  reading.close();

  const writing = Journal.open(file);
  t.after(() => writing.close());
  const { measured: _, turns: __, times: ___, ...key } = timing;
  assert.equal(writing.knowsInline(key), false);
  writing.keepInline(writing.begin(start), timing);
  assert.equal(writing.knowsInline(key), true);
  assert.equal(writing.knowsInline({ ...key, threshold: 4 }), false);
  assert.deepEqual(writing.contents()!.inlineTimings, [timing]);
  assert.equal(writing.contents()!.entries.length, 1);
  const again = new DatabaseSync(file, { readOnly: true });
  t.after(() => again.close());
  const hours = again.prepare('SELECT hour, source, exposures FROM cadence').all();
  assert.deepEqual(
    hours.map((row) => ({ ...row })),
    [{ hour: '2026-03-01T00:00:00Z', source: 'modification time of the files', exposures: 1 }],
  );
});
