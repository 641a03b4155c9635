/** The promises of the journal, on real files and with real second processes. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { Journal } from '../../src/journal/journal.ts';
import { APPLICATION_ID, column, SCHEMA_VERSION } from '../../src/journal/schema.ts';
import { JournalRefused, JournalTrouble } from '../../src/journal/trouble.ts';
import { noTimes } from '../../src/model/outcome.ts';
import { FIGURES, inWords } from '../../src/model/record.ts';
import { done, failed, figures, folder, identity, KEY, skipped, start } from './makers.ts';
import { killed, NO_SQLITE, sqlite3, started } from './processes.ts';

const fresh = (t: Parameters<typeof folder>[0]): Journal => {
  const journal = Journal.open(path.join(folder(t), 'darkroom.sqlite'));
  t.after(() => journal.close());
  return journal;
};

const entry = (journal: Journal, output: string) =>
  journal.contents()!.entries.find((candidate) => candidate.output === output)!;

test('what is recorded of an exposure comes back the same, to the nanosecond and the last bit', (t) => {
  const journal = fresh(t);
  const run = journal.begin(start);
  const outcome = done('grid/a "quoted"\nname é.mrc', 3, {
    suspect: ['clipped: 1200 ppm'],
    turned: true,
    maskBytes: 4321,
  });
  journal.record(outcome, run, KEY);
  const { recorded: _, ...back } = entry(journal, outcome.output);
  assert.deepEqual(back, {
    output: outcome.output,
    input: outcome.input,
    run,
    identity,
    key: KEY,
    width: 4096,
    height: 4096,
    frames: 1,
    typeRead: 'uint16',
    metadata: null,
    fault: null,
    corrected: {
      typeWritten: 'uint16',
      suspect: outcome.suspect,
      counts: outcome.counts,
      statistics: outcome.statistics,
      bytesOut: outcome.bytesOut,
      crc: outcome.crc,
      turned: true,
      steps: outcome.steps,
      references: start.references,
      times: outcome.times,
      patches: outcome.patches,
      leftAlone: outcome.leftAlone,
      maskBytes: 4321,
    },
  });
  assert.deepEqual(journal.seen().get(outcome.output), {
    input: outcome.input,
    identity,
    key: KEY,
    failed: null,
    bytesOut: outcome.bytesOut,
    maskBytes: 4321,
    frames: outcome.exposure.frames,
    type: outcome.exposure.type,
    width: outcome.exposure.width,
    height: outcome.exposure.height,
  });
});

test('statistics that are no finite number come back as they were', (t) => {
  const journal = fresh(t);
  const run = journal.begin(start);
  const statistics = {
    ...figures().statistics,
    min: Number.NEGATIVE_INFINITY,
    max: Number.POSITIVE_INFINITY,
    mean: Number.NaN,
    deviation: Number.NaN,
  };
  journal.record(done('float.mrc', 1, { statistics }), run, KEY);
  assert.deepEqual(entry(journal, 'float.mrc').corrected!.statistics, statistics);
});

test('an exposure that was done and now fails is failed, so that it is tried again', (t) => {
  const journal = fresh(t);
  const run = journal.begin(start);
  journal.record(done('a.mrc'), run, KEY);
  journal.record(failed('a.mrc', 'spikes', { exposure: done('a.mrc').exposure }), run, KEY);
  assert.equal(journal.seen().get('a.mrc')!.failed, 'spikes');
  const { fault, corrected, width } = entry(journal, 'a.mrc');
  assert.deepEqual({ kind: fault!.kind, corrected, width }, { kind: 'spikes', corrected: null, width: 4096 });
});

test('an exposure that could not even be looked at is recorded', (t) => {
  const journal = fresh(t);
  journal.record(failed('gone.mrc', 'missing', { identity: null }), journal.begin(start), KEY);
  assert.equal(journal.seen().get('gone.mrc')!.identity, null);
});

test('an exposure refused for a collision leaves the record of the other one alone, until it is corrected itself', (t) => {
  const journal = fresh(t);
  const run = journal.begin(start);
  const late = '/elsewhere/raw/a.mrc';
  journal.record(done('a.mrc'), run, KEY);
  journal.record(failed('a.mrc', 'collision', { input: late }), run, KEY);
  journal.record(failed('a.mrc', 'collision', { input: late }), run, KEY);
  assert.equal(journal.seen().get('a.mrc')!.failed, null);
  assert.deepEqual(
    journal.contents()!.entries.map((each) => [each.input, each.fault?.kind ?? 'done']),
    [
      [late, 'collision'],
      ['/facility/raw/a.mrc', 'done'],
    ],
  );
  journal.record(done('a.mrc', 1, { input: late }), run, KEY);
  assert.deepEqual(
    journal.contents()!.entries.map((each) => [each.input, each.fault]),
    [[late, null]],
  );
});

test('each output counts as corrected for the first time once, whatever is done, failed or forced later', (t) => {
  const journal = fresh(t);
  for (const steps of [['flat-field'], ['flat-field', 'despike']]) {
    const run = journal.begin(start);
    journal.record(failed('a.mrc'), run, KEY);
    journal.record(done('a.mrc', 1, { steps }), run, KEY);
    journal.record(failed('a.mrc'), run, KEY);
    journal.record(done('a.mrc', 1, { steps }), run, KEY);
  }
  const batches = journal.contents()!.batches;
  assert.deepEqual(
    batches.map((batch) => [batch.run, batch.exposures, batch.steps]),
    [[1, 1, ['flat-field']]],
  );
});

test('a run counts what it did, what it skipped and what failed', (t) => {
  const journal = fresh(t);
  const run = journal.begin(start);
  journal.record(skipped('0.mrc'), run, KEY);
  journal.record(done('1.mrc'), run, KEY);
  journal.record(failed('2.mrc'), run, KEY);
  journal.record(skipped('3.mrc'), run, KEY);
  journal.finish(run, 2);
  const { done: count, skipped: left, failed: bad, exitCode, finished, wall } = journal.contents()!.run;
  assert.deepEqual([count, left, bad, exitCode], [1, 2, 1, 2]);
  assert.ok(finished !== null && wall > 0);
  assert.deepEqual([...journal.seen().keys()].sort(), ['1.mrc', '2.mrc'], 'nothing is recorded of what is skipped');
});

test('a run says on what it ran: libraries as they are installed, and the machine', (t) => {
  const journal = fresh(t);
  journal.begin(start);
  const { libraries, machine, node } = journal.contents()!.run;
  for (const [name, version] of Object.entries(libraries!)) {
    const installed = fileURLToPath(new URL(`../../../node_modules/${name}/package.json`, import.meta.url));
    assert.equal(JSON.parse(fs.readFileSync(installed, 'utf8')).version, version, name);
  }
  assert.ok(Object.keys(libraries!).length > 5 && node === process.version);
  assert.match(machine!, /^.+, \d+ cores, \d+ GB, (Linux|Darwin) \d/);
});

test('a record that cannot be written leaves nothing behind, says so, and can be made again', (t) => {
  const journal = fresh(t);
  const run = journal.begin(start);
  journal.record(done('a.mrc'), run, KEY);
  const before = journal.contents();
  // The timing goes in first, then the exposure fails: the disk that is full at the second page.
  const other = new DatabaseSync(journal.file);
  other.exec("CREATE TRIGGER full BEFORE INSERT ON exposures BEGIN SELECT RAISE(ABORT, 'disk is full'); END");
  assert.throws(() => journal.record(done('b.mrc'), run, KEY));
  other.exec('DROP TRIGGER full');
  other.close();
  assert.deepEqual(journal.contents(), before);
  journal.record(done('b.mrc'), run, KEY);
  assert.equal(journal.contents()!.entries.length, 2);
  assert.equal(journal.contents()!.run.done, 2);
});

test('a journal held by another program is trouble that has a name, not a crash', { timeout: 30_000 }, (t) => {
  const journal = fresh(t);
  const run = journal.begin(start);
  const other = new DatabaseSync(journal.file);
  t.after(() => other.close());
  other.exec('BEGIN EXCLUSIVE');
  assert.throws(
    () => journal.record(done('a.mrc'), run, KEY),
    (error) => error instanceof JournalTrouble && error.code === 'SQLITE_BUSY' && error.message.includes(journal.file),
  );
  other.exec('ROLLBACK');
  journal.record(done('a.mrc'), run, KEY);
  assert.equal(journal.seen().size, 1);
});

test('a disk that takes no more is trouble that has a name, and costs no record that was made', (t) => {
  const file = path.join(folder(t), 'darkroom.sqlite');
  const script = fileURLToPath(new URL('./scripts/record-until-trouble.js', import.meta.url));
  const limited = spawnSync('sh', ['-c', 'ulimit -f 400 && exec "$0" "$@"', process.execPath, script, file], {
    encoding: 'utf8',
  });
  const { code, recorded } = JSON.parse(limited.stdout) as { code: string; recorded: number };
  assert.match(code, /^SQLITE_(IOERR|FULL)$/);
  assert.ok(recorded > 10);
  const again = Journal.open(file);
  t.after(() => again.close());
  const { entries, run, batches } = again.contents()!;
  assert.deepEqual([entries.length, run.done, batches[0]!.exposures], [recorded, recorded, recorded]);
});

const REFUSED = [
  {
    what: 'a file that is no database',
    make: (file: string) => fs.writeFileSync(file, 'micrograph '.repeat(100)),
    says: /found something else, expected a journal/,
  },
  {
    what: "another program's database",
    make: (file: string) => sql(file, 'CREATE TABLE movies (title TEXT)'),
    says: /another program/,
  },
  {
    what: "another program's database of the same version",
    make: (file: string) => sql(file, `CREATE TABLE runs (id INTEGER); PRAGMA user_version = ${SCHEMA_VERSION}`),
    says: /another program/,
  },
  {
    what: 'a journal of a newer tool',
    make: (file: string) =>
      sql(file, `CREATE TABLE runs (id INTEGER); PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 7`),
    says: new RegExp(`version 7, expected ${SCHEMA_VERSION}: a newer darkroom`),
  },
  {
    what: 'a journal of darkroom 0.1.0',
    make: (file: string) =>
      sql(file, `CREATE TABLE runs (id INTEGER); PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`),
    says: new RegExp(`version 1, expected ${SCHEMA_VERSION}: an older darkroom .* move it away and run again`),
  },
];

function sql(file: string, text: string): void {
  const database = new DatabaseSync(file);
  database.exec(text);
  database.close();
}

for (const { what, make, says } of REFUSED) {
  test(`${what} is refused by name and not changed, for reading and for writing`, (t) => {
    const file = path.join(folder(t), 'darkroom.sqlite');
    make(file);
    const before = fs.readFileSync(file);
    for (const open of [Journal.open, Journal.openReadOnly]) {
      assert.throws(
        () => open(file),
        (error) => error instanceof JournalRefused && says.test(error.message) && error.message.includes(file),
      );
    }
    assert.deepEqual(fs.readFileSync(file), before);
  });
}

test('a journal in a folder that is not there is refused', (t) => {
  assert.throws(() => Journal.open(path.join(folder(t), 'no', 'darkroom.sqlite')), JournalRefused);
});

test('reading a journal that is not there makes none', (t) => {
  const file = path.join(folder(t), 'darkroom.sqlite');
  assert.equal(Journal.openReadOnly(file), null);
  fs.writeFileSync(file, '');
  assert.equal(Journal.openReadOnly(file), null, 'the moment between creating the file and its tables');
  assert.deepEqual(fs.readFileSync(file).length, 0);
});

test('a journal has the permissions of any new file, and opening one again keeps what it holds', (t) => {
  const before = process.umask(0o002);
  t.after(() => process.umask(before));
  const journal = fresh(t);
  journal.record(done('a.mrc'), journal.begin(start), KEY);
  journal.close();
  assert.equal(fs.statSync(journal.file).mode & 0o777, 0o664);
  const again = Journal.open(journal.file);
  assert.equal(again.seen().size, 1);
  again.close();
});

test('a journal opened to be read cannot be written', (t) => {
  const journal = fresh(t);
  journal.begin(start);
  const reading = Journal.openReadOnly(journal.file)!;
  t.after(() => reading.close());
  assert.throws(() => reading.begin(start), JournalTrouble);
});

test('after kill -9 in the middle of a record the journal reads as before it, even for a program that only reads', async (t) => {
  const journal = fresh(t);
  const run = journal.begin(start);
  for (let at = 0; at < 50; at++) journal.record(done(`${at}.mrc`, at), run, KEY);
  journal.close();
  const before = fs.readFileSync(journal.file);
  await killed(await started(t, 'stop-halfway', journal.file));
  assert.notDeepEqual(fs.readFileSync(journal.file), before, 'the file was changed halfway');
  const reading = Journal.openReadOnly(journal.file)!;
  t.after(() => reading.close());
  const failures = reading.contents()!.entries.filter((each) => each.fault);
  assert.deepEqual([reading.seen().size, failures.length], [50, 0]);
  assert.throws(() => reading.begin(start), JournalTrouble);
});

test('a journal can be read by another program while a run writes it, and the run goes on', async (t) => {
  const file = path.join(folder(t), 'darkroom.sqlite');
  const run = await started(t, 'record', file);
  const reading = Journal.openReadOnly(file)!;
  t.after(() => reading.close());
  let last = 0;
  // On a busy machine the run may not have had a turn in twenty rounds.
  for (let round = 0; round < 20 || (last < 2 && round < 3000); round++) {
    const { entries, run: row } = reading.contents()!;
    assert.equal(entries.length, row.done, 'one moment in all tables');
    assert.ok(entries.length >= last);
    last = entries.length;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(last > 1, 'the run went on');
  assert.equal(run.exitCode, null);
});

test('any SQLite reads the journal while a run writes it, with the units of every column', {
  skip: NO_SQLITE,
}, async (t) => {
  const file = path.join(folder(t), 'darkroom.sqlite');
  await started(t, 'record', file);
  assert.equal(
    sqlite3(file, "SELECT status, input_mtime_ns FROM exposures WHERE output = '0.mrc'"),
    `done|${identity.mtimeNs}`,
  );
  assert.equal(sqlite3(file, 'PRAGMA user_version'), String(SCHEMA_VERSION));
  assert.equal(sqlite3(file, 'PRAGMA integrity_check'), 'ok');
  const said = sqlite3(file, '.schema');
  for (const figure of FIGURES) {
    const { name } = figure;
    const comment = inWords(figure).replace(/[.*+?()|[\]\\]/g, '\\$&');
    assert.match(said, new RegExp(`^  ${column(name)} .*-- .*${comment}$`, 'm'), name);
  }
});

test('a hundred thousand exposures are looked through, to the nanosecond', (t) => {
  const journal = fresh(t);
  const run = journal.begin(start);
  journal.record(done('0.mrc', 1, { times: noTimes() }), run, KEY);
  const other = new DatabaseSync(journal.file);
  other.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
    INSERT INTO exposures (output, run, recorded, input, input_size, input_mtime_ns, key, status, bytes_out, corrections)
    SELECT 'night/grid/exposure_' || i || '.mrc', run, recorded, '/facility/raw/night/grid/exposure_' || i || '.mrc', input_size, input_mtime_ns + i, key, status, bytes_out, 1
    FROM exposures, n`);
  other.close();
  const seen = journal.seen();
  assert.equal(seen.size, 100_000);
  assert.equal(seen.get('night/grid/exposure_77.mrc')!.identity!.mtimeNs, identity.mtimeNs + 77n);
});
