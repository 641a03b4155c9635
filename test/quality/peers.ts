/** What other people use, where python3 has it, at the best of a sweep: the truth decides which setting counts. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Image } from '../oracle/image.ts';

export interface Peer {
  readonly name: string;
  /** As `others.py` knows it. */
  readonly method: string;
}

export const PEERS: readonly Peer[] = [
  { name: 'OpenCV median 5 x 5', method: 'opencv' },
  { name: 'L.A.Cosmic', method: 'lacosmic' },
];

const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('../../../test/quality/others.py', import.meta.url));

/** The image despiked with each setting of the sweep, or why that cannot be. */
export function sweep({ method }: Peer, { width, height, pixels }: Image): Image[] | string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'quality-'));
  try {
    const [from, to] = [path.join(folder, 'in'), path.join(folder, 'out')];
    fs.writeFileSync(from, new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
    const ran = spawnSync(PYTHON, [SCRIPT, method, from, to, String(width), String(height)], {
      encoding: 'utf8',
      timeout: 600_000,
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    if (ran.status !== 0) return ran.stderr?.trim().split('\n').at(-1) || `no ${PYTHON}`;
    const bytes = fs.readFileSync(to);
    const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    return Array.from({ length: all.length / pixels.length }, (_, n) => ({
      ...{ width, height },
      pixels: all.slice(n * pixels.length, (n + 1) * pixels.length),
    }));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
