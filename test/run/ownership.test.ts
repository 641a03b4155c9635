/** Files that darkroom did not make stay as they are, whatever is written and whichever way it leads to them. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { leftovers, place, watching } from '../watch/watching.ts';
import {
  darkroom,
  exposure,
  folder,
  journal,
  lay,
  longSession,
  outputs,
  Running,
  references,
  sha256,
  tree,
} from './darkroom.ts';

/** A session that was corrected once: raw folder, output folder, and the command that corrects it. */
async function corrected(t: TestContext) {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'sub/b.mrc': exposure({ seed: 2 }) });
  const out = path.join(root, 'out');
  const command = ['run', raw, '--no-flat-field', '-o', out];
  const { code, stderr } = await darkroom(command);
  assert.equal(code, 0, stderr);
  return { root, raw, out, command };
}

test('a status file is never another file: a watch that is told to write over one refuses, and touches nothing', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure() });
  lay(root, { 'mine.json': '{"mine": 1}', 'out/status.json': '{}' });
  fs.symlinkSync('raw/a.mrc', path.join(root, 'link.json'));
  const before = tree(raw);
  for (const [file, found] of [
    ['raw/a.mrc', /raw\/a\.mrc: exists and was not made by darkroom/],
    ['mine.json', /mine\.json: exists and was not made/],
    ['link.json', /link\.json: found a link/],
    ['raw', /raw: found a folder/],
    [null, /out\/status\.json: exists and was not made/],
  ] as const) {
    const more = file === null ? [] : ['--status-file', path.join(root, file)];
    const ended = await darkroom([
      'watch',
      raw,
      '-o',
      path.join(root, 'out'),
      '--no-flat-field',
      '--until-idle',
      '1',
      ...more,
    ]);
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, found);
    assert.match(ended.stderr, /--status-file/);
  }
  assert.deepEqual(tree(raw), before);
  assert.equal(fs.readFileSync(path.join(root, 'mine.json'), 'utf8'), '{"mine": 1}');
});

test('the status of an earlier watch is replaced, wherever it is', async (t) => {
  const at = place(t);
  const file = path.join(at.folder, 'status of it.json');
  for (let i = 0; i < 2; i++) {
    const watcher = watching(t, at, '--until-idle', '1', '--status-file', file);
    assert.equal(await watcher.ended(), 0, watcher.said());
    assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).state, 'stopped');
  }
});

test('that the journal knows an output does not make what stands there ours', async (t) => {
  const { raw, out, command } = await corrected(t);
  // Of the same size as the output was, then after a failure.
  for (const more of [['--force'], [], ['--despike', 'off']]) {
    fs.copyFileSync(path.join(raw, 'a.mrc'), path.join(out, 'a.mrc'));
    const theirs = sha256(path.join(out, 'a.mrc'));
    if (more.length === 0) fs.utimesSync(path.join(raw, 'a.mrc'), 1, 1);
    const { code, stderr } = await darkroom([...command, ...more]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /out\/a\.mrc: exists and was not made by darkroom; move it away/);
    assert.equal(sha256(path.join(out, 'a.mrc')), theirs);
  }
  assert.equal(journal(out, 'SELECT input FROM collisions').length, 1);
  fs.rmSync(path.join(out, 'a.mrc'));
  assert.equal((await darkroom(command)).code, 0);
});

test('an output of ours that was cut short is made again as MRC; as TIFF nothing tells whose it was, and it is said', async (t) => {
  for (const format of ['mrc', 'tiff']) {
    const { out, command } = await corrected(t);
    const [name, told] = format === 'mrc' ? ['a.mrc', 0] : ['a.tif', 2];
    assert.equal((await darkroom([...command, '--format', format])).code, 0);
    const whole = sha256(path.join(out, name));
    fs.truncateSync(path.join(out, name), 2000);
    const { code, stderr } = await darkroom([...command, '--format', format]);
    assert.equal(code, told, stderr);
    if (told === 0) assert.equal(sha256(path.join(out, name)), whole);
    else assert.match(stderr, /a\.tif: exists and was not made by darkroom, or is cut short; move it away/);
  }
});

