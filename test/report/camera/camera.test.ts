/**
 * Faults of references that nobody was told of, in real sessions: they stand on the page in words and pictures, in a real
 * browser, and a session without faults has none.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { reportSchema } from '../../../src/report/shape.ts';
import { simulate } from '../../../src/tools/simulate/session.ts';
import { darkroom } from '../../cli/call.ts';
import { madeMrc } from '../../made/mrc.ts';
import { readPlainMrc } from '../../oracle/plain-mrc.ts';
import { departures } from '../conforms.ts';
import { noBrowser, open } from '../page/browser.ts';
import { seeded } from '../session.ts';

if (noBrowser) console.log(`tests of the camera's faults on the page are skipped: ${noBrowser}`);

const SIDE = 512;
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-camera-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));
const at = (name: string): string => path.join(root, name);

/** The norm of dark and bright, with a fault put in. */
function norm(name: string, fault: (row: number, col: number) => number): string {
  const [dark, bright] = ['dark.mrc', 'bright.mrc'].map((file) => readPlainMrc(at(file)).pixels) as [
    Float32Array,
    Float32Array,
  ];
  const signal = bright.map((x, i) => Math.max(1, x - dark[i]!));
  const mean = signal.reduce((sum, x) => sum + x, 0) / signal.length;
  const pixels = signal.map((x, i) => {
    const gain = mean / x;
    return (gain > 20 ? 1 : gain) * fault(Math.floor(i / SIDE), i % SIDE);
  });
  fs.writeFileSync(at(name), madeMrc({ width: SIDE, height: SIDE, mode: 2, pixels }));
  return at(name);
}

before(async () => {
  const options = { count: 12, width: SIDE, height: SIDE, seed: 21, dose: 500, format: 'mrc' } as const;
  await simulate(root, { ...options, darks: 4, brights: 12 });
});

const draw = seeded(3);
const columns = Array.from(
  { length: SIDE },
  () => 1 + 0.02 * Math.sqrt(2) * (draw() + draw() + draw() + draw() - 2) * 1.2247,
);

const FAULTS = {
  none: { fault: () => 1, says: null },
  'columns of 2 %': {
    fault: (_row: number, col: number) => columns[col]!,
    says: /corrected images still carry the pattern of the norm, columns of [12]\.\d.% of the mean/,
  },
  'a step of 2 % between quadrants': {
    fault: (row: number, col: number) => (row < SIDE / 2 === col < SIDE / 2 ? 1 : 1.02),
    says: /a step in the middle, where two readouts meet/,
  },
};

for (const [name, { fault, says }] of Object.entries(FAULTS)) {
  test(`a norm with ${name}: ${says ? 'said on the page' : 'the page says that it fits'}`, {
    skip: noBrowser,
  }, async (t) => {
    const out = at(`out ${name}`);
    // The checks before the first exposure would stop such a run: here the session itself shows the fault.
    const references = ['--dark', at('dark.mrc'), '--norm', norm('norm.mrc', fault), '--defects', at('defects.mrc')];
    const given = [...references, '--no-reference-checks'];
    const { code, err } = darkroom('run', at('raw'), ...given, '-o', out);
    assert.equal(code, 0, err);
    const report = JSON.parse(fs.readFileSync(path.join(out, 'report.json'), 'utf8'));
    assert.deepEqual(departures(report, reportSchema), []);
    assert.equal(report.camera.exposures, 12);

    const { page, complaints } = await open(t, path.join(out, 'report.html'));
    const finding = page.locator('#pattern .finding');
    const verdict = await page.locator('.verdict').innerText();
    if (says) {
      assert.match(await finding.innerText(), says);
      assert.ok(verdict.includes(report.camera.warnings[0]), verdict);
    } else {
      assert.match(await finding.innerText(), /The references fit/);
      assert.doesNotMatch(verdict, /references/);
    }
    assert.equal(await page.locator('#pattern .means img').count(), 3);
    assert.equal(await page.locator('#pattern svg.chart').count(), 2);
    assert.match(await page.locator('#defects').innerText(), /In 12 exposures .* ppm of the pixels were spikes/);
    assert.deepEqual(complaints, []);
  });
}
