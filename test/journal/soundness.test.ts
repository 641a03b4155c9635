/** A damaged journal is found when it is opened, in words that say what to do; whatever bytes are in it, it is no bug. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { Journal } from '../../src/journal/journal.ts';
import { JournalRefused, JournalTrouble } from '../../src/journal/trouble.ts';
import { reportOf } from '../../src/report/report.ts';
import { darkroom, exposure, folder, lay, references } from '../run/darkroom.ts';

/** A journal with something in every table but those of collisions and days. */
let made: Buffer;

before(async (t) => {
  const root = folder(t as unknown as Parameters<typeof folder>[0]);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
  lay(raw, { 'short.mrc': 'short' });
  const { dark, bright } = references(root);
  const out = path.join(root, 'out');
  const { code, stderr } = await darkroom(['run', raw, '--dark', dark, '--bright', bright, '--out', out]);
  assert.equal(code, 2, stderr);
  made = fs.readFileSync(path.join(out, 'darkroom.sqlite'));
});

/** By the type of a column: what it never holds. */
const WRONG: Readonly<Record<string, string>> = { TEXT: "x'00ff'", INTEGER: "'many'", REAL: "'many'", BLOB: "'text'" };

test('a value of a wrong kind in any column is damage, named with the way out', (t) => {
  const root = folder(t);
  const file = path.join(root, 'darkroom.sqlite');
  const cells = (): { table: string; column: string; type: string }[] => {
    fs.writeFileSync(file, made);
    const database = new DatabaseSync(file);
    const all = (sql: string) => database.prepare(sql).all() as Record<string, string>[];
    const found = all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
      .map(({ name }) => name!)
      .filter((table) => all(`SELECT 1 FROM ${table} LIMIT 1`).length > 0)
      .flatMap((table) =>
        all(
          `SELECT name, type FROM pragma_table_info('${table}') WHERE name <> 'id' AND (pk = 0 OR type = 'TEXT')`,
        ).map(({ name, type }) => ({ table, column: name!, type: type! })),
      );
    database.close();
    return found;
  };
  const wanted = cells();
  assert.deepEqual([...new Set(wanted.map(({ table }) => table))].sort(), [
    'exposures',
    'machine_load',
    'mean_images',
    'runs',
    'samples',
    'surveys',
    'timings',
  ]);
  for (const { table, column, type } of wanted) {
    fs.writeFileSync(file, made);
    const database = new DatabaseSync(file);
    database.exec('PRAGMA foreign_keys = OFF');
    database.exec(`UPDATE ${table} SET ${column} = ${WRONG[type]} WHERE rowid = (SELECT min(rowid) FROM ${table})`);
    database.close();
    for (const open of [Journal.open, Journal.openReadOnly]) {
      assert.throws(
        () => open(file)?.close(),
        (error: Error) =>
          error instanceof JournalRefused &&
          error.message.startsWith(`${file}: the journal is damaged; move it away and give the same command again`),
        `${table}.${column}`,
      );
    }
  }
});

/** A small generator, so that each run of the test sees the same bytes. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state;
  }
}

test('a journal with other bytes in it is damaged or readable, never a bug', (t) => {
  const file = path.join(folder(t), 'darkroom.sqlite');
  const random = numbers(7);
  const next = (below: number): number => Math.floor((random.next().value! / 2 ** 32) * below);
  let refused = 0;
  const turns = 150;
  for (let turn = 0; turn < turns; turn++) {
    const bytes = Buffer.from(made);
    const [at, length] = [next(bytes.length), 1 + next(turn % 2 ? 4 : 3000)];
    for (let i = at; i < Math.min(bytes.length, at + length); i++) bytes[i] = next(256);
    fs.writeFileSync(file, turn % 10 === 0 ? bytes.subarray(0, at) : bytes);
    try {
      const journal = Journal.openReadOnly(file);
      try {
        journal?.seen();
        const contents = journal?.contents();
        if (journal && contents) reportOf(contents, false, journal.pictures());
      } finally {
        journal?.close();
      }
    } catch (error) {
      if (!(error instanceof JournalRefused || error instanceof JournalTrouble))
        throw new Error(`turn ${turn}, ${length} bytes at ${at}`, { cause: error });
      refused++;
    }
  }
  assert.ok(refused > turns / 4, `${refused} of ${turns} were refused`);
});
