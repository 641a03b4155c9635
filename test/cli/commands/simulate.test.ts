import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openExposure } from '../../../src/formats/index.ts';
import { Arena } from '../../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../../src/kernels/kernels.ts';
import { BIN, darkroom, folderFor } from '../call.ts';

/** The options of a small session; those given overrule it. */
const small = (options: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries({ count: '2', width: '128', height: '96', darks: '8', brights: '8', seed: '7', ...options }).flatMap(
    ([name, value]) => [`--${name}`, value],
  );

const filesIn = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();

/** The bytes of all pixels of an exposure, as they are stored. */
async function pixelsOf(file: string): Promise<Buffer> {
  const memory = createMemory();
  const bytes = 1 << 20;
  const arena = new Arena(instantiate(compileKernels(), memory), memory, { address: extend(memory, bytes), bytes });
  const { source, close } = await openExposure(file);
  try {
    const { width, height, frames, type } = source.exposure;
    const length = width * height * (type === 'float32' ? 4 : 2);
    const address = arena.take(length);
    source.prepare(arena);
    const all: Buffer[] = [];
    for (let frame = 0; frame < frames; frame++) {
      await source.read(frame, 0, height, address);
      all.push(Buffer.from(Uint8Array.from(arena.bytes(address, length))));
    }
    return Buffer.concat(all);
  } finally {
    close();
  }
}

test('the command line that simulate prints corrects the session, in any container, at any dose, with or without references', (t) => {
  const cases = [{}, { format: 'tiff' }, { dose: '0.5' }, { dose: '70' }, { brights: '0' }, { frames: '3' }];
  for (const options of cases) {
    const folder = path.join(folderFor(t), 'a session');
    const { code, out, err } = darkroom('simulate', folder, ...small(options));
    assert.equal(code, 0, err);
    const line = out.split('\n').find((each) => each.startsWith('  darkroom run '))!;
    const called = line.replace('darkroom', `'${process.execPath}' '${BIN}'`);
    const { status, stderr } = spawnSync('sh', ['-c', called], { encoding: 'utf8' });
    assert.equal(status, 0, `${line}\n${stderr}`);
    assert.equal(filesIn(path.join(folder, 'corrected')).filter((name) => name.startsWith('exposure_')).length, 2);
  }
});

test('the same seed makes the same bytes, another seed others', (t) => {
  const folder = folderFor(t);
  const made = ['a', 'b', 'c'].map((name) => {
    const there = path.join(folder, name);
    assert.equal(darkroom('simulate', there, ...small({ seed: name === 'c' ? '8' : '7' })).code, 0);
    return filesIn(there).map((file) => fs.readFileSync(path.join(there, file)));
  });
  assert.deepEqual(made[0], made[1]);
  assert.notDeepEqual(made[0]!.at(-1), made[2]!.at(-1));
});

test('a session as TIFF holds the pixels of the same session as MRC', async (t) => {
  const folder = folderFor(t);
  for (const format of ['mrc', 'tiff'])
    assert.equal(darkroom('simulate', path.join(folder, format), ...small({ frames: '2', format })).code, 0);
  const names = filesIn(path.join(folder, 'mrc'));
  assert.deepEqual(
    filesIn(path.join(folder, 'tiff')),
    names.map((name) => name.replace('.mrc', '.tif')),
  );
  for (const name of names) {
    const [mrc, tiff] = [path.join(folder, 'mrc', name), path.join(folder, 'tiff', name.replace('.mrc', '.tif'))];
    assert.deepEqual(await pixelsOf(tiff), await pixelsOf(mrc), name);
  }
});

test('--no-truth leaves out the truth and the masks', (t) => {
  const folder = path.join(folderFor(t), 'new');
  assert.equal(darkroom('simulate', folder, ...small(), '--no-truth').code, 0);
  assert.deepEqual(new Set(filesIn(folder).map((file) => file.split('/')[0])), new Set(TOP));
});
const TOP = ['bright.mrc', 'brights', 'dark.mrc', 'darks', 'defects.mrc', 'raw'];

test('what would not be a session is refused by name, and nothing is written', (t) => {
  const folder = folderFor(t);
  fs.writeFileSync(path.join(folder, 'notes.txt'), 'mine');
  const cases: readonly (readonly [string[], RegExp])[] = [
    [[folder], /the folder holds notes\.txt, expected an empty folder or a name that is free/],
    [[path.join(folder, 'notes.txt')], /found a file, expected an empty folder/],
    [[], /found 0 folders, expected one/],
    [['a', 'b'], /found 2 folders, expected one/],
    [['new', '--count', '0'], /--count: found "0", expected a whole number from 1/],
    [['new', '--width', 'wide'], /--width: found "wide", expected a whole number from 16 to 16384 \(px\)/],
    [['new', '--dose', '0'], /--dose: found "0", expected a number .*above 0/],
    [['new', '--format', 'dm4'], /--format: found "dm4", expected mrc or tiff/],
  ];
  for (const [argv, message] of cases) {
    const { code, out, err } = darkroom('simulate', ...argv);
    assert.deepEqual([code, out], [1, ''], argv.join(' '));
    assert.match(err, message);
  }
  assert.deepEqual(fs.readdirSync(folder), ['notes.txt']);
  assert.ok(!fs.existsSync('new'));
});
