/**
 * A microscope's computer that saves exposures for `seconds`, in every way that such computers have, and leaves some cut
 * short or broken. `camera.js <raw folder> <seconds> <exposures a second> <seed>`; prints the names of the bad ones at the end.
 */

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { noise } from '../../src/tools/simulate/noise.ts';
import { exposure } from '../watch/watching.ts';

const [raw, seconds, rate, seed] = process.argv.slice(2) as [string, string, string, string];
const { uniform } = noise(Number(seed), 300);

/** How it is saved, how often, and whether it is whole in the end. */
const WAYS: readonly { often: number; whole: boolean; save(file: string, bytes: Uint8Array): unknown }[] = [
  { often: 60, whole: true, save: (file, bytes) => fs.writeFileSync(file, bytes) },
  { often: 12, whole: true, save: inPieces },
  {
    often: 10,
    whole: true,
    async save(file, bytes) {
      await inPieces(`${file}.tmp`, bytes);
      fs.renameSync(`${file}.tmp`, file);
    },
  },
  {
    often: 6,
    whole: true,
    async save(file, bytes) {
      fs.writeFileSync(file, '');
      fs.truncateSync(file, bytes.length);
      const fd = fs.openSync(file, 'r+');
      for (let at = 0; at < bytes.length; at += 1000) {
        fs.writeSync(fd, bytes, at, Math.min(1000, bytes.length - at), at);
        await sleep(900 * uniform());
      }
      fs.closeSync(fd);
    },
  },
  {
    often: 4,
    whole: true,
    async save(file, bytes) {
      fs.writeFileSync(file, exposure(1));
      await sleep(2500 * uniform());
      fs.writeFileSync(`${file}.new`, bytes);
      fs.renameSync(`${file}.new`, file);
    },
  },
  {
    often: 4,
    whole: true,
    save(file, bytes) {
      fs.writeFileSync(file, bytes);
      fs.utimesSync(file, 1e9, 1e9);
    },
  },
  {
    often: 3,
    whole: false,
    save: (file, bytes) => fs.writeFileSync(file, bytes.subarray(0, bytes.length * uniform())),
  },
  { often: 1, whole: false, save: (file) => fs.writeFileSync(file, 'no image '.repeat(300)) },
];

async function inPieces(file: string, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += 700) {
    fs.appendFileSync(file, bytes.subarray(at, at + 700));
    await sleep(400 * uniform());
  }
}

function anyWay(): (typeof WAYS)[number] {
  const all = WAYS.flatMap((way) => Array.from({ length: way.often }, () => way));
  return all[Math.floor(uniform() * all.length)]!;
}

const bad: string[] = [];
const saving: unknown[] = [];
const end = performance.now() + 1000 * Number(seconds);
for (let n = 1; performance.now() < end; n++) {
  // Another folder now and then, as grids change.
  const name = path.join(`grid${Math.ceil(n / 200)}`, `${String(n).padStart(6, '0')}.mrc`);
  fs.mkdirSync(path.join(raw, path.dirname(name)), { recursive: true });
  const way = anyWay();
  if (!way.whole) bad.push(name);
  saving.push(way.save(path.join(raw, name), exposure(n + 1)));
  await sleep((2 * uniform() * 1000) / Number(rate));
}
await Promise.all(saving);
console.log(JSON.stringify(bad));
