/** Defects from ten darks and ten brights, and from the journal of a session. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { camera, expose } from '../../../src/tools/simulate/camera.ts';
import { noise } from '../../../src/tools/simulate/noise.ts';
import { readBack } from '../../correct/reading.ts';
import { madeMrc } from '../../made/mrc.ts';
import { darkroom, exposure, folder, lay, references } from '../../run/darkroom.ts';

const SIDE = 320;
const SIZE = { width: SIDE, height: SIDE };

/** A camera with more kinds of defects than the simulated one: its own, and planted ones. `blinking`: on in some exposures. */
function damaged(seed: number) {
  const made = camera(SIDE, SIDE, seed);
  const { uniform } = noise(seed, 77);
  const place = (): number => Math.floor(uniform() * SIDE * SIDE);
  const { dark, sensitivity, defects } = made;
  for (let i = 0; i < 60; i++) {
    const at = place();
    dark[at]! += 40 + 400 * uniform();
    defects[at] = 1;
  }
  for (let i = 0; i < 60; i++) {
    const at = place();
    sensitivity[at] = 0.3 * uniform();
    defects[at] = 1;
  }
  // A cluster, a hot column, half a dead column, a dead row.
  for (let row = 200; row < 204; row++)
    for (let col = 300; col < 304; col++) {
      dark[row * SIDE + col]! += 800;
      defects[row * SIDE + col] = 1;
    }
  for (let row = 0; row < SIDE; row++) {
    dark[row * SIDE + 41]! += 150;
    defects[row * SIDE + 41] = 1;
    if (row < SIDE / 2) {
      sensitivity[row * SIDE + 99] = 0;
      defects[row * SIDE + 99] = 1;
    }
  }
  for (let col = 0; col < SIDE; col++) {
    sensitivity[233 * SIDE + col] = 0;
    defects[233 * SIDE + col] = 1;
  }
  const blinking = Array.from({ length: 40 }, place);
  for (const at of blinking) defects[at] = 1;
  return { made, blinking };
}

for (const seed of [1, 2]) {
  test(`ten darks and ten brights show the defects of camera ${seed}: recall 0.99, precision 0.98`, async (t) => {
    const root = folder(t);
    const { made, blinking } = damaged(seed);
    const { uniform } = noise(seed, 78);
    for (const [kind, dose] of [
      ['dark', 0],
      ['bright', 4000],
    ] as const) {
      fs.mkdirSync(path.join(root, `${kind}s`));
      for (let i = 0; i < 10; i++) {
        const out = new Uint16Array(SIDE * SIDE);
        const beam = dose > 0 ? new Float32Array(SIDE * SIDE).fill(dose * (1 - 0.01 * i)) : null;
        expose(made, beam, 0, noise(seed, i, dose), out);
        for (const at of blinking) if (uniform() < 0.5) out[at] = Math.min(65_535, out[at]! + 500);
        // X-rays: single ones and tracks.
        for (let hit = 0; hit < 40; hit++) {
          const [at, length] = [Math.floor(uniform() * SIDE * (SIDE - 1)), hit % 4 === 0 ? 40 : 1];
          for (let step = 0; step < length; step++) {
            const on = Math.min(out.length - 1, at + step);
            out[on] = Math.min(65_535, out[on]! + 300 + 3000 * uniform());
          }
        }
        fs.writeFileSync(path.join(root, `${kind}s`, `${i}.mrc`), madeMrc({ ...SIZE, mode: 6, pixels: out }));
      }
    }
    const files = (kind: string): string[] =>
      Array.from({ length: 10 }, (_, i) => path.join(root, `${kind}s`, `${i}.mrc`));
    const map = path.join(root, 'bad.mrc');
    const found = await darkroom(['reference', 'defects', ...files('dark'), ...files('bright'), '-o', map]);
    assert.equal(found.code, 0, found.stderr);
    assert.match(found.stderr, /columns .*41.*; rows 233/);
    const { pixels } = await readBack(map);
    let [both, missed, wrong] = [0, 0, 0];
    for (const [at, bad] of made.defects.entries()) {
      if (bad && pixels[at]) both++;
      else if (bad) missed++;
      else if (pixels[at]) wrong++;
    }
    const [recall, precision] = [both / (both + missed), both / (both + wrong)];
    t.diagnostic(`recall ${recall.toFixed(4)}, precision ${precision.toFixed(4)} of ${both + missed} bad pixels`);
    assert.ok(recall >= 0.99 && precision >= 0.98, `recall ${recall}, precision ${precision}`);
    // Whole columns and rows are worth little: single pixels by themselves.
    const single = (at: number): boolean => !pixelsInLines.has(at % SIDE) && Math.floor(at / SIDE) !== 233;
    const pixelsInLines = new Set([41, 99, ...wholeColumns(made.defects)]);
    const alone = [...made.defects.keys()].filter((at) => made.defects[at] && single(at));
    const seen = alone.filter((at) => pixels[at]);
    assert.ok(seen.length / alone.length >= 0.99, `${seen.length} of ${alone.length} single pixels`);
  });
}

const wholeColumns = (defects: Uint8Array): number[] =>
  Array.from({ length: SIDE }, (_, col) => col).filter((col) => {
    for (let row = 0; row < SIDE; row++) if (!defects[row * SIDE + col]) return false;
    return true;
  });

test('files that say neither dark nor bright, and brights alone, are refused', async (t) => {
  const root = folder(t);
  lay(root, { 'a.mrc': exposure({ seed: 1 }), 'bright.mrc': exposure({ seed: 2 }) });
  const out = path.join(root, 'bad.mrc');
  const odd = await darkroom(['reference', 'defects', path.join(root, 'a.mrc'), '-o', out]);
  assert.equal(odd.code, 1);
  assert.match(
    odd.stderr,
    /a\.mrc: neither its name nor that of its folder says dark or bright; put the exposures into/,
  );
  const alone = await darkroom(['reference', 'defects', path.join(root, 'bright.mrc'), '-o', out]);
  assert.match(alone.stderr, /found brights alone, expected darks too/);
});

test('--from-session: pixels that were spikes again and again, joined with a list', async (t) => {
  const root = folder(t);
  const [width, height] = [256, 192];
  const files = Array.from({ length: 10 }, (_, i) => {
    const bytes = exposure({ seed: 50 + i, width, height });
    new DataView(bytes.buffer, 1024).setUint16(2 * (20 * width + 31), 4000, true);
    return [`e${i}.mrc`, bytes];
  });
  const raw = lay(path.join(root, 'raw'), Object.fromEntries(files));
  const { dark, bright } = references(root, { width, height });
  const out = path.join(root, 'out');
  assert.equal(
    (await darkroom(['run', raw, '--dark', dark, '--bright', bright, '-o', out, '--no-reference-checks'])).code,
    0,
  );
  lay(root, { 'old.txt': '5 77 1 1\n' });
  const list = path.join(root, 'new.yaml');
  const line = ['reference', 'defects', '--from-session', out, '--from', path.join(root, 'old.txt'), '-o', list];
  const made = await darkroom(line);
  assert.equal(made.code, 0, made.stderr);
  const text = fs.readFileSync(list, 'utf8');
  assert.match(text, /rowZero: bottom/);
  assert.match(text, /- \[31, 20\]\n {2}- \[5, 77\]\n$/);
  assert.match(text, /session out of 10 exposures/);
  const none = await darkroom(['reference', 'defects', '--from-session', root, '-o', path.join(root, 'x.yaml')]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /found no journal/);
});
