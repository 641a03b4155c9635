/**
 * A simulated session at the microscope: raw exposures, series of darks and brights and their means, the camera's
 * defects, and on request the truth. The same options give the same bytes on any machine.
 *
 *   folder/raw/exposure_0001.mrc ...      uint16, as the camera saved them
 *   folder/darks/dark_0001.mrc ...        uint16, without a beam
 *   folder/brights/bright_0001.mrc ...    uint16, beam but no specimen
 *   folder/dark.mrc, bright.mrc           float32, the means of the series
 *   folder/defects.mrc                    uint16, 1 where the camera is bad
 *   folder/truth/exposure_0001.mrc ...    float32, counts that the scene alone would give in one frame
 *   folder/spikes/exposure_0001.mrc ...   uint16, 1 where an X-ray was planted
 *
 * As TIFF all of them end in .tif; the rows are the same and in the same order, so the picture is upside down.
 */

import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../files/ownership.ts';
import type { WrittenFormat } from '../../model/exposure.ts';
import { type Camera, camera, expose } from './camera.ts';
import { noise } from './noise.ts';
import { scene } from './scene.ts';
import { plant, spikes } from './spikes.ts';
import { Writer } from './writer.ts';

export interface Session {
  /** Raw exposures. */
  readonly count: number;
  /** px */
  readonly width: number;
  readonly height: number;
  /** Frames of an exposure, each with the full dose; 1 when absent. */
  readonly frames?: number;
  /** Any whole number. */
  readonly seed: number;
  /** Counts per pixel where nothing is in the beam. */
  readonly dose: number;
  readonly format: WrittenFormat;
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

/** A file of a session that is written. */
export interface Written {
  readonly file: string;
  readonly bytes: number;
  /** How many there will be. */
  readonly files: number;
}

/**
 * Writes a session into `folder` and returns the paths of its files in order of writing; `written` hears of each at once.
 * @throws Fault 'collision' where a file exists: none is ever overwritten
 */
export async function simulate(
  folder: string,
  session: Session,
  written: (file: Written) => void = () => {},
): Promise<string[]> {
  const { count, width, height, frames = 1, seed, dose, darks, brights } = session;
  const writer = new Writer(session.format, `darkroom simulate: seed ${seed}, ${dose} counts/px`);
  const total = filesOf(session);
  const files: string[] = [];
  const place = (name: string): string => {
    const file = path.join(folder, `${name}${writer.extension}`);
    makeFolder(path.dirname(file));
    return file;
  };
  const done = (file: string): void => {
    files.push(file);
    written({ file, bytes: fs.statSync(file).size, files: total });
  };
  const single = { width, height, frames: 1 };
  const sensor = camera(width, height, seed);

  const defects = place('defects');
  await writer.write(defects, single, 'uint16', (first, rows, band) =>
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
      const file = place(`${name}s/${name}_${numbered(index)}`);
      await writeReference(writer, file, sensor, beam, [seed, stream, index], sum);
      done(file);
    }
    const mean = place(name);
    await writer.write(mean, single, 'float32', (first, _rows, band) => {
      for (let i = 0; i < band.length; i++) band[i] = sum[first * width + i]! / length;
    });
    done(mean);
  }

  for (let index = 1; index <= count; index++) {
    const name = `exposure_${numbered(index)}`;
    const view = scene(width, height, dose, noise(seed, SCENES, index));
    const source = noise(seed, SPIKES, index);
    const hits = Array.from({ length: frames }, () => spikes(width, height, source));
    const readout = noise(seed, EXPOSURES, index);
    let expected = new Float32Array(0);

    const raw = place(`raw/${name}`);
    await writer.write(raw, { width, height, frames }, 'uint16', (first, rows, band, frame) => {
      if (expected.length < band.length) expected = new Float32Array(band.length);
      view.expected(first, rows, expected);
      expose(sensor, expected, first, readout, band);
      plant(hits[frame]!, first, rows, width, band);
    });
    done(raw);
    if (!session.truth) continue;

    const truth = place(`truth/${name}`);
    await writer.write(truth, single, 'float32', view.expected);
    done(truth);

    const mask = place(`spikes/${name}`);
    await writer.write(mask, { width, height, frames }, 'uint16', (first, rows, band, frame) => {
      band.fill(0);
      for (const { row, col } of hits[frame]!) {
        if (row >= first && row < first + rows) band[(row - first) * width + col] = 1;
      }
    });
    done(mask);
  }
  return files;
}

/** How many files a session has. */
const filesOf = ({ count, darks, brights, truth }: Session): number =>
  1 + (darks > 0 ? darks + 1 : 0) + (brights > 0 ? brights + 1 : 0) + count * (truth ? 3 : 1);

const numbered = (index: number): string => String(index).padStart(4, '0');

/** One exposure of a series, without specimen and without X-rays; its counts are added to `sum`. */
async function writeReference(
  writer: Writer,
  file: string,
  sensor: Camera,
  beam: number | null,
  stream: readonly number[],
  sum: Uint32Array,
): Promise<void> {
  const { width, height } = sensor;
  const readout = noise(...stream);
  let lit = new Float32Array(0);
  await writer.write(file, { width, height, frames: 1 }, 'uint16', (first, _rows, band) => {
    if (lit.length < band.length) lit = new Float32Array(band.length);
    expose(sensor, beam === null ? null : lit.fill(beam), first, readout, band);
    add(band, sum.subarray(first * width));
  });
}

function add(counts: Uint16Array, sum: Uint32Array): void {
  for (let i = 0; i < counts.length; i++) sum[i]! += counts[i]!;
}
