/** Trouble with the journal at the start of each command: a sentence with a way out, an exit code, and never a bug. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { darkroom, exposure, folder, journal, lay, outputs } from './darkroom.ts';

/** An output folder with two exposures corrected, and what each command is called with. */
async function night(t: TestContext) {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
  const out = path.join(root, 'out');
  const run = ['run', raw, '--no-flat-field', '--out', out];
  assert.equal((await darkroom(run)).code, 0);
  const watch = ['watch', raw, '--no-flat-field', '--out', out, '--until-idle', '1'];
  const commands = { run, watch, 'dry run': [...run, '--dry-run'], report: ['report', out], verify: ['verify', out] };
  return { root, out, commands, file: path.join(out, 'darkroom.sqlite') };
}

type Damage = (file: string) => void;

const change =
  (sql: string): Damage =>
  (file) => {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  };

const DAMAGES: Readonly<Record<string, Damage>> = {
  'cut off': (file) => fs.truncateSync(file, 5000),
  'a page of zeros': (file) => {
    const fd = fs.openSync(file, 'r+');
    fs.writeSync(fd, Buffer.alloc(4096), 0, 4096, 4096 * 3);
    fs.closeSync(fd);
  },
  'a time that is no number': change("UPDATE exposures SET input_mtime_ns = 'yesterday' WHERE output = 'a.mrc'"),
  'a figure that is text': change("UPDATE exposures SET spikes = 'many' WHERE output = 'b.mrc'"),
  'a recipe that is no JSON': change("UPDATE runs SET recipe = '{'"),
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`a damaged journal (${what}) is 1 for every command, and moved away as it says the same command goes on`, async (t) => {
    const { out, file, commands } = await night(t);
    const before = outputs(out);
    damage(file);
    await Promise.all(
      Object.entries(commands).map(async ([name, words]) => {
        // One at a time locks the folder.
        if (name === 'watch') return;
        const { code, stderr } = await darkroom(words);
        assert.equal(code, 1, `${name}: ${stderr}`);
        assert.match(
          stderr,
          /darkroom\.sqlite: the journal is damaged; move it away and give the same command again/,
          name,
        );
        assert.doesNotMatch(stderr, /\bbug\b/, name);
      }),
    );
    const watched = await darkroom(commands.watch);
    assert.equal(watched.code, 1, watched.stderr);
    assert.deepEqual(outputs(out), before);
    fs.renameSync(file, `${file}.damaged`);
    const again = await darkroom(commands.run);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(outputs(out), before);
    assert.equal((await darkroom(commands.verify)).code, 0);
  });
}

const KINDS: Readonly<Record<string, Damage>> = {
  'a pipe': (file) => void spawnSync('mkfifo', [file]),
  'a folder': (file) => fs.mkdirSync(file),
  'a device': (file) => fs.symlinkSync('/dev/null', file),
};

for (const [what, make] of Object.entries(KINDS)) {
  test(`${what} in the place of the journal is 1 for every command, at once`, async (t) => {
    const { file, commands } = await night(t);
    fs.rmSync(file);
    make(file);
    if (!fs.existsSync(file)) return t.skip(`cannot make ${what} here`);
    for (const [name, words] of Object.entries(commands)) {
      const { code, stderr, signal } = await darkroom(words);
      assert.deepEqual([code, signal], [1, null], `${name}: ${stderr}`);
      assert.match(stderr, new RegExp(`darkroom\\.sqlite: found ${what}, expected a`), name);
      assert.doesNotMatch(stderr, /\bbug\b/, name);
    }
  });
}

test("a pipe in the place of SQLite's own journal is refused too", async (t) => {
  const { file, commands } = await night(t);
  if (spawnSync('mkfifo', [`${file}-journal`]).status !== 0) return t.skip('no mkfifo here');
  for (const words of [commands.run, commands.report]) {
    const { code, stderr } = await darkroom(words);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /darkroom\.sqlite-journal: found a pipe/);
  }
});

test('a journal that another program holds is 3 for whoever reads and for run; watch waits until it is free', async (t) => {
  const { root, out, file, commands } = await night(t);
  lay(path.join(root, 'raw'), { 'c.mrc': exposure({ seed: 3 }) });
  const holder = new DatabaseSync(file);
  t.after(() => holder.close());
  holder.exec('BEGIN EXCLUSIVE');
  const { run, watch: _, ...readers } = commands;
  await Promise.all(
    Object.entries({ run, ...readers }).map(async ([name, words]) => {
      const { code, stderr } = await darkroom(words);
      assert.equal(code, 3, `${name}: ${stderr}`);
      assert.match(stderr, /darkroom\.sqlite: the journal is held by another program/, name);
      assert.doesNotMatch(stderr, /\bbug\b/, name);
    }),
  );
  const watching = darkroom([...commands.watch, '--json', '--settle', '0.5']);
  setTimeout(() => holder.exec('COMMIT'), 12_000);
  const { code, events, stderr } = await watching;
  assert.equal(code, 0, stderr);
  const kinds = events.map(({ event }) => event);
  assert.deepEqual([kinds[0], kinds[1]], ['paused', 'resumed'], stderr);
  assert.deepEqual(journal(out, 'SELECT count(*) AS done FROM exposures'), [{ done: 3 }]);
});
