/** The promises of merging: every table and every column of a journal, also those that are new tomorrow; each run once. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { Journal } from '../../src/journal/journal.ts';
import { mergeJournals } from '../../src/journal/merge.ts';
import { mergedTables } from '../../src/journal/merge-rules.ts';
import { APPLICATION_ID, SCHEMA } from '../../src/journal/schema.ts';
import { done, failed, folder, KEY, start } from './makers.ts';

type Cells = Record<string, unknown>;

const opened = (t: TestContext, file: string): DatabaseSyncInstance => {
  const database = new DatabaseSync(file);
  t.after(() => database.close());
  return database;
};

const rows = (database: DatabaseSyncInstance, table: string): Cells[] =>
  database
    .prepare(`SELECT * FROM ${table} ORDER BY run`)
    .all()
    .map((row) => ({ ...row }));

/** Fills every table of a new journal with a row for each run, whatever the table holds. */
function filled(t: TestContext, file: string, shard: number): { database: DatabaseSyncInstance; tables: string[] } {
  const database = opened(t, file);
  database.exec(`PRAGMA foreign_keys = OFF; ${SCHEMA}`);
  const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").all();
  const tables = names.map(({ name }) => name as string).filter((name) => !name.startsWith('sqlite_'));
  for (const table of tables) {
    const columns = database.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all() as {
      name: string;
      type: string;
    }[];
    const links = new Map(
      (database.prepare(`SELECT "from", "table" FROM pragma_foreign_key_list('${table}')`).all() as Cells[]).map(
        (link) => [link.from, link.table],
      ),
    );
    for (const run of [1, 2]) {
      const value = ({ name, type }: { name: string; type: string }, i: number): unknown => {
        if (name === 'id' || links.has(name)) return run;
        if (name === 'inherited') return 0;
        if (name === 'finished') return '2026-03-01T00:00:00.000Z';
        if (name === 'output' || name === 'input') return `${name} ${shard} ${run}`;
        if (type === 'TEXT') return `${table}.${name} ${shard} ${run}`;
        if (type === 'BLOB') return new Uint8Array([shard, run, i]);
        return 1000 * shard + 100 * run + i;
      };
      database
        .prepare(`INSERT INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`)
        .run(...(columns.map(value) as string[]));
    }
  }
  return { database, tables };
}

test('every table and every column of each shard is in the merged journal, and a second merge changes nothing', (t) => {
  const root = folder(t);
  const files = [1, 2].map((shard) => path.join(root, `${shard}.sqlite`));
  const shards = files.map((file, i) => filled(t, file, i + 1));
  const whole = opened(t, path.join(root, 'whole.sqlite'));
  whole.exec(SCHEMA);
  // Something is there already: numbers must not be taken twice.
  const journal = Journal.open(path.join(root, 'whole.sqlite'));
  journal.record(done('there.mrc', 1, { identity: { size: 5, mtimeNs: 5n } }), journal.begin(start), KEY);
  journal.close();
  const before = new Map(shards[0]!.tables.map((table) => [table, table === 'runs' ? [] : rows(whole, table)]));
  assert.equal(mergeJournals(whole, files), 2);
  const numbers = new Map(
    whole
      .prepare('SELECT run, origin FROM origins')
      .all()
      .map(({ run, origin }) => [origin, run]),
  );
  assert.equal(numbers.size, 4);
  for (const table of shards[0]!.tables.filter((each) => each !== 'runs')) {
    const merged = rows(whole, table);
    assert.equal(merged.length, before.get(table)!.length + 4, `rows of ${table}`);
    for (const [i, { database }] of shards.entries()) {
      for (const row of rows(database, table)) {
        const run = numbers.get(`origins.origin ${i + 1} ${row.run}`);
        const found = merged.find((each) => each.run === run);
        assert.ok(found, `${table}: the row of run ${row.run} of shard ${i + 1}`);
        const numbered = new Set(['run', 'id', 'timing']);
        const cells = (of: Cells): Cells =>
          Object.fromEntries(Object.entries(of).filter(([name]) => !numbered.has(name)));
        assert.deepEqual(cells(found), cells(row), table);
      }
    }
  }
  // What refers to a timing refers to the same one as before.
  const pairs = whole
    .prepare(
      'SELECT t.output AS a, e.output AS b, t.run AS c, e.run AS d FROM exposures e JOIN timings t ON t.id = e.timing',
    )
    .all();
  assert.equal(pairs.length, 5);
  for (const { a, b, c, d } of pairs) assert.deepEqual([a, c], [b, d]);
  assert.deepEqual(whole.prepare('PRAGMA foreign_key_check').all(), []);
  const all = (): unknown => shards[0]!.tables.map((table) => (table === 'runs' ? null : rows(whole, table)));
  const first = all();
  assert.equal(mergeJournals(whole, files), 0, 'all of them ended, and are known');
  shards[0]!.database.exec('UPDATE runs SET wall = wall + 1');
  assert.equal(mergeJournals(whole, files), 1);
  const ids = (of: unknown): string => JSON.stringify(of).replaceAll(/"(id|timing)":\d+/g, '');
  assert.equal(ids(all()), ids(first), 'what is merged again takes the place of what was there');
  assert.deepEqual(whole.prepare('PRAGMA foreign_key_check').all(), []);
});

