/** One picture in every format: as exposure and as reference it gives the same corrected pixels, the right way up. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { darkroom } from '../cli/call.ts';
import { done, fails } from '../correct/reading.ts';
import { CAMERA_FILES, type Picture } from '../made/cameras.ts';
import { badMap, counted } from '../made/images.ts';
import { readPlainStack } from '../oracle/plain-mrc.ts';
import { into, save } from './camera-files.ts';

const [width, height] = [64, 50];
const counts = (seed: number, mean: number): Picture => {
  const { pixels } = counted({ width, height, seed, mean });
  // Brighter towards the bottom: nothing is the same upside down.
  return { width, height, pixels: pixels.map((x, i) => Math.round(x + (mean * i) / (width * height))) };
};
const [raw, dark, bright] = [counts(1, 3000), counts(2, 100), counts(3, 8000)];
const map = { ...badMap({ width, height, seed: 4, single: 9, rows: [3], cols: [60] }), width, height };

const files = (name: string, picture: Picture): string[] =>
  Object.entries(CAMERA_FILES).map(([extension, make]) => save(`${name}/${name}.${extension}`, make(picture)));

const rawFiles = files('raw', raw);
const [darks, brights, maps] = [files('dark', dark), files('bright', bright), files('map', map)];
const references = { dark: darks[0]!, bright: brights[0]!, defects: maps[0]! };

async function correctedPixels(input: string, given: Partial<typeof references>, name: string): Promise<number[]> {
  const recipe = { format: 'mrc' } as const;
  const one = await done({ input, out: path.join(into, 'out'), output: name, references: given, recipe });
  const { pixels } = readPlainStack(fs.readFileSync(one.file))!;
  // MRC from what has the top row first is turned over, from what has the bottom row first it is not: the picture is one.
  return Array.from(pixels);
}

test('one picture as MRC, TIFF, DM3, DM4, SER, TVIPS and EMD gives the same corrected pixels, the right way up', async () => {
  const expected = await correctedPixels(rawFiles[0]!, references, 'expected.mrc');
  for (const [i, file] of rawFiles.entries())
    assert.deepEqual(await correctedPixels(file, references, `raw-${i}.mrc`), expected, path.basename(file));
  const bottom = expected.slice(0, width).reduce((sum, x) => sum + x, 0);
  const top = expected.slice(-width).reduce((sum, x) => sum + x, 0);
  assert.notEqual(bottom, top);
});

test('references in any of these formats correct the same', async () => {
  const expected = await correctedPixels(rawFiles[0]!, references, 'expected.mrc');
  for (let i = 0; i < rawFiles.length; i++) {
    const given = { dark: darks[i]!, bright: brights.at(-1 - i)!, defects: maps[(i + 3) % maps.length]! };
    assert.deepEqual(await correctedPixels(rawFiles[0]!, given, `references-${i}.mrc`), expected, given.dark);
  }
});

test('a run, a dry run, resume, and verify take all of them; the report has what they state', () => {
  const folder = path.join(into, 'all');
  for (const [extension, make] of Object.entries(CAMERA_FILES)) save(`all/of-${extension}.${extension}`, make(raw));
  const out = path.join(into, 'all-out');
  const run = (...more: string[]) => darkroom('run', folder, '-o', out, '--no-flat-field', ...more);
  const number = Object.keys(CAMERA_FILES).length;
  assert.match(run('--dry-run').out, new RegExp(`correct +${number}`));
  const first = run();
  assert.equal(first.code, 0, first.err);
  for (const said of ['.dm3 and .dm4', '.ser', '.tvips', '.emd']) assert.ok(first.err.includes(said), said);
  assert.match(first.err, /files are read, not written: the outputs are MRC/);
  const written = fs.readdirSync(out).filter((name) => name.startsWith('of-'));
  assert.deepEqual(
    written.sort(),
    Object.keys(CAMERA_FILES)
      .map((extension) => `of-${extension}.${extension === 'tif' ? 'tif' : 'mrc'}`)
      .sort(),
  );
  assert.match(run().out, /nothing new/);
  assert.equal(darkroom('verify', out).code, 0);
  const { exposures } = JSON.parse(fs.readFileSync(path.join(out, 'report.json'), 'utf8'));
  const from = exposures.map(({ metadata }: { metadata: { takenFrom?: string } | null }) => metadata?.takenFrom);
  for (const source of ['SER tag', 'TVIPS frame header']) assert.ok(from.includes(source), source);
});

test('of an exposure and its twin in another format one is corrected, the other fails as a collision, and the rest goes on', () => {
  const folder = path.join(into, 'twins');
  save('twins/a.dm4', CAMERA_FILES.dm4!(raw));
  save('twins/a.mrc', CAMERA_FILES.mrc!(raw));
  const run = (...more: string[]) =>
    darkroom('run', folder, '-o', path.join(into, 'twins-out'), '--no-flat-field', ...more);
  save('twins/b.mrc', CAMERA_FILES.mrc!(raw));
  save('twins/b.mrc.gz', gzipSync(CAMERA_FILES.mrc!(raw)));
  save('twins/c.mrc', CAMERA_FILES.mrc!(raw));
  const both = run('--json');
  assert.equal(both.code, 2);
  const outcomes = both.out
    .split('\n')
    .filter((line) => line.includes('"outcome"'))
    .map((line) => JSON.parse(line).outcome);
  const said = outcomes.map(({ input, status, fault }) => [path.basename(input), fault?.kind ?? status]).sort();
  const expected = [
    ['a.dm4', 'done'],
    ['a.mrc', 'collision'],
    ['b.mrc', 'done'],
    ['b.mrc.gz', 'collision'],
    ['c.mrc', 'done'],
  ];
  assert.deepEqual(said, expected);
  const [collision] = outcomes.filter(({ input }) => input.endsWith('b.mrc.gz'));
  assert.match(collision.fault.message, /b\.mrc\.gz: found the same output .*--exclude '\*\.mrc\.gz'/);
  assert.equal(run().code, 2, 'the next run says the same');
  const advised = run('--exclude', '*.mrc.gz', '--exclude', '*.dm4', '--json');
  assert.equal(advised.code, 0, advised.err);
  assert.match(advised.out, /another exposure|"done":1/, 'what is left out makes room');
});

test('a file that was cut short fails as incomplete, whatever its format, and leaves nothing behind', async () => {
  for (const [extension, make] of Object.entries(CAMERA_FILES)) {
    const bytes = make(raw);
    const input = save(`cut/cut.${extension}`, bytes.slice(0, Math.round(bytes.length * 0.6)));
    await fails({ input, out: path.join(into, 'cut-out'), output: 'cut.mrc' }, 'incomplete', /./);
  }
});
