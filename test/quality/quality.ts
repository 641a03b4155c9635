/** Measures despike in the open: `npm run quality`. What it printed, with the misses, stands in the README beside it. */

import { counted } from '../made/images.ts';
import { type Case, realCases, SESSIONS, simulated } from './cases.ts';
import { features } from './features.ts';
import { OURS, ours, THEIRS } from './methods.ts';
import { score } from './score.ts';

const line = (...cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);
const head = (...cells: readonly string[]): void => {
  line(...cells);
  line(...cells.map(() => '---'));
};

await spiked();
await unspiked();
await kept();

/** Spikes among noise, structure, edges. */
async function spiked(): Promise<void> {
  head('image', 'targets', 'method', 'recall', 'of larger', 'precision', 'clean ppm', 'RMSE', 's per 4k x 4k');
  const cases: (() => Case)[] = [
    ...[...realCases()].map((real) => () => real),
    ...SESSIONS.map((session) => () => simulated(session)),
  ];
  for (const made of cases) {
    const one = made();
    for (const method of [...OURS, ...THEIRS]) {
      const ran = await method.run(one.image);
      if (typeof ran === 'string') {
        line(one.name, '', method.name, ran, '', '', '', '', '');
        continue;
      }
      const { targets, recall, largerRecall, precision, ppm, rmse } = score(one, ran.out);
      const to4k = 4096 ** 2 / one.image.pixels.length;
      line(
        one.name,
        targets,
        method.name,
        recall.toFixed(4),
        Number.isNaN(largerRecall) ? '' : largerRecall.toFixed(2),
        precision.toFixed(4),
        ppm.toFixed(1),
        Number.isNaN(rmse) ? '' : rmse.toFixed(2),
        (ran.seconds * to4k).toFixed(2),
      );
    }
  }
}

/** Poisson noise, nothing planted: ppm changed, and ppm by which the sum of the counts changed. */
async function unspiked(): Promise<void> {
  console.log();
  head('counts per pixel', 'method', 'clean ppm', 'sum changed, ppm', 's per 4k x 4k');
  for (const mean of [0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1, 2, 5, 50, 500, 5000]) {
    const image = counted({ width: 2048, height: 2048, seed: 71, mean });
    for (const method of OURS) {
      const ran = await method.run(image);
      if (typeof ran === 'string') continue;
      const changed = ran.out.pixels.reduce((sum, x, i) => sum + (x === image.pixels[i] ? 0 : 1), 0);
      const total = (pixels: Float32Array): number => pixels.reduce((sum, x) => sum + x, 0);
      line(
        mean,
        method.name,
        ((1e6 * changed) / image.pixels.length).toFixed(2),
        (1e6 * (total(ran.out.pixels) / total(image.pixels) - 1)).toFixed(2),
        (4 * ran.seconds).toFixed(2),
      );
    }
  }
}

/** Features, nothing planted: pixels changed. */
async function kept(): Promise<void> {
  console.log();
  head('feature', ...OURS.map(({ name }) => `${name}, px changed`));
  for (const { name, image, diffraction } of features(72)) {
    const methods = diffraction ? [ours('robust', { despike: 'robust', diffraction }), ...OURS.slice(1)] : OURS;
    const cells: number[] = [];
    for (const method of methods) {
      const ran = await method.run(image);
      if (typeof ran !== 'string')
        cells.push(ran.out.pixels.reduce((n, x, i) => n + (x === image.pixels[i] ? 0 : 1), 0));
    }
    line(name, ...cells);
  }
}