test('what another program puts into the place of an output while that is made stays', async (t) => {
  const root = folder(t);
  const out = path.join(root, 'out');
  const run = new Running(['run', longSession(root), '--no-flat-field', '--threads', '1', '--json', '-o', out]);
  assert.ok(await run.outcomes(2), 'the long one is under way');
  fs.writeFileSync(path.join(out, 'slow.mrc'), 'theirs');
  const { code, stderr } = await run.ended;
  assert.equal(code, 2, stderr);
  assert.match(stderr, /out\/slow\.mrc: another program wrote it meanwhile, and it was left as it is/);
  assert.equal(fs.readFileSync(path.join(out, 'slow.mrc'), 'utf8'), 'theirs');
  assert.deepEqual(leftovers(out), []);
});

test('nothing is written through a link that leads out of the output folder, also with --force', async (t) => {
  const { root, out, command } = await corrected(t);
  // Made by darkroom, so that its mark alone would permit it.
  const other = path.join(root, 'other');
  fs.cpSync(path.join(out, 'sub'), other, { recursive: true });
  fs.rmSync(path.join(out, 'sub'), { recursive: true });
  fs.symlinkSync('../other', path.join(out, 'sub'));
  const before = tree(other);
  for (const more of [['--force'], ['--force', '--despike', 'off', '--write-masks']]) {
    const { code, stderr } = await darkroom([...command, ...more]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /out\/sub: a link leads out of the output folder, to \S.*other; remove the link/);
    assert.deepEqual(tree(other), before);
  }
  fs.rmSync(path.join(out, 'sub'));
  assert.equal((await darkroom(command)).code, 0);
});

test('an output folder that is a link itself, and links within it, are as good as any', async (t) => {
  const { root, raw } = await corrected(t);
  fs.mkdirSync(path.join(root, 'real/elsewhere'), { recursive: true });
  fs.symlinkSync('real', path.join(root, 'link'));
  fs.symlinkSync('elsewhere', path.join(root, 'real/sub'));
  const { code, stderr } = await darkroom(['run', raw, '--no-flat-field', '-o', path.join(root, 'link')]);
  assert.equal(code, 0, stderr);
  assert.ok(fs.existsSync(path.join(root, 'real/elsewhere/b.mrc')));
});

test('an output that is a link is not replaced, wherever it leads', async (t) => {
  const { root, out, command } = await corrected(t);
  fs.renameSync(path.join(out, 'a.mrc'), path.join(root, 'archived.mrc'));
  for (const target of ['../archived.mrc', '../nowhere.mrc']) {
    fs.rmSync(path.join(out, 'a.mrc'), { force: true });
    fs.symlinkSync(target, path.join(out, 'a.mrc'));
    const { code, stderr } = await darkroom([...command, '--force']);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /out\/a\.mrc: found a link, which darkroom did not make/);
    assert.equal(fs.readlinkSync(path.join(out, 'a.mrc')), target);
  }
});

const REPORTS = ['report.html', 'report.json', 'exposures.csv'];

