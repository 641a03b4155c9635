/** The arithmetic of the checks agrees with its plain definition. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileKernels, createMemory, instantiate } from '../../../src/kernels/kernels.ts';
import { KernelCorrelator } from '../../../src/references/checks/correlator.ts';
import { fitsOf } from '../../../src/references/checks/fits.ts';
import { patternOf } from '../../../src/references/checks/pattern.ts';
import { Seen } from '../../../src/references/checks/seen.ts';
import { shiftsFor, slopeOf } from '../../../src/references/checks/slope.ts';
import { TURNS, turnPixels } from '../../../src/references/turns.ts';
import { gridOf, paired, pattern, seen, slope } from '../../oracle/reference-checks.ts';
import { made } from '../../quality/reference-sessions.ts';

const SIDE = 48;
const size = { width: SIDE, height: SIDE };
const memory = createMemory();
const correlator = new KernelCorrelator(instantiate(compileKernels(), memory), memory);
const near = (found: number, expected: number, what: string): void =>
  assert.ok(
    Math.abs(found - expected) <= 1e-3 * Math.max(1, Math.abs(expected)),
    `${what}: ${found}, expected ${expected}`,
  );

for (const seed of [1, 2, 3, 4, 5]) {
  test(`pattern, slope, error and paired test are as defined, seed ${seed}`, () => {
    const { norm, dark, raws } = made({ side: SIDE, counts: 200, exposures: 3, strength: 0.05, seed });
    // Pixels that a norm cannot speak of.
    const pixels = norm.pixels.with(100, 0).with(700, 7);
    const u = patternOf({ ...size, pixels }, new Uint8Array(SIDE * SIDE));
    const plain = pattern(gridOf(SIDE, SIDE, pixels));
    for (const at of [0, 47, 99, 100, 101, 149, 500, 699, 700, 2303])
      near(u[at]!, plain.at(Math.floor(at / SIDE), at % SIDE), `pattern at ${at}`);

    const all = new Seen(SIDE, SIDE, dark);
    for (const raw of raws) all.add(raw, 1);
    const { a, b } = seen(
      raws.map((raw) => gridOf(SIDE, SIDE, raw)),
      gridOf(SIDE, SIDE, dark),
    );
    const shifts = shiftsFor(SIDE, SIDE);
    assert.ok(
      shifts.length === 24 && shifts.every(({ down, right }) => Math.min(down, right, SIDE - down, SIDE - right) >= 12),
    );
    const found = slopeOf(u, all, shifts, correlator);
    near(found.slope, slope(plain, a, b), 'slope');
    const chance = shifts.map(({ down, right }) => slope(plain, a, b, down, right) ** 2);
    near(found.error, Math.sqrt(chance.reduce((sum, x) => sum + x, 0) / chance.length), 'error');

    const turned = turnPixels('rot180', u, size, 'top');
    const fits = fitsOf(turned, TURNS, all, { firstRow: 'top', shifts, correlator });
    const fit = fits.find((each) => each.turn === 'rot180')!;
    const given = gridOf(SIDE, SIDE, turned);
    near(fit.better!, paired(plain, given, a, b, shifts), 'paired test');
    near(fit.slope, found.slope, 'slope of the turned pattern');
  });
}
