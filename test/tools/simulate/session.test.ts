import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256 } from '../../../src/files/input-file.ts';
import { WORDS } from '../../../src/formats/mrc/header.ts';
import { type Session, simulate } from '../../../src/tools/simulate/session.ts';
import { flatField } from '../../oracle/flat-field.ts';
import { normFrom } from '../../oracle/norm.ts';
import { readPlainMrc } from '../../oracle/plain-mrc.ts';

const small: Session = {
  count: 2,
  width: 352,
  height: 225,
  seed: 4,
  dose: 800,
  format: 'mrc',
  darks: 12,
  brights: 12,
  truth: true,
};

async function simulated(t: TestContext, session: Session): Promise<{ folder: string; files: string[] }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-simulate-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return { folder, files: await simulate(folder, session) };
}

const hashes = ({ folder, files }: { folder: string; files: string[] }): Record<string, string> =>
  Object.fromEntries(files.map((file) => [path.relative(folder, file), sha256(file)]));

test('the same seed gives the same bytes, and more exposures change none that were there', async (t) => {
  const first = hashes(await simulated(t, small));
  assert.deepEqual(hashes(await simulated(t, small)), first);
  const more = hashes(await simulated(t, { ...small, count: 3 }));
  assert.deepEqual({ ...more, ...first }, more);
  assert.equal(Object.keys(more).length, Object.keys(first).length + 3);
  const other = hashes(await simulated(t, { ...small, seed: 5 }));
  for (const [file, hash] of Object.entries(first)) assert.notEqual(other[file], hash, file);
});

test('a session holds what was asked for, and its list names all of it', async (t) => {
  const { folder, files } = await simulated(t, { ...small, darks: 2, brights: 0, truth: false });
  const found = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const there = found.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  assert.deepEqual([...files].sort(), there.sort());
  assert.deepEqual(
    files.map((file) => path.relative(folder, file)),
    [
      'defects.mrc',
      'darks/dark_0001.mrc',
      'darks/dark_0002.mrc',
      'dark.mrc',
      'raw/exposure_0001.mrc',
      'raw/exposure_0002.mrc',
    ],
  );
});

test('nothing that is there is overwritten', async (t) => {
  const { folder } = await simulated(t, small);
  await assert.rejects(simulate(folder, small), /defects\.mrc: exists; move it away/);
});

test('with its own references an exposure comes back to the truth, within the noise of its counts', async (t) => {
  const { folder } = await simulated(t, small);
  const read = (name: string) => readPlainMrc(path.join(folder, name));
  const { dark, norm } = normFrom(read('dark.mrc'), read('bright.mrc'));
  const truth = read('truth/exposure_0001.mrc').pixels;
  const hit = read('spikes/exposure_0001.mrc').pixels;
  const bad = read('defects.mrc').pixels;
  const flat = flatField(read('raw/exposure_0001.mrc'), dark, norm).image.pixels;
  const good = [...flat.keys()].filter((i) => hit[i] === 0 && bad[i] === 0);
  const total = (pixels: Float32Array): number => good.reduce((sum, i) => sum + pixels[i]!, 0);
  // A norm keeps the mean of the bright, so the whole is known but for one factor.
  const factor = total(flat) / total(truth);
  assert.ok(factor > 0.8 && factor < 1.05, `factor ${factor}`);
  const deviations = good.map((i) => (flat[i]! - factor * truth[i]!) / Math.sqrt(factor * truth[i]! * norm.pixels[i]!));
  const variance = deviations.reduce((sum, d) => sum + d * d, 0) / good.length;
  // Shot noise alone is 1; the amplifiers and the noise of the references add a little.
  assert.ok(variance > 1 && variance < 1.12, `variance ${variance}`);
});

