/** The methods that are compared: ours through the real pipeline, other people's in a Python of their own. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pass } from '../correct/passing.ts';
import type { Image } from '../oracle/image.ts';

export interface Method {
  readonly name: string;
  /** The image despiked and the seconds that took, or why that cannot be. */
  run(image: Image): Promise<{ out: Image; seconds: number } | string>;
}

export const ours = (name: string, recipe: object): Method => ({
  name,
  async run(image) {
    let seconds = Number.POSITIVE_INFINITY;
    let out = image;
    // The first run compiles, and others may have been busy: the fastest counts.
    for (let run = 0; run < 3; run++) {
      const { frames, times } = await pass([image], { steps: ['despike'], recipe, bandRows: 16 });
      out = frames[0]!;
      seconds = Math.min(seconds, times.despike / 1e6);
    }
    return { out, seconds };
  },
});

const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('../../../test/quality/others.py', import.meta.url));

const theirs = (name: string): Method => ({
  name,
  async run(image) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'quality-'));
    try {
      const [from, to] = [path.join(folder, 'in'), path.join(folder, 'out')];
      fs.writeFileSync(from, new Uint8Array(image.pixels.buffer, image.pixels.byteOffset, image.pixels.byteLength));
      const { width, height } = image;
      const ran = spawnSync(PYTHON, [SCRIPT, name, from, to, String(width), String(height)], {
        encoding: 'utf8',
        env: { ...process.env, OMP_NUM_THREADS: '1' },
      });
      if (ran.status !== 0) return ran.stderr?.trim().split('\n').at(-1) ?? `no ${PYTHON}`;
      const bytes = fs.readFileSync(to);
      const pixels = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      return { out: { width, height, pixels }, seconds: Number(ran.stdout) };
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  },
});

export const OURS: readonly Method[] = [
  ours('robust', { despike: 'robust' }),
  ours('leginon 3.5', { despike: 'leginon' }),
  ours('leginon 6', { despike: 'leginon', despikeThreshold: 6 }),
];

export const THEIRS: readonly Method[] = [
  'scipy 5x5/6',
  'scipy 7x7/8',
  'OpenCV 5x5/6',
  'L.A.Cosmic',
  'L.A.Cosmic, true gain',
  'cosmicray_median',
  'cosmicray_median, noise given',
].map(theirs);
