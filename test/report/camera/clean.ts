/**
 * Clean sessions: what the survey gathers of simulated exposures with references that fit. As a script it counts sessions
 * of which something is said: `node dist/test/report/camera/clean.js 200`.
 */

import { pathToFileURL } from 'node:url';
import type { Columns, SurveyedColumns } from '../../../src/correct/observe/survey.ts';
import { boxOf, everyOf } from '../../../src/correct/observe/thumbnails.ts';
import type { MeanImage } from '../../../src/journal/mean-image.ts';
import { verdictOf } from '../../../src/report/camera/camera.ts';
import { camera, expose } from '../../../src/tools/simulate/camera.ts';
import { noise } from '../../../src/tools/simulate/noise.ts';
import { scene } from '../../../src/tools/simulate/scene.ts';
import { PlainEvenness } from '../../oracle/evenness.ts';

export interface Session {
  readonly seed: number;
  readonly exposures: number;
  /** Counts. */
  readonly dose: number;
  readonly side: number;
}

/** Warnings of the camera after a session with references of 20 darks and 40 brights. */
export function warningsOf({ seed, exposures, dose, side }: Session): readonly string[] {
  const made = camera(side, side, seed);
  const pixels = side * side;
  const chance = noise(seed, 3);
  const dark = made.dark.map((x) => x + (3 / Math.sqrt(20)) * chance.gaussian());
  const signal = made.sensitivity.map((x) =>
    Math.max(1, 5000 * x + Math.sqrt(Math.max(1, 5000 * x) / 40) * chance.gaussian()),
  );
  const mean = signal.reduce((sum, x) => sum + x, 0) / pixels;
  // Dead pixels are repaired before anything is looked at: they get what is beside them.
  const norm = signal.map((x) => (mean / x > 20 ? 1 : mean / x));
  const size = { width: side, height: side };
  const [box, every] = [boxOf(size), everyOf(size)];
  const sums = {
    raw: columnsOf(side),
    corrected: columnsOf(side),
    dark: columnsOf(side),
    sensitivity: columnsOf(side),
  };
  const boxes = Math.ceil(side / box);
  const image = { raw: new Float64Array(boxes * boxes), corrected: new Float64Array(boxes * boxes) };
  const raw = new Uint16Array(pixels);
  const even = new PlainEvenness(size);
  const corrected = new Float32Array(pixels);
  const rows = [0, 0];
  for (let row = 0; row < side; row += every) rows[Math.floor(row / box) % 2]!++;
  for (let each = 0; each < exposures; each++) {
    const beam = new Float32Array(pixels).fill(dose);
    scene(side, side, dose, noise(seed, each, 9)).expected(0, side, beam);
    expose(made, beam, 0, noise(seed, each, 7), raw);
    for (let at = 0; at < pixels; at++)
      corrected[at] = made.defects[at] ? (corrected[at - 1] ?? dose) : (raw[at]! - dark[at]!) * norm[at]!;
    even.add(corrected);
    for (let row = 0; row < side; row += every) {
      const half = Math.floor(row / box) % 2;
      let before = 0;
      for (let col = 0; col < side; col++) {
        const at = row * side + col;
        const counts = made.defects[at] ? before : (raw[at]! - dark[at]!) * norm[at]!;
        before = counts;
        sums.raw[half]![col]! += raw[at]!;
        sums.corrected[half]![col]! += counts;
        const place = Math.floor(row / box) * boxes + Math.floor(col / box);
        image.raw[place]! += raw[at]!;
        image.corrected[place]! += counts;
        if (each > 0) continue;
        sums.dark[half]![col]! += dark[at]!;
        sums.sensitivity[half]![col]! += 1 / norm[at]!;
      }
    }
  }
  const columns = (name: keyof typeof sums, times: number): Columns => [
    sums[name][0]!.map((x) => x / (rows[0]! * times)),
    sums[name][1]!.map((x) => x / (rows[1]! * times)),
  ];
  const survey: SurveyedColumns = {
    ...size,
    firstRow: 'bottom',
    exposures,
    despiked: exposures,
    spikes: 0,
    raw: columns('raw', exposures),
    corrected: columns('corrected', exposures),
    dark: columns('dark', 1),
    sensitivity: columns('sensitivity', 1),
    sensitivityRows: null,
    far: even.far,
    grids: even.grids,
  };
  const lit = (values: Float64Array): Float32Array => {
    const found = Float32Array.from(values, (x, i) => x / (exposures * box * looked(Math.floor(i / boxes))));
    // Boxes of which no row was looked at are like those above.
    for (let i = boxes; i < found.length; i++) if (!Number.isFinite(found[i]!)) found[i] = found[i - boxes]!;
    return found;
  };
  const looked = (row: number): number =>
    Math.ceil(Math.min(side, (row + 1) * box) / every) - Math.ceil((row * box) / every);
  const shown: MeanImage = {
    ...{ run: 1, exposures, width: boxes, height: boxes, box, firstRow: 'bottom' },
    raw: lit(image.raw),
    corrected: lit(image.corrected),
  };
  return verdictOf({ survey, mean: shown } as Parameters<typeof verdictOf>[0])!.warnings;
}

const columnsOf = (side: number): Float64Array[] => [new Float64Array(side), new Float64Array(side)];

/** From 6 to 200 exposures at 40 to 5000 counts. */
export function cleanSession(seed: number, side: number, most = 200): Session {
  const { uniform } = noise(seed, 1);
  const exposures = Math.min(most, Math.round(6 * (200 / 6) ** uniform()));
  return { seed, exposures, dose: Math.round(40 * (5000 / 40) ** uniform()), side };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const count = Number(process.argv[2] ?? 200);
  let told = 0;
  for (let seed = 1; seed <= count; seed++) {
    const session = cleanSession(seed, 384);
    const warnings = warningsOf(session);
    if (warnings.length === 0) continue;
    told++;
    console.log(JSON.stringify(session), warnings);
  }
  console.log(`${told} of ${count} clean sessions have a warning`);
}
