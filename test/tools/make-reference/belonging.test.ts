/** `darkroom reference` makes darks of darks and brights of brights; what is neither is refused, or doubted where pixels cannot tell. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Refusal } from '../../../src/model/outcome.ts';
import type { Kind } from '../../../src/tools/make-reference/member.ts';
import { type Mean, meanOf } from '../../../src/tools/make-reference/series.ts';
import { type Camera, camera, expose } from '../../../src/tools/simulate/camera.ts';
import { noise } from '../../../src/tools/simulate/noise.ts';
import { scene } from '../../../src/tools/simulate/scene.ts';
import { DATA, noData } from '../../correct/lab.ts';
import { counted } from '../../made/images.ts';
import { madeMrc } from '../../made/mrc.ts';
import { readPlainMrc } from '../../oracle/plain-mrc.ts';
import { darkroom, folder, lay } from '../../run/darkroom.ts';

const SIDE = 384;
const made = camera(SIDE, SIDE, 3);

/** Counts of one exposure; `specimen`: the seed of what is in the beam. */
function shot(dose: number, seed: number, specimen: number | null = null, of: Camera = made): Uint16Array {
  const { width, height } = of;
  const out = new Uint16Array(width * height);
  const expected = dose > 0 ? new Float32Array(width * height).fill(dose) : null;
  if (expected && specimen !== null) scene(width, height, dose, noise(specimen, 9)).expected(0, height, expected);
  expose(of, expected, 0, noise(seed, 7), out);
  return out;
}

const laid = (root: string, name: string, shots: readonly Uint16Array[], width = SIDE): string[] => {
  const named = shots.map((pixels, i) => {
    return [`${name}${i}.mrc`, madeMrc({ width, height: pixels.length / width, mode: 6, pixels })] as const;
  });
  lay(root, Object.fromEntries(named));
  return named.map(([file]) => path.join(root, file));
};

const shots = (dose: number, count: number, first = 1): Uint16Array[] =>
  Array.from({ length: count }, (_, i) => shot(dose, first + i));
const views = (dose: number, count: number): Uint16Array[] =>
  Array.from({ length: count }, (_, i) => shot(dose, 50 + i, 70 + i));

const make = (kind: Kind, files: readonly string[]): Promise<Mean> => meanOf(kind, files, () => {});

async function refused(kind: Kind, files: readonly string[], text: RegExp): Promise<void> {
  const error: unknown = await make(kind, files).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Refusal, `expected a refusal, found ${error}`);
  assert.match(error.message, text);
}

test('brights are no darks: their noise grows with their counts, and as brights they are right', async (t) => {
  const root = folder(t);
  for (const [dose, count] of [
    [1000, 3],
    [5000, 4],
    [20_000, 8],
  ] as const) {
    const files = laid(root, `a${dose}-`, shots(dose, count));
    await refused(
      'dark',
      files,
      /counts whose noise grows with them, as it does under a beam.*darkroom reference bright/,
    );
    assert.deepEqual((await make('bright', files)).notes, []);
  }
});

test('darks are darks, at every offset and any number; as brights they are doubted unless their offset is large', async (t) => {
  const root = folder(t);
  for (const [offset, count] of [
    [0, 3],
    [0, 10],
    [1500, 5],
    [9000, 3],
  ] as const) {
    const files = laid(
      root,
      `b${offset}-${count}-`,
      shots(0, count).map((pixels) => pixels.map((x) => x + offset)),
    );
    assert.deepEqual((await make('dark', files)).notes, []);
    if (offset > 0) continue;
    const { notes } = await make('bright', files);
    assert.match(notes.join(), /noise .* does not grow with their \d+\.\d counts.*are they darks\?/);
  }
});

test('exposures of a specimen are no reference, all of them or one among others', async (t) => {
  const root = folder(t);
  const files = laid(root, 'c', views(500, 5));
  await refused(
    'bright',
    files,
    /c\d\.mrc: at large scale it differs from the series by \d+\.\d % rms.*is there a specimen/,
  );
  await refused('dark', files, /c\d\.mrc: at large scale it differs/);
  const brights = laid(root, 'd', shots(500, 4));
  await refused('bright', [...brights, files[0]!], /c0\.mrc: at large scale/);
  await make('bright', brights);
});

test('right series are never refused: cameras, doses, sizes, beams that drift and lean', async (t) => {
  const root = folder(t);
  for (let seed = 1; seed <= 12; seed++) {
    const [width, height] = [
      [64, 48],
      [333, 97],
      [256, 256],
    ][seed % 3] as [number, number];
    const other = camera(width, height, 100 + seed);
    const dose = [30, 300, 3000, 30_000][seed % 4]!;
    const brights = Array.from({ length: 3 + (seed % 4) }, (_, i) => {
      const out = new Uint16Array(width * height);
      // The beam loses 2 % from one to the next, and its slope changes by as much.
      const beam = Float32Array.from(
        out,
        (_, at) => dose * (1 - 0.02 * i) * (1 + 0.02 * i * ((at % width) / width - 0.5)),
      );
      expose(other, beam, 0, noise(seed * 10 + i, 7), out);
      return out;
    });
    await make('bright', laid(root, `e${seed}-`, brights, width));
    const darks = Array.from({ length: 3 + (seed % 5) }, (_, i) => shot(0, seed * 10 + i, null, other));
    await make('dark', laid(root, `f${seed}-`, darks, width));
  }
});

