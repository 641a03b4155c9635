/** Which files are exposures, and under which name each is written. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type ScanOptions, scan } from '../../src/intake/scan.ts';
import { Refusal } from '../../src/model/outcome.ts';
import { folder, lay } from '../run/darkroom.ts';

/** Outputs of what is found below `root`, or in the inputs named relative to it. */
async function found(root: string, options: Partial<ScanOptions> = {}, inputs = ['.']): Promise<string[]> {
  const { jobs } = await scanned(root, options, inputs);
  return jobs.map(({ output }) => output).sort();
}

const scanned = (root: string, options: Partial<ScanOptions> = {}, inputs = ['.']) =>
  scan(
    inputs.map((input) => path.resolve(root, input)),
    {
      out: path.join(root, 'out'),
      include: [],
      exclude: [],
      references: [],
      format: 'same',
      allowCorrected: false,
      ...options,
    },
  );

const files = (...names: string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, 'x']));

test('exposures are known by their extension in any case, in folders of any depth', async (t) => {
  const names = ['a.mrc', 'b.MRC', 'c.Mrcs', 'd.st', 'e.TIF', 'f.tiff', 'g/h/i.j/k.mrc'];
  const root = lay(folder(t), files(...names, 'l.txt', 'mrc', 'n.mrc.gz', 'o.mrc.part', 'p.mrc~', 'q.txt.gz'));
  // Outputs have no .gz.
  assert.deepEqual(await found(root), [...names, 'n.mrc']);
});

test('hidden files and folders, the output folder and the references in use are left out', async (t) => {
  const root = lay(
    folder(t),
    files('a.mrc', '.b.mrc', '.c/d.mrc', 'out/e.mrc', 'out/f/g.mrc', 'refs/dark.mrc', 'h/out/i.mrc'),
  );
  assert.deepEqual(await found(root, { references: [path.join(root, 'refs/dark.mrc')] }), ['a.mrc', 'h/out/i.mrc']);
  fs.symlinkSync('refs/dark.mrc', path.join(root, 'linked-dark.mrc'));
  assert.deepEqual(await found(root, { references: [path.join(root, 'linked-dark.mrc')] }), ['a.mrc', 'h/out/i.mrc']);
});

test('patterns are held against the name, or against the path when they have a slash; to leave out wins', async (t) => {
  const root = lay(folder(t), files('a.mrc', 'a_dose.mrc', 'grid1/b.mrc', 'grid1/b_dose.mrc', 'grid2/c.tif'));
  const cases: [Partial<ScanOptions>, string[]][] = [
    [{ include: ['*_dose.mrc'] }, ['a_dose.mrc', 'grid1/b_dose.mrc']],
    [{ include: ['grid1/*'] }, ['grid1/b.mrc', 'grid1/b_dose.mrc']],
    [{ include: ['**/c.*', 'a.mrc'] }, ['a.mrc', 'grid2/c.tif']],
    [{ exclude: ['*_dose.mrc', 'grid2/**'] }, ['a.mrc', 'grid1/b.mrc']],
    [{ include: ['*.mrc'], exclude: ['grid1/**'] }, ['a.mrc', 'a_dose.mrc']],
    [{ include: ['nothing'] }, []],
  ];
  for (const [options, expected] of cases)
    assert.deepEqual(await found(root, options), expected, JSON.stringify(options));
});

test('the plain name of a folder, or a pattern that ends in a slash, takes all that is in it', async (t) => {
  const root = lay(
    folder(t),
    files('a.mrc', 'corrected/b.mrc', 'grid1/corrected/c/d.mrc', 'grid1/e.mrc', 'corrected.mrc', 'x.mrc/f.mrc'),
  );
  const all = [
    'a.mrc',
    'corrected.mrc',
    'corrected/b.mrc',
    'grid1/corrected/c/d.mrc',
    'grid1/e.mrc',
    'x.mrc',
    'x.mrc/f.mrc',
  ];
  const without = (...names: string[]): string[] => all.filter((name) => !names.includes(name));
  const cases: [Partial<ScanOptions>, string[]][] = [
    ...['corrected', 'corrected/', './corrected', 'corrected//', 'correcte*/'].map(
      (glob): [Partial<ScanOptions>, string[]] => [
        { exclude: [glob] },
        without('corrected/b.mrc', 'grid1/corrected/c/d.mrc'),
      ],
    ),
    [{ exclude: ['grid1/corrected'] }, without('grid1/corrected/c/d.mrc')],
    [{ exclude: ['grid1/corrected/'] }, without('grid1/corrected/c/d.mrc')],
    [{ include: ['corrected'] }, ['corrected/b.mrc', 'grid1/corrected/c/d.mrc']],
    [{ include: ['grid1/'], exclude: ['c'] }, ['grid1/e.mrc']],
    // A pattern with wild cards is for files, as it always was.
    [{ exclude: ['correct*'] }, without('corrected.mrc')],
    [{ exclude: ['a.mrc/'] }, all],
    [{ exclude: ['/'] }, all],
  ];
  for (const [options, expected] of cases)
    assert.deepEqual(await found(root, options), expected, JSON.stringify(options));
});

