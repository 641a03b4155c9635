/** Draws what despike does, for the README beside this: before, after and difference of a simulated session, in one PNG. */

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { png } from '../../src/report/page/png.ts';
import type { Image } from '../oracle/image.ts';
import { type Case, SESSIONS, simulated } from './cases.ts';
import { OURS } from './methods.ts';

/** Size of what is shown, px, how often each pixel is repeated, and white space between pictures. */
const [WIDTH, HEIGHT, ZOOM, GAP] = [112, 96, 2, 8];

const SHOWN = '2000 counts, contrast x4, faint';
const FILE = fileURLToPath(new URL('../../../test/quality/despike.png', import.meta.url));

type Place = { readonly row: number; readonly col: number };

/** Where most was planted, for the eye to look for, and no pixel is bad. */
function busiest({ image, planted, bad }: Case): Place {
  let best = { row: 0, col: 0, count: -1 };
  for (let row = 0; row + HEIGHT <= image.height; row += HEIGHT / 4) {
    for (let col = 0; col + WIDTH <= image.width; col += WIDTH / 4) {
      let count = 0;
      for (let i = 0; i < WIDTH * HEIGHT; i++) {
        const at = (row + Math.floor(i / WIDTH)) * image.width + col + (i % WIDTH);
        count += planted[at]! - WIDTH * bad[at]!;
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

const made = simulated(SESSIONS.find(({ name }) => name === SHOWN)!);
const place = busiest(made);
const before = cropped(made.image, place);
const clean = cropped(made.clean!, place).toSorted();
const [low, most] = [clean[Math.floor(0.005 * clean.length)]!, clean[Math.floor(0.995 * clean.length)]!];
// Room for spikes to be whiter than all else.
const high = most + (most - low) / 2;
const rows: Uint8Array[][] = [];
for (const method of OURS.slice(0, 2)) {
  const ran = await method.run(made.image);
  if (typeof ran === 'string') throw new Error(ran);
  const after = cropped(ran.out, place);
  const taken = before.map((x, i) => x - after[i]!);
  rows.push([grey(before, low, high), grey(after, low, high), grey(taken, low - high, high - low)]);
}
fs.writeFileSync(FILE, sheet(rows));
