/** Exposures that must not come out wrong: each is right, or suspect, or fails by name and leaves nothing behind. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { grey, makeTiff } from '../formats/tiff/maker.ts';
import { counted, noisy } from '../made/images.ts';
import { type MadeMrc, madeMrc } from '../made/mrc.ts';
import type { Image } from '../oracle/image.ts';
import { correctOne } from './lab.ts';
import { done, fails, folder, readBack } from './reading.ts';

const into = folder();
const SIZE = { width: 64, height: 50 };

function save(name: string, image: Image<ArrayLike<number>>, made: Partial<MadeMrc> = {}): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, madeMrc({ mode: 6, ...image, ...made }));
  return file;
}

const good = save('good.mrc', counted({ ...SIZE, seed: 1 }));
const filled = (value: (i: number) => number): Image => ({
  ...SIZE,
  pixels: Float32Array.from({ length: 3200 }, (_, i) => value(i)),
});
const norm = save('norm.mrc', noisy({ ...SIZE, seed: 2, mean: 1, deviation: 0.05 }), { mode: 2 });

test('a movie of 0.05 counts a pixel is not despiked by itself, and fails when leginon is told to', async () => {
  const frames = counted({ ...SIZE, height: 250, seed: 3, mean: 0.05 });
  const input = save('movie.mrc', { ...SIZE, pixels: frames.pixels }, { frames: 5 });
  const out = folder();
  const kept = await done({ input, out });
  assert.deepEqual([...(await readBack(kept.file)).pixels], [...frames.pixels]);
  const recipe = { despike: 'leginon', despikeFrames: true } as const;
  await fails({ input, out: folder(), recipe }, 'spikes', /ppm.*at most 5000.*--despike off/);
  assert.ok((await done({ input, out, recipe: { ...recipe, maxSpikes: 1e6 } })).counts.spikes > 100);
});

test('counted 8-bit pixels are not despiked either', async () => {
  const input = save('counted.mrc', counted({ ...SIZE, seed: 3, mean: 0.05 }), { mode: 0 });
  assert.deepEqual((await done({ input, out: folder() })).steps, ['clip']);
});

test('floats from 0 to 3 become float32, and never whole numbers', async () => {
  const image = filled((i) => (i % 301) / 100);
  const input = save('floats.mrc', image, { mode: 2 });
  const out = folder();
  const recipe = { despike: 'off' } as const;
  const same = await done({ input, out, recipe });
  assert.deepEqual((await readBack(same.file)).pixels, image.pixels);
  for (const type of ['uint16', 'int16'] as const) {
    await fails(
      { input, out: folder(), recipe: { ...recipe, type } },
      'range',
      /rounding ruins them; use --type float32/,
    );
  }
  const scaled = await done({ input, out, recipe: { ...recipe, type: 'uint16', scale: 1000 } });
  assert.equal((await readBack(scaled.file)).pixels[299], 2990);
});

test('signed counts stay signed, and as uint16 they fail unless an offset keeps them', async () => {
  const image = filled((i) => (i % 2 ? -1 : 1) * (i % 700));
  const input = save('signed.mrc', image, { mode: 1 });
  const out = folder();
  const recipe = { despike: 'off' } as const;
  const same = await done({ input, out, recipe });
  assert.deepEqual([...(await readBack(same.file)).pixels], [...image.pixels.map((x) => x + 0)]);
  await fails({ input, out: folder(), recipe: { ...recipe, type: 'uint16' } }, 'range', /\d+ pixels below.*--offset/);
  const lifted = await done({ input, out, recipe: { ...recipe, type: 'uint16', offset: 1000 } });
  assert.equal((await readBack(lifted.file)).pixels[699], 1000 - 699);
});

test('more than 1000 ppm clipped is suspect, more than 1 % fails; saturated pixels are not held against it', async () => {
  const clipped = (count: number): string =>
    save(
      `high${count}.mrc`,
      filled((i) => (i < count ? 900 : 100 + (i % 50))),
    );
  const recipe = { despike: 'off', clipHigh: 500 } as const;
  const asked = (count: number) => ({ input: clipped(count), out: folder(), recipe });
  assert.deepEqual((await done(asked(3))).suspect, []);
  assert.match((await done(asked(4))).suspect.join(), /0\.125 % of the pixels were changed/);
  assert.equal((await done(asked(32))).suspect.length, 1);
  await fails(asked(33), 'range', /1\.03 % of the pixels.*33 above.*expected at most 1 %/);
  const saturated = await done({ ...asked(33), recipe: { ...recipe, saturation: 900 } });
  assert.deepEqual([saturated.suspect, saturated.counts.saturated, saturated.counts.clippedHigh], [[], 33, 0]);
  // Without a clip, the range of the type counts the same.
  await fails({ ...asked(33), recipe: { ...recipe, steps: [], scale: 100 } }, 'range', /33 outside uint16/);
});

test('uint16 MRC above 32 767 is suspect, TIFF and float32 are not', async () => {
  const input = save(
    'bright.mrc',
    filled((i) => 32_700 + (i % 68)),
  );
  const brighter = save(
    'brighter.mrc',
    filled((i) => 32_700 + (i % 69)),
  );
  const out = folder();
  assert.deepEqual((await done({ input, out })).suspect, []);
  assert.match((await done({ input: brighter, out })).suspect.join(), /pixels up to 32768.*--type float32/);
  assert.deepEqual((await done({ input: brighter, out, recipe: { format: 'tiff' } })).suspect, []);
  assert.deepEqual((await done({ input: brighter, out, recipe: { type: 'float32' } })).suspect, []);
});

test('whole numbers of few counts with a norm are suspect, unless they are scaled or no norm is used', async () => {
  const input = save('faint.mrc', counted({ ...SIZE, seed: 6, mean: 15 }));
  const out = folder();
  const references = { norm };
  assert.match((await done({ input, out, references })).suspect.join(), /rounding undoes the norm; use --scale 32/);
  for (const recipe of [{ scale: 32 }, { type: 'float32' as const }, { steps: ['clip' as const] }]) {
    assert.deepEqual((await done({ input, out, references, recipe })).suspect, []);
  }
  assert.deepEqual((await done({ input, out })).suspect, []);
});

test('with --strict a suspect exposure fails, an unsuspicious one does not', async () => {
  const input = save(
    'brighter.mrc',
    filled((i) => 32_700 + (i % 69)),
  );
  await fails({ input, out: folder(), recipe: { strict: true } }, 'suspect', /pixels up to 32768.*\(--strict\)/);
  assert.deepEqual((await done({ input: good, out: folder(), recipe: { strict: true } })).suspect, []);
});

test('references of another size fail the exposure with both sizes', async () => {
  const other = save('other.mrc', counted({ width: 50, height: 64, seed: 1 }));
  await fails({ input: other, out: folder(), references: { norm } }, 'geometry', /50 x 64.*64 x 50.*turned by 90/);
});

test('a truncated exposure is incomplete, also when it is cut while it is read', async () => {
  const cut = path.join(into, 'cut.mrc');
  fs.writeFileSync(cut, fs.readFileSync(good).subarray(0, 5000));
  await fails({ input: cut, out: folder() }, 'incomplete', /found 5000 bytes, expected 7424/);
  fs.copyFileSync(good, cut);
  const meanwhile = (): void => fs.truncateSync(cut, 3000);
  await fails({ input: cut, out: folder(), bandBytes: 1024, meanwhile }, 'incomplete', /ends at byte 3\d\d\d/);
});

test('an exposure that changes while it is read fails, and the old output stays', async () => {
  const out = folder();
  const input = path.join(into, 'changing.mrc');
  const CHANGES: Record<string, () => void> = {
    'another time': () => fs.utimesSync(input, 1, 1),
    'a longer file': () => fs.appendFileSync(input, 'more'),
    'another file': () => {
      fs.copyFileSync(good, `${input}.new`);
      fs.renameSync(`${input}.new`, input);
    },
    'no file': () => fs.rmSync(input),
  };
  for (const [name, meanwhile] of Object.entries(CHANGES)) {
    fs.copyFileSync(good, input);
    const before = fs.readFileSync((await done({ input, out })).file);
    await fails({ input, out, meanwhile }, 'changed', /changed while it was read/).catch((error) =>
      assert.fail(`${name}: ${error.message}`),
    );
    assert.deepEqual(fs.readFileSync(path.join(out, 'changing.mrc')), before, name);
  }
});

test('the raw file is never replaced, whichever way the output leads to it', async () => {
  const out = folder();
  const bytes = fs.readFileSync(good);
  await fails({ input: good, out: into, output: 'good.mrc' }, 'collision', /is the raw file itself/);
  fs.linkSync(good, path.join(out, 'hard.mrc'));
  await fails({ input: good, out, output: 'hard.mrc' }, 'collision', /is the raw file itself/);
  fs.symlinkSync(good, path.join(out, 'soft.mrc'));
  await fails({ input: good, out, output: 'soft.mrc' }, 'collision', /is the raw file itself/);
  assert.deepEqual(fs.readFileSync(good), bytes);
});

test('a file of others at the output stays; one of ours that the journal missed is replaced', async () => {
  const out = folder();
  const foreign = path.join(out, 'good.mrc');
  for (const content of [fs.readFileSync(good), Buffer.from('a letter'), Buffer.alloc(0)]) {
    fs.writeFileSync(foreign, content);
    await fails({ input: good, out }, 'collision', /exists and was not made by darkroom/);
    assert.deepEqual(fs.readFileSync(foreign), content);
  }
  fs.rmSync(foreign);
  for (const format of ['mrc', 'tiff'] as const) {
    const asked = { input: good, out, output: `ours.${format}`, recipe: { format } };
    const { file } = await done(asked);
    const bytes = fs.readFileSync(file);
    await done(asked);
    assert.deepEqual(fs.readFileSync(file), bytes);
  }
});

test('an output is known to be ours without the journal, whatever its header was full of', async () => {
  const labels = Array.from({ length: 10 }, (_, i) => `of others ${i}`);
  const image = counted({ ...SIZE, seed: 1 });
  const full = save('full.mrc', image, { labels });
  const lines = path.join(into, 'lines.tif');
  const text = Array.from({ length: 40 }, (_, i) => `line ${i}`).join('\n');
  fs.writeFileSync(
    lines,
    makeTiff([
      {
        fields: grey(64, 50, 16, [{ tag: 270, type: 2, values: [...Buffer.from(`${text}\0`)] }]),
        blocks: [Buffer.from(Uint16Array.from(image.pixels).buffer)],
      },
    ]),
  );
  for (const input of [full, lines]) {
    for (const format of ['mrc', 'tiff'] as const) {
      const asked = { input, out: folder(), output: `out.${format}`, recipe: { format } };
      const { file, notes } = await done(asked);
      const bytes = fs.readFileSync(file);
      await done(asked);
      assert.deepEqual(fs.readFileSync(file), bytes);
      assert.equal(notes.join().includes('label'), format === 'mrc', `what is lost is said: ${notes}`);
    }
  }
});

test('an extended header that the other container cannot hold is said, and --format same keeps it', async () => {
  const extended = { type: 'FEI1', bytes: new Uint8Array(768).fill(7) };
  const input = save('extended.mrc', counted({ ...SIZE, seed: 1 }), { extended });
  const lost = /no place for the extended header \(FEI1\).*--format same keeps it/;
  assert.match((await done({ input, out: folder(), output: 'x.tif', recipe: { format: 'tiff' } })).notes.join(), lost);
  const same = await done({ input, out: folder() });
  assert.deepEqual(same.notes, []);
  assert.deepEqual(fs.readFileSync(same.file).subarray(1024, 1024 + 768), Buffer.from(extended.bytes));
  assert.deepEqual(
    (await done({ input: good, out: folder(), output: 'x.tif', recipe: { format: 'tiff' } })).notes.filter((note) =>
      /extended/.test(note),
    ),
    [],
  );
});

test('what another program writes to the place of an output meanwhile stays, new or instead of ours', async () => {
  const out = folder();
  const place = path.join(out, 'good.mrc');
  const meanwhile = (): void => fs.writeFileSync(place, 'theirs');
  for (const before of ['nothing', 'ours']) {
    if (before === 'ours') await done({ input: good, out });
    const outcome = await correctOne({ input: good, out, meanwhile });
    assert.equal(outcome.status === 'failed' && outcome.fault.kind, 'collision', before);
    assert.match(outcome.status === 'failed' ? outcome.fault.message : '', /another program wrote it meanwhile/);
    assert.equal(fs.readFileSync(place, 'utf8'), 'theirs');
    assert.deepEqual(fs.readdirSync(out), ['good.mrc'], 'nothing unfinished is left');
    fs.rmSync(place);
  }
  await done({ input: good, out });
});

test('what darkroom wrote is no raw exposure, whatever it is, unless somebody means it', async () => {
  const made = folder();
  const { file } = await done({ input: good, out: made });
  const { file: tif } = await done({ input: good, out: made, output: 'good.tif', recipe: { format: 'tiff' } });
  for (const input of [file, tif]) {
    await fails(
      { input, out: folder() },
      'corrected',
      /found an image that darkroom wrote.*--exclude.*--allow-corrected/,
    );
    await done({ input, out: folder(), recipe: { allowCorrected: true } });
  }
});

test('an output folder that is none fails as output, not as a bug', async () => {
  const out = folder();
  fs.writeFileSync(path.join(out, 'sub'), 'a file');
  const outcome = await correctOne({ input: good, out, output: 'sub/good.mrc' });
  assert.equal(outcome.status, 'failed');
  if (outcome.status === 'failed') {
    assert.equal(outcome.fault.kind, 'output', outcome.fault.message);
    assert.match(outcome.fault.message, /sub\/good\.mrc: cannot be written: .*\(E\w+\)/);
  }
});

test("an output folder without permission is nobody's failure: away, until it may be written again", {
  skip: process.getuid?.() === 0 ? 'root may write everywhere' : false,
}, async () => {
  const out = folder();
  fs.chmodSync(out, 0o555);
  await fails({ input: good, out }, 'away', /may not be written: permission denied \(EACCES\).*permissions/);
});

test('an image smaller than the window of despike is left as it is, which is said', async () => {
  const input = save('small.mrc', {
    width: 10,
    height: 12,
    pixels: Array.from({ length: 120 }, (_, i) => (i ? 0 : 900)),
  });
  const one = await done({ input, out: folder() });
  assert.deepEqual([one.counts.spikes, (await readBack(one.file)).pixels[0]], [0, 900]);
  assert.match(one.notes.join(), /smaller than the despike neighbourhood \(11 px\)/);
});

test('what an output says of itself: counts, statistics and labels are of the pixels written', async () => {
  const one = await done({ input: good, out: folder(), references: { norm } });
  const { pixels, description } = await readBack(one.file);
  const all = [...pixels];
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  assert.deepEqual([one.statistics.min, one.statistics.max], [Math.min(...all), Math.max(...all)]);
  assert.ok(Math.abs(one.statistics.mean - mean) < 1e-9);
  assert.match(
    description.join('\n'),
    /^darkroom \d+\.\d+\.\d+: flat-field, .*despike robust 9\/8.*norm\.mrc [0-9a-f]{12}/s,
  );
  assert.equal(one.bytesOut, fs.statSync(one.file).size);
  for (const micros of Object.values(one.times)) assert.ok(Number.isInteger(micros) && micros >= 0);
});