test("a user's own report.html, report.json and exposures.csv stay; the run is as good as without them", async (t) => {
  const { out, command } = await corrected(t);
  const made = Object.fromEntries(REPORTS.map((name) => [name, fs.readFileSync(path.join(out, name))]));
  for (const name of REPORTS) {
    const mine = `input,output\n<html>{"version": 1, "mine": true}`;
    fs.writeFileSync(path.join(out, name), mine);
    const others = REPORTS.filter((each) => each !== name);
    for (const each of others) fs.rmSync(path.join(out, each), { force: true });
    for (const line of [
      [...command, '--force'],
      ['report', out],
    ]) {
      const { code, stderr } = await darkroom(line);
      assert.equal(code, 0, stderr);
      assert.match(stderr, new RegExp(`out/${name}: exists and was not made by darkroom; move it away`));
      assert.equal(fs.readFileSync(path.join(out, name), 'utf8'), mine);
      for (const each of others) assert.ok(fs.existsSync(path.join(out, each)), `${each} is written all the same`);
    }
    // Ours are known again.
    fs.writeFileSync(path.join(out, name), made[name]!);
    const { code, stderr } = await darkroom([...command, '--force']);
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /was not made/);
    assert.ok(!fs.readFileSync(path.join(out, name)).equals(made[name]!), `${name} is written again`);
  }
});

test("a user's own trends stay", async (t) => {
  const { root, raw, out } = await corrected(t);
  assert.equal((await darkroom(['run', raw, '--no-flat-field', '-o', path.join(root, 'second')])).code, 0);
  const command = ['report', out, path.join(root, 'second'), '-o', root];
  lay(root, { 'trends.json': '{}', 'trends.html': 'mine' });
  const { stderr } = await darkroom(command);
  assert.match(
    stderr,
    /trends\.json: exists and was not made by darkroom; move it away, or name another folder with --out/,
  );
  assert.deepEqual(
    ['trends.json', 'trends.html'].map((name) => fs.readFileSync(path.join(root, name), 'utf8')),
    ['{}', 'mine'],
  );
  for (const name of ['trends.json', 'trends.html']) fs.rmSync(path.join(root, name));
  for (let i = 0; i < 2; i++) assert.doesNotMatch((await darkroom(command)).stderr, /was not made/);
});

test('.darkroom that is a link, a file or a folder of others is refused, and nothing in it is deleted', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure() });
  const downloads = lay(path.join(root, 'downloads'), { 'film.mkv.part': 'half', '12-3.part': 'theirs' });
  const before = tree(downloads);
  const out = path.join(root, 'out');
  fs.mkdirSync(out);
  const place = path.join(out, '.darkroom');
  for (const [make, found] of [
    [() => fs.symlinkSync('../downloads', place), /out\/\.darkroom: found a link, expected darkroom's own/],
    [() => fs.writeFileSync(place, 'x'), /out\/\.darkroom: found a file/],
    [() => lay(place, { 'film.mkv.part': 'half' }), /out\/\.darkroom: found a folder that darkroom did not make/],
  ] as const) {
    make();
    const { code, stderr } = await darkroom(['run', raw, '--no-flat-field', '-o', out]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, found);
    fs.rmSync(place, { recursive: true });
  }
  assert.deepEqual(tree(downloads), before);
  assert.deepEqual(fs.readdirSync(out), []);
});

test('in .darkroom only what darkroom left unfinished is swept', async (t) => {
  const { out, command } = await corrected(t);
  const place = path.join(out, '.darkroom');
  lay(place, {
    'film.mkv.part': 'theirs',
    '77-3.part': '',
    '77-3.part-mask.part': '',
    'darkroom-report.html.77.part': '',
    'report.json.77.part': '',
  });
  fs.symlinkSync('../a.mrc', path.join(place, '78-1.part'));
  assert.equal((await darkroom(command)).code, 0);
  assert.deepEqual(
    fs
      .readdirSync(place)
      .filter((name) => name.endsWith('.part'))
      .sort(),
    ['78-1.part', 'film.mkv.part'],
  );
});

