/** Draws what despike does, for the README beside this: before, after and difference, where it is right and where it fails. */

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { png } from '../../src/report/page/png.ts';
import type { Image } from '../oracle/image.ts';
import { type Case, SESSIONS, simulated } from './cases.ts';
import { despiked } from './measure.ts';
import { OURS } from './methods.ts';
import { SCENES } from './scenes.ts';

/** Size of what is shown, px, how often each pixel is repeated, and white space between pictures. */
const [WIDTH, HEIGHT, ZOOM, GAP] = [112, 96, 2, 8];

const SHOWN = '2000 counts, contrast x4, faint';
const picture = (name: string): string => fileURLToPath(new URL(`../../../test/quality/${name}`, import.meta.url));
const [FILE, FAILED] = [picture('despike.png'), picture('failures.png')];

/** Where `robust` fails most: spikes missed, and good pixels taken. */
const SEED = 20_001;
const FAILURES = [
  ['grid bars, sharp and blurred', 'sharp, dark', (taken: boolean, spike: boolean) => spike && !taken],
  ['HAADF atoms', 'lattice', (taken: boolean, spike: boolean) => taken && !spike],
] as const;

type Place = { readonly row: number; readonly col: number };

/** Where most pixels are marked, for the eye to look for, and none is bad. */
function busiest({ image, bad }: Case, marked: ArrayLike<number>): Place {
  let best = { row: 0, col: 0, count: -1 };
  for (let row = 0; row + HEIGHT <= image.height; row += HEIGHT / 4) {
    for (let col = 0; col + WIDTH <= image.width; col += WIDTH / 4) {
      let count = 0;
      for (let i = 0; i < WIDTH * HEIGHT; i++) {
        const at = (row + Math.floor(i / WIDTH)) * image.width + col + (i % WIDTH);
        count += marked[at]! - WIDTH * bad[at]!;
      }
      if (count > best.count) best = { row, col, count };
    }
  }
  return best;
}

const cropped = ({ width, pixels }: Image, { row, col }: Place): Float32Array =>
  Float32Array.from(
    { length: WIDTH * HEIGHT },
    (_, i) => pixels[(row + Math.floor(i / WIDTH)) * width + col + (i % WIDTH)]!,
  );

/** Counts as grey: `low` is black, `high` white. */
const grey = (counts: Float32Array, low: number, high: number): Uint8Array =>
  Uint8Array.from(counts, (count) => Math.max(0, Math.min(255, Math.round((255 * (count - low)) / (high - low)))));

/** Rows of pictures of WIDTH x HEIGHT px on white. */
function sheet(rows: readonly (readonly Uint8Array[])[]): Uint8Array {
  const width = rows[0]!.length * (WIDTH * ZOOM + GAP) - GAP;
  const height = rows.length * (HEIGHT * ZOOM + GAP) - GAP;
  const data = new Uint8Array(width * height).fill(255);
  rows.forEach((pictures, down) => {
    pictures.forEach((picture, across) => {
      for (let y = 0; y < HEIGHT * ZOOM; y++) {
        const to = (down * (HEIGHT * ZOOM + GAP) + y) * width + across * (WIDTH * ZOOM + GAP);
        for (let x = 0; x < WIDTH * ZOOM; x++) {
          data[to + x] = picture[Math.floor(y / ZOOM) * WIDTH + Math.floor(x / ZOOM)]!;
        }
      }
    });
  });
  return png(data, width, height);
}

/** Before, after, and what was taken. */
function triple(image: Image, out: Image, place: Place, low: number, high: number): Uint8Array[] {
  const [before, after] = [cropped(image, place), cropped(out, place)];
  const taken = before.map((x, i) => x - after[i]!);
  return [grey(before, low, high), grey(after, low, high), grey(taken, low - high, high - low)];
}

const made = simulated(SESSIONS.find(({ name }) => name === SHOWN)!);
const place = busiest(made, made.planted);
const clean = cropped(made.clean!, place).toSorted();
const [low, most] = [clean[Math.floor(0.005 * clean.length)]!, clean[Math.floor(0.995 * clean.length)]!];
// Room for spikes to be whiter than all else.
const high = most + (most - low) / 2;
const rows: Uint8Array[][] = [];
for (const method of OURS.slice(0, 2)) {
  const ran = await method.run(made.image);
  if (typeof ran === 'string') throw new Error(ran);
  rows.push(triple(made.image, ran.out, place, low, high));
}
fs.writeFileSync(FILE, sheet(rows));

const failures: Uint8Array[][] = [];
for (const [group, name, fails] of FAILURES) {
  const scene = SCENES.find((each) => each.group === group && each.name === name)!;
  const one = scene.make(SEED);
  const { out } = await despiked(one, scene, { despike: 'robust' });
  const wrong = one.image.pixels.map((x, i) => (fails(x !== out.pixels[i], one.planted[i] === 1) ? 1 : 0));
  const sorted = one.clean!.pixels.toSorted();
  const [dark, bright] = [sorted[0]!, sorted[Math.floor(0.999 * sorted.length)]!];
  failures.push(triple(one.image, out, busiest(one, wrong), dark, bright + (bright - dark) / 2));
}
fs.writeFileSync(FAILED, sheet(failures));
