/**
 * A camera computer: a process of its own that writes a file as its arguments say, in small steps with pauses between. The
 * source is a finished exposure; `writer.js <source> <step>...`, where a step is one of those below, comma separated.
 */

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [source, ...steps] = process.argv.slice(2);
const bytes = fs.readFileSync(source!);

/** Parts of the source are given as fractions of its length. */
const part = (fraction: string): number => Math.round(bytes.length * Number(fraction));

const STEPS: Record<string, (...words: string[]) => unknown> = {
  /** Waits so many ms. */
  pause: (ms) => sleep(Number(ms)),
  /** Appends what lies between two fractions of the source. */
  append: (file, from, to) => fs.appendFileSync(file!, bytes.subarray(part(from!), part(to!))),
  /** Writes it in its place, in a file that is there. */
  fill: (file, from, to) => {
    const fd = fs.openSync(file!, 'r+');
    fs.writeSync(fd, bytes, part(from!), part(to!) - part(from!), part(from!));
    fs.closeSync(fd);
  },
  /** Makes a file of the full size without blocks, as SMB does. */
  reserve: (file) => {
    fs.writeFileSync(file!, '');
    fs.truncateSync(file!, bytes.length);
  },
  /** Makes a file of the full size out of zeros. */
  zeros: (file) => fs.writeFileSync(file!, Buffer.alloc(bytes.length)),
  rename: (from, to) => fs.renameSync(from!, to!),
  remove: (file) => fs.rmSync(file!),
  mkdir: (folder) => fs.mkdirSync(folder!, { recursive: true }),
  /** Gives it a time long ago, as `cp -p` and `rsync -t` do. */
  old: (file) => fs.utimesSync(file!, 1_000_000_000, 1_000_000_000),
};

for (const step of steps) {
  const [name, ...words] = step.split(',');
  await STEPS[name!]!(...words);
}