test('a journal is never made of an empty file that somebody is about to fill, nor behind a link that leads nowhere', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure(), 'coming.mrc': '' });
  fs.symlinkSync('raw/later.mrc', path.join(root, 'link.sqlite'));
  fs.symlinkSync('raw/coming.mrc', path.join(root, 'there.sqlite'));
  for (const [file, found] of [
    ['raw/coming.mrc', /coming\.mrc: found an empty file that darkroom did not make, expected a journal/],
    ['there.sqlite', /there\.sqlite: found an empty file/],
    ['link.sqlite', /link\.sqlite: found a link that leads nowhere/],
  ] as const) {
    const { code, stderr } = await darkroom([
      'run',
      path.join(raw, 'a.mrc'),
      '--no-flat-field',
      '-o',
      path.join(root, 'out'),
      '--journal',
      path.join(root, file),
    ]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, found);
  }
  assert.deepEqual(fs.readdirSync(raw), ['a.mrc', 'coming.mrc']);
  assert.equal(fs.statSync(path.join(raw, 'coming.mrc')).size, 0);
});

test('reference: --overwrite replaces what darkroom reference made, and nothing else', async (t) => {
  const root = folder(t);
  lay(root, {
    '1.mrc': exposure({ seed: 1 }),
    '2.mrc': exposure({ seed: 2 }),
    '3.mrc': exposure({ seed: 4 }),
    'theirs.mrc': exposure({ seed: 3 }),
  });
  const make = (...more: string[]) =>
    darkroom(['reference', 'dark', '1.mrc', '2.mrc', '3.mrc', ...more], { cwd: root });
  assert.equal((await make('-o', 'dark.mrc')).code, 0);
  const refused = await make('-o', 'dark.mrc');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /dark\.mrc: exists; move it away, or choose another name, or give --overwrite/);
  assert.equal((await make('-o', 'dark.mrc', '--overwrite')).code, 0);
  const before = tree(root);
  const refusals: [string, RegExp][] = [
    ['theirs.mrc', /theirs\.mrc: exists and was not made by darkroom/],
    ['1.mrc', /1\.mrc: is one of the files that the reference is made of/],
  ];
  for (const [name, found] of refusals) {
    const { code, stderr } = await make('-o', name, '--overwrite');
    assert.equal(code, 1);
    assert.match(stderr, found);
  }
  assert.deepEqual(tree(root), before);
});

test('a map of defects and a reference leave alone what has the name of their unfinished file', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
  const { dark, bright } = references(root);
  const out = path.join(root, 'out');
  assert.equal((await darkroom(['run', raw, '--dark', dark, '--bright', bright, '-o', out])).code, 0);
  lay(root, { 'new.mrc.part': 'mine', 'there.mrc': 'mine' });
  const write = (file: string) => darkroom(['report', out, '--write-defects', file], { cwd: root });
  assert.equal((await write('new.mrc')).code, 0);
  assert.equal(fs.readFileSync(path.join(root, 'new.mrc.part'), 'utf8'), 'mine');
  const { code, stderr } = await write('there.mrc');
  assert.equal(code, 1);
  assert.match(stderr, /there\.mrc: exists; move it away, or name another file for the map/);
  assert.equal(fs.readFileSync(path.join(root, 'there.mrc'), 'utf8'), 'mine');
});

test('an output folder where no folder can be made is refused at once', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure() });
  const nowhere = process.platform === 'linux' ? '/proc/darkroom/out' : '/dev/null/out';
  for (const [line, found] of [
    [
      ['run', raw, '--no-flat-field', '-o', nowhere],
      /the folder cannot be made or written: .*\(E\w+\)|\/dev\/null is a file/,
    ],
    [
      ['simulate', nowhere, '--count', '1', '--width', '32', '--height', '32'],
      /cannot be written: .*\(E\w+\)|found a file/,
    ],
    [
      ['run', raw, '--no-flat-field', '-o', path.join(root, 'out'), '--journal', `${nowhere}/j.sqlite`],
      /j\.sqlite: cannot be written: .*\(E\w+\)/,
    ],
  ] as const) {
    const { code, stderr } = await darkroom(line);
    assert.equal(code, 1, stderr);
    assert.match(stderr, found);
    assert.doesNotMatch(stderr, /\bbug\b/);
  }
  assert.deepEqual(Object.keys(outputs(raw)), ['a.mrc']);
});