test('a table that merging does not know is refused: it gets a run in its key, or a rule', (t) => {
  const database = opened(t, path.join(folder(t), 'journal.sqlite'));
  database.exec(SCHEMA);
  database.exec('CREATE TABLE notes (output TEXT PRIMARY KEY, run INTEGER REFERENCES runs (id))');
  assert.throws(() => mergedTables(database), /table notes has neither the run in its key nor a rule/);
  database.exec('DROP TABLE notes; CREATE TABLE notes (output TEXT PRIMARY KEY, text TEXT)');
  assert.throws(() => mergedTables(database), /table notes does not say of which run/);
  database.exec(
    'DROP TABLE notes; CREATE TABLE notes (run INTEGER REFERENCES runs (id), n INTEGER, PRIMARY KEY (run, n))',
  );
  assert.equal(mergedTables(database).find(({ name }) => name === 'notes')?.rule.kind, 'of run');
});

test('of two words on an exposure the later correction counts, whatever the clocks say', (t) => {
  const root = folder(t);
  const shard = { index: 1, of: 2, array: null, assumed: false };
  const whole = Journal.open(path.join(root, 'whole.sqlite'));
  t.after(() => whole.close());
  whole.record(done('a.mrc', 1), whole.begin(start), KEY);
  const part = Journal.open(path.join(root, 'part.sqlite'));
  t.after(() => part.close());
  part.inherit(whole.file, ['a.mrc', 'b.mrc']);
  assert.equal(part.seenOf('a.mrc')?.failed, null);
  assert.equal(part.seenOf('b.mrc'), undefined);
  const run = part.begin({ ...start, shard });
  part.record(done('a.mrc', 2, { bytesOut: 22 }), run, KEY);
  part.record(failed('b.mrc'), run, KEY);
  part.finish(run, 2);
  // As if the node's clock were a day late.
  const late = opened(t, part.file);
  late.exec("UPDATE exposures SET recorded = strftime('%Y-%m-%dT%H:%M:%fZ', recorded, '-1 day')");
  assert.equal(whole.merge([part.file]), 1);
  assert.equal(whole.seenOf('a.mrc')?.bytesOut, 22);
  assert.equal(whole.seenOf('b.mrc')?.failed, 'incomplete');
  const contents = whole.contents()!;
  assert.deepEqual(
    contents.runs.map(({ done: corrected, failed: bad }) => [corrected, bad]),
    [
      [1, 0],
      [1, 1],
    ],
    'the run that was inherited is not merged back',
  );
  // The folder knows it later than the shard now: nothing is taken back.
  whole.record(done('a.mrc', 3, { bytesOut: 33 }), whole.begin(start), KEY);
  whole.merge([part.file]);
  assert.equal(whole.seenOf('a.mrc')?.bytesOut, 33);
  part.inherit(whole.file, ['a.mrc']);
  assert.equal(part.seenOf('a.mrc')?.bytesOut, 33);
});

test('a journal of 0.2.0, which knows nothing of shards, is read, merged into and inherited from', (t) => {
  const root = folder(t);
  const old = path.join(root, 'old.sqlite');
  const journal = Journal.open(old);
  journal.record(done('a.mrc'), journal.begin(start), KEY);
  journal.close();
  opened(t, old).exec('DROP TABLE origins');
  const reading = Journal.openReadOnly(old)!;
  t.after(() => reading.close());
  assert.equal(reading.contents()!.run.array, null);
  const part = Journal.open(path.join(root, 'part.sqlite'));
  t.after(() => part.close());
  part.inherit(old, ['a.mrc']);
  assert.equal(part.seenOf('a.mrc')?.failed, null);
  const run = part.begin({ ...start, shard: { index: 1, of: 1, array: null, assumed: false } });
  part.record(done('b.mrc'), run, KEY);
  part.finish(run, 0);
  const again = Journal.open(old);
  t.after(() => again.close());
  again.merge([part.file]);
  assert.deepEqual([...again.seen().keys()].sort(), ['a.mrc', 'b.mrc']);
  assert.equal(opened(t, old).prepare('PRAGMA application_id').get()?.application_id, APPLICATION_ID);
});