test('counted electrons, from half a count in each frame on, are never refused', async (t) => {
  const root = folder(t);
  for (const [mean, frames] of [
    [0.5, 10],
    [5, 6],
    [40, 3],
  ] as const) {
    const counts = Array.from(
      { length: frames },
      (_, i) => counted({ width: 300, height: 200, seed: i + 1, mean }).pixels,
    );
    const pixels = counts.flatMap((frame) => [...frame]);
    const name = `stack${frames}.mrc`;
    lay(root, { [name]: madeMrc({ width: 300, height: 200, frames, mode: 6, pixels }) });
    for (const kind of ['dark', 'bright'] as const)
      assert.deepEqual((await make(kind, [path.join(root, name)])).notes, [], `${kind}, ${mean} counts`);
  }
});

test('series around the references of real cameras are told apart', { skip: noData }, async (t) => {
  const root = folder(t);
  for (const session of ['grid-square', 'negative-stain']) {
    const around = (kind: Kind): string[] => {
      const { width, height, pixels } = readPlainMrc(path.join(DATA, session, `${kind}.mrc`));
      const files = [0, 1, 2, 3].map((i) => {
        const { gaussian } = noise(i + 5, 3);
        // Shot noise of what lies above the offset, and five counts of the amplifiers.
        const counts = pixels.map(
          (x) => x + Math.sqrt((kind === 'bright' ? Math.max(0, x - 100) : 0) + 25) * gaussian(),
        );
        return [`${session}-${kind[0]}${i}.mrc`, counts.map((x) => Math.max(0, Math.round(x)))] as const;
      });
      for (const [name, counts] of files) lay(root, { [name]: madeMrc({ width, height, mode: 6, pixels: counts }) });
      return files.map(([name]) => path.join(root, name));
    };
    const [darks, brights] = [around('dark'), around('bright')];
    assert.deepEqual((await make('dark', darks)).notes, []);
    assert.deepEqual((await make('bright', brights)).notes, []);
    await refused('dark', brights, /noise grows with them/);
    assert.match((await make('bright', darks)).notes.join(), /are they darks\?/);
  }
});

test('what files and folders are called, and what their headers say, has to fit', async (t) => {
  const root = folder(t);
  const at = (name: string): string => path.join(root, name);
  const bright = laid(at('brights'), 'x', shots(300, 3));
  const dark = laid(at('darks'), 'y', shots(0, 3));
  const out = at('out.mrc');
  const wrong: [string[], RegExp][] = [
    [['dark', ...bright], /x0\.mrc: the name of its folder says bright, expected a dark/],
    [['bright', ...dark], /y0\.mrc: the name of its folder says dark, expected a bright/],
    [['bright', ...laid(root, 'dark_', shots(300, 3))], /dark_0\.mrc: its name says dark/],
  ];
  for (const [line, text] of wrong) {
    const { code, stderr } = await darkroom(['reference', ...line, '-o', out]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, text);
    assert.ok(!fs.existsSync(out));
  }
  const right = await darkroom(['reference', 'bright', ...bright, '-o', out]);
  assert.equal(right.code, 0, right.stderr);
  const renamed = [0, 1, 2].map((i) => at(`lit${i}.mrc`));
  renamed.forEach((name, i) => {
    fs.renameSync(at(`dark_${i}.mrc`), name);
  });
  await make('bright', renamed);
  assert.match(right.stdout, /mean of 3 exposures, 4[0-9]{2}\.\d counts/);
  await refused(
    'dark',
    [out, ...dark],
    /out\.mrc: its header says that it is a bright reference, expected a dark; leave it out/,
  );
});

test('a raw exposure of the session as bright is refused by name, another reference among them is told', async (t) => {
  const root = folder(t);
  const at = (name: string): string => path.join(root, name);
  const raw = laid(at('raw'), 'exposure_000', views(500, 4));
  const [dark] = laid(root, 'dark', shots(0, 1));
  const [bright] = laid(at('raw'), 'bright', shots(600, 1));
  const line = (given: string, ...more: string[]): string[] => [
    'run',
    at('raw'),
    '--dark',
    dark!,
    '--bright',
    given,
    '-o',
    at('out'),
    // One exposure is a poor reference, as these checks rightly say.
    '--no-reference-checks',
    ...more,
  ];
  const wrong = await darkroom(line(raw[2]!));
  assert.equal(wrong.code, 1, wrong.stderr);
  assert.match(
    wrong.stderr,
    /exposure_0002\.mrc \(bright\): lies among the exposures and has the name, size and type of exposure_0000\.mrc/,
  );
  assert.ok(!fs.existsSync(at('out')), 'nothing ran');
  // The way out, for one that is a bright whatever it is called.
  fs.mkdirSync(at('references'));
  fs.copyFileSync(bright!, at('references/exposure_0009.mrc'));
  const copied = await darkroom(line(at('references/exposure_0009.mrc'), '--exclude', 'bright*'));
  assert.equal(copied.code, 0, copied.stderr);
  const right = await darkroom(line(bright!, '--force'));
  assert.equal(right.code, 0, right.stderr);
  assert.match(right.stderr, /bright0\.mrc: lies among the exposures; it is --bright, and is not corrected/);
});