test('planted spikes stand out, good pixels do not, and about one pixel in 10 000 begins a patch of at most 9', async (t) => {
  const { folder } = await simulated(t, small);
  const read = (name: string) => readPlainMrc(path.join(folder, name)).pixels;
  for (const name of ['exposure_0001.mrc', 'exposure_0002.mrc']) {
    const [raw, truth, hit, bad] = [
      read(`raw/${name}`),
      read(`truth/${name}`),
      read(`spikes/${name}`),
      read('defects.mrc'),
    ];
    const places = [...hit.keys()].filter((i) => hit[i] === 1);
    assert.ok(places.length >= 1 && places.length <= 9 * 25, `${places.length} pixels`);
    for (const i of raw.keys()) {
      if (bad[i] === 1) continue;
      const above = raw[i]! - truth[i]!;
      if (hit[i] === 1) assert.ok(above > 300, `spike at ${i}: ${above}`);
      else assert.ok(above < 500, `good pixel at ${i}: ${above}`);
    }
  }
});

test('the map of defects names the dead and hot pixels, and the dead column', async (t) => {
  const { folder } = await simulated(t, { ...small, width: 512, height: 512, count: 1 });
  const read = (name: string) => readPlainMrc(path.join(folder, name)).pixels;
  const [dark, bright, bad] = [read('dark.mrc'), read('bright.mrc'), read('defects.mrc')];
  const odd = [...bad.keys()].filter((i) => dark[i]! > 400 || bright[i]! - dark[i]! < 500);
  assert.deepEqual(
    odd,
    [...bad.keys()].filter((i) => bad[i] === 1),
  );
  // One column of 512, and about 3 pixels in 10 000: less than the 0.5 % at which references are refused.
  assert.ok(odd.length > 512 + 30 && odd.length < 0.005 * 512 * 512, `${odd.length} defects`);
});

test('faint sessions keep their dose, and bright ones saturate instead of wrapping', async (t) => {
  const mean = async (dose: number): Promise<{ raw: number; truth: number; max: number }> => {
    const { folder } = await simulated(t, { ...small, dose, darks: 1, brights: 0, count: 1 });
    const read = (name: string) => readPlainMrc(path.join(folder, name)).pixels;
    const average = (pixels: Float32Array): number => pixels.reduce((sum, x) => sum + x, 0) / pixels.length;
    const raw = read('raw/exposure_0001.mrc');
    const max = raw.reduce((most, x) => Math.max(most, x), 0);
    return { raw: average(raw) - average(read('dark.mrc')), truth: average(read('truth/exposure_0001.mrc')), max };
  };
  for (const dose of [0.05, 2]) {
    const { raw, truth } = await mean(dose);
    assert.ok(truth > 0.75 * dose && truth < 1.1 * dose, `truth ${truth}`);
    // The sensor sees 0.95 of it on average, X-rays add a few counts per thousand pixels.
    assert.ok(raw > 0 && raw < 1.1 * truth + 2, `raw ${raw}`);
  }
  const { raw, max } = await mean(200_000);
  assert.equal(max, 65_535);
  assert.ok(raw > 60_000);
});

test('headers say what the pixels are', async (t) => {
  const { files } = await simulated(t, small);
  for (const file of files) {
    const bytes = fs.readFileSync(file);
    const { pixels } = readPlainMrc(file);
    const mean = pixels.reduce((sum, x) => sum + x, 0) / pixels.length;
    const deviation = Math.sqrt(pixels.reduce((sum, x) => sum + (x - mean) ** 2, 0) / pixels.length);
    const words = [WORDS.amin, WORDS.amax, WORDS.amean, WORDS.rms].map((at) => bytes.readFloatLE(at));
    const expected = [
      pixels.reduce((a, b) => Math.min(a, b)),
      pixels.reduce((a, b) => Math.max(a, b)),
      mean,
      deviation,
    ];
    words.forEach((word, i) => {
      assert.ok(Math.abs(word - expected[i]!) <= 1e-5 * Math.abs(expected[i]!) + 1e-6, `${file}: ${words} ${expected}`);
    });
    assert.equal(bytes.toString('ascii', WORDS.map, WORDS.map + 4), 'MAP ');
    assert.match(
      bytes.toString('ascii', WORDS.labels, WORDS.labels + 80),
      /^darkroom simulate: seed 4, 800 counts\/px +$/,
    );
  }
});
