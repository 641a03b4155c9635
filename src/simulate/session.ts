/**
 * A simulated session at the microscope: raw exposures, series of darks and brights and their means, the camera's
 * defects, and on request the truth. The same options give the same bytes on any machine.
 *
 *   folder/raw/exposure_0001.mrc ...      uint16, as the camera saved them
 *   folder/darks/dark_0001.mrc ...        uint16, without a beam
 *   folder/brights/bright_0001.mrc ...    uint16, beam but no specimen
 *   folder/dark.mrc, bright.mrc           float32, the means of the series
 *   folder/defects.mrc                    int8, 1 where the camera is bad
 *   folder/truth/exposure_0001.mrc ...    float32, counts that the scene alone would give
 *   folder/spikes/exposure_0001.mrc ...   int8, 1 where an X-ray was planted
 */

import fs from 'node:fs';
import path from 'node:path';
import { type Camera, camera, expose } from './camera.ts';
import { writeMrc } from './mrc.ts';
import { noise } from './noise.ts';
import { scene } from './scene.ts';
import { plant, spikes } from './spikes.ts';

export interface Session {
  /** Raw exposures. */
  readonly count: number;
  /** px */
  readonly width: number;
  readonly height: number;
  /** Any whole number. */
  readonly seed: number;
  /** Counts per pixel where nothing is in the beam. */
  readonly dose: number;
  readonly format: 'mrc';
  /** Exposures in each series of references; 0: no such reference. */
  readonly darks: number;
  readonly brights: number;
  /** Write `truth/` and `spikes/` as well. */
  readonly truth?: boolean;
}

/** References deserve many counts, however faint the session is; more than half of the range would saturate. */
const BRIGHT_AT_LEAST = 5000;
const BRIGHT_AT_MOST = 30_000;

/* What a stream of noise is for: no two uses share one, so that more exposures or darks change no others. */
const SCENES = 2;
const EXPOSURES = 3;
const SPIKES = 4;
const DARKS = 5;
const BRIGHTS = 6;

/**
 * Writes a session into `folder` and returns the paths of its files in order of writing; `written` hears of each at once.
 * Existing files are never overwritten: the error of the system (EEXIST) comes through.
 */
export function simulate(folder: string, session: Session, written: (file: string) => void = () => {}): string[] {
  const { count, width, height, seed, dose, darks, brights } = session;
  const files: string[] = [];
  const place = (name: string): string => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return file;
  };
  const done = (file: string): void => {
    files.push(file);
    written(file);
  };
  const shape = { width, height, label: `darkroom simulate: seed ${seed}, ${dose} counts/px` };
  const sensor = camera(width, height, seed);

  const defects = place('defects.mrc');
  writeMrc(defects, { ...shape, type: 'int8' }, (first, rows, band) =>
    band.set(sensor.defects.subarray(first * width, (first + rows) * width)),
  );
  done(defects);

  const brightDose = Math.min(Math.max(dose, BRIGHT_AT_LEAST), BRIGHT_AT_MOST);
  for (const { name, length, beam, stream } of [
    { name: 'dark', length: darks, beam: null, stream: DARKS },
    { name: 'bright', length: brights, beam: brightDose, stream: BRIGHTS },
  ]) {
    if (length === 0) continue;
    const sum = new Uint32Array(width * height);
    for (let index = 1; index <= length; index++) {
      const file = place(`${name}s/${name}_${numbered(index)}.mrc`);
      writeReference(file, shape, sensor, beam, [seed, stream, index], sum);
      done(file);
    }
    const mean = place(`${name}.mrc`);
    writeMrc(mean, { ...shape, type: 'float32' }, (first, _rows, band) => {
      for (let i = 0; i < band.length; i++) band[i] = sum[first * width + i]! / length;
    });
    done(mean);
  }

  for (let index = 1; index <= count; index++) {
    const name = `exposure_${numbered(index)}.mrc`;
    const view = scene(width, height, dose, noise(seed, SCENES, index));
    const hits = spikes(width, height, noise(seed, SPIKES, index));
    const readout = noise(seed, EXPOSURES, index);
    let expected = new Float32Array(0);

    const raw = place(`raw/${name}`);
    writeMrc(raw, { ...shape, type: 'uint16' }, (first, rows, band) => {
      if (expected.length < band.length) expected = new Float32Array(band.length);
      view.expected(first, rows, expected);
      expose(sensor, expected, first, readout, band);
      plant(hits, first, rows, width, band);
    });
    done(raw);
    if (!session.truth) continue;

    const truth = place(`truth/${name}`);
    writeMrc(truth, { ...shape, type: 'float32' }, view.expected);
    done(truth);

    const mask = place(`spikes/${name}`);
    writeMrc(mask, { ...shape, type: 'int8' }, (first, rows, band) => {
      band.fill(0);
      for (const { row, col } of hits) {
        if (row >= first && row < first + rows) band[(row - first) * width + col] = 1;
      }
    });
    done(mask);
  }
  return files;
}

const numbered = (index: number): string => String(index).padStart(4, '0');

/** One exposure of a series, without specimen and without X-rays; its counts are added to `sum`. */
function writeReference(
  file: string,
  shape: { readonly width: number; readonly height: number; readonly label: string },
  sensor: Camera,
  beam: number | null,
  stream: readonly number[],
  sum: Uint32Array,
): void {
  const { width } = shape;
  const readout = noise(...stream);
  writeMrc(file, { ...shape, type: 'uint16' }, (first, _rows, band) => {
    expose(sensor, beam === null ? null : new Float32Array(band.length).fill(beam), first, readout, band);
    add(band, sum.subarray(first * width));
  });
}

function add(counts: Uint16Array, sum: Uint32Array): void {
  for (let i = 0; i < counts.length; i++) sum[i]! += counts[i]!;
}