test('a pattern that matched nothing is said, one that matched anything is not, even no exposure', async (t) => {
  const root = lay(folder(t), files('a.mrc', 'logs/b.txt', 'c_dose.mrc'));
  const { notes } = await scanned(root, {
    include: ['*.mrc', '*.tif', 'a.*'],
    exclude: ['logs', '*.txt', 'nowhere', 'nowhere/', '/data/raw', '*_dose.mrc'],
  });
  assert.deepEqual(
    notes.map((note) => note.split(':')[0]),
    ['--include *.tif', '--exclude nowhere', '--exclude nowhere/', '--exclude /data/raw'],
  );
  assert.match(notes[0]!, /matches nothing; a pattern without "\/" is for names of files and folders anywhere/);
  fs.mkdirSync(path.join(root, 'empty'));
  assert.deepEqual((await scanned(root, { exclude: ['x'] }, ['empty'])).notes, []);
});

test('output folders of other runs are left out and said, unless --allow-corrected is given or they are named', async (t) => {
  const root = lay(
    folder(t),
    files('a.mrc', 'twice/.darkroom/lock.sqlite', 'twice/b.mrc', 'twice/c/d.mrc', 'other/.darkroom/x', 'other/e.mrc'),
  );
  assert.deepEqual(await found(root), ['a.mrc', 'other/e.mrc']);
  const { notes } = await scanned(root);
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /twice: is left out: an output folder of darkroom.*--allow-corrected/);
  assert.deepEqual(await found(root, { allowCorrected: true }), [
    'a.mrc',
    'other/e.mrc',
    'twice/b.mrc',
    'twice/c/d.mrc',
  ]);
  assert.deepEqual(await found(root, {}, ['twice']), ['b.mrc', 'c/d.mrc']);
});

test('links to folders are told by name, a few of them', async (t) => {
  const root = lay(folder(t), files('a.mrc', 'elsewhere/b.mrc'));
  for (let i = 0; i < 6; i++) fs.symlinkSync('elsewhere', path.join(root, `link${i}`));
  // That one is left out anyway.
  fs.mkdirSync(path.join(root, 'out'));
  fs.symlinkSync('out', path.join(root, 'corrected'));
  const { notes } = await scanned(root);
  assert.deepEqual(
    notes.map((note) => /is a link to a folder, which is not followed|more links to folders/.exec(note)?.[0]),
    [...Array(3).fill('is a link to a folder, which is not followed'), 'more links to folders'],
  );
});

test('a file that is named is taken whatever its extension and the patterns say, under its own name', async (t) => {
  const root = lay(folder(t), files('raw/a.mrc', 'raw/deep/b.dat'));
  assert.deepEqual(await found(root, { exclude: ['*'] }, ['raw/a.mrc', 'raw/deep/b.dat']), ['a.mrc', 'b.dat']);
});

test('a file that is found twice counts once', async (t) => {
  const root = lay(folder(t), files('raw/a.mrc', 'raw/b.mrc'));
  fs.symlinkSync('raw', path.join(root, 'link'));
  const { jobs } = await scanned(root, {}, ['raw', 'raw/', 'raw/a.mrc', 'link', 'link/b.mrc']);
  assert.deepEqual(
    jobs,
    ['a.mrc', 'b.mrc'].map((output) => ({ input: path.join(root, 'raw', output), output })),
  );
});

test('links to files are read, links to folders are left out, whatever their names', async (t) => {
  const root = lay(folder(t), files('raw/a.mrc', 'elsewhere/b.mrc'));
  fs.symlinkSync('../elsewhere', path.join(root, 'raw/folder'));
  fs.symlinkSync('../elsewhere', path.join(root, 'raw/folder.mrc'));
  fs.symlinkSync('.', path.join(root, 'raw/round'));
  fs.symlinkSync('../elsewhere/b.mrc', path.join(root, 'raw/c.mrc'));
  assert.deepEqual(await found(root, {}, ['raw']), ['a.mrc', 'c.mrc']);
});

test('formats that are not read are counted by extension', async (t) => {
  const root = lay(folder(t), files('a.mib', 'b.MIB', 'c/d.mib', 'e.eer', 'f.txt', 'g.log', 'h.mrc'));
  const { unsupported, jobs } = await scanned(root);
  assert.deepEqual(Object.fromEntries(unsupported), { '.mib': 3, '.eer': 1 });
  assert.equal(jobs.length, 1);
});

test('only --format changes the extension, and only into the other container', async (t) => {
  const root = lay(folder(t), files('a.MRC', 'b.tiff', 'c.st', 'd.x.tif'));
  assert.deepEqual(await found(root, { format: 'tiff' }), ['a.tif', 'b.tiff', 'c.tif', 'd.x.tif']);
  assert.deepEqual(await found(root, { format: 'mrc' }), ['a.MRC', 'b.mrc', 'c.st', 'd.x.mrc']);
});

test('a path that is not there is refused by name, an empty folder is none of anything', async (t) => {
  const root = folder(t);
  await assert.rejects(
    found(root, {}, ['none']),
    (error) => error instanceof Refusal && /none: there is no such/.test(error.message),
  );
  const { jobs, unusable, unsupported } = await scanned(root);
  assert.deepEqual([jobs, unusable, unsupported.size], [[], [], 0]);
});
