/** What the cluster says: how large an array may be. And the words in which Slurm takes amounts. */

import { spawnSync } from 'node:child_process';

/** An answer of a controller that is there takes less, ms. */
const PATIENCE = 10_000;

/** Slurm's own default. */
const USUAL_ARRAY = 1001;

/** Tasks are counted from 1, and the highest number is below MaxArraySize. `known`: the cluster said so. */
export function mostTasks(): { readonly most: number; readonly known: boolean } {
  const { stdout, status } = spawnSync('scontrol', ['show', 'config'], { encoding: 'utf8', timeout: PATIENCE });
  const found = status === 0 ? /^MaxArraySize\s*=\s*(\d+)/m.exec(stdout)?.[1] : undefined;
  return { most: Math.max(1, Number(found ?? USUAL_ARRAY) - 1), known: found !== undefined };
}

/** Bytes as sbatch takes them, whole half gigabytes. */
export const inMegabytes = (bytes: number): string => `${512 * Math.ceil(bytes / 2 ** 29)}M`;

/** A time limit as sbatch takes it, whole five minutes. */
export function inHours(seconds: number): string {
  const minutes = 5 * Math.ceil(seconds / 300);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${days > 0 ? `${days}-` : ''}${two(hours)}:${two(rest)}:00`;
}
