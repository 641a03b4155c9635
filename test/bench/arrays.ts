/** numpy with scipy or OpenCV in a process of its own, which times itself turn by turn. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Made } from './stage.ts';

const PYTHON = '/usr/bin/python3';
// From dist/test/bench up to the project.
const SCRIPT = fileURLToPath(new URL('../../../test/bench/arrays.py', import.meta.url));

export interface Arrays {
  /** 'scipy', 'opencv'; none where Python or numpy are missing. */
  readonly ways: readonly string[];
  /** One turn, milliseconds. */
  correct(way: string): Promise<number>;
  close(): void;
}

export async function arrays({ exposure, dark, norm, side }: Made): Promise<Arrays> {
  const child = spawn(PYTHON, [SCRIPT, exposure, dark, norm, String(side)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // One thread: OpenBLAS would start as many as there are cores.
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  child.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { done, value } = await lines.next();
    return done ? '' : value;
  };
  const [ready, ...ways] = (await next()).split(' ');
  return {
    ways: ready === 'ready' ? ways : [],
    async correct(way) {
      child.stdin.write(`${way}\n`);
      return Number(await next());
    },
    close: () => child.kill(),
  };
}
