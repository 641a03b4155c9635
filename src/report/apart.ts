/**
 * Makes the reports in a process of its own: with 100 000 exposures they take seconds and hundreds of MB, which a watch
 * beside acquisition does not have. The journal may be read while it is written.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Home } from '../correct/output-place.ts';
import { WORKSHOP } from '../files/input-file.ts';
import { sweep } from '../files/workshop.ts';
import { Refusal } from '../model/outcome.ts';
import { TOLD } from './alone-exit.ts';
import { reportTrouble } from './trouble.ts';

const ALONE = fileURLToPath(new URL('./alone.js', import.meta.url));

/** Of what the process says of its trouble, characters. */
const MOST_SAID = 2000;

/**
 * Resolves to what went wrong, or null: the reports can be made again at any time. The process works inside the output folder, by
 * no path: should the share go away, nothing is written into the empty mount point.
 * @param needless aborted when nobody wants them any more, since others follow
 */
export async function writeReportsApart(
  journal: string,
  { path: out, device }: Pick<Home, 'path' | 'device'>,
  needless?: AbortSignal,
): Promise<string | null> {
  // A group of its own: Ctrl-C is for the watch, which waits for its report.
  const child = spawn(process.execPath, [ALONE, journal, String(device), out], {
    cwd: out,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let trouble: unknown = null;
  let said = '';
  child.on('error', (error) => {
    trouble = error;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_SAID);
  });
  const drop = (): void => void child.kill('SIGKILL');
  needless?.addEventListener('abort', drop, { once: true });
  await once(child, 'close').catch(() => undefined);
  needless?.removeEventListener('abort', drop);
  if (child.signalCode !== null) sweepAfter(path.join(out, WORKSHOP), child.pid);
  if (needless?.aborted || (trouble === null && child.exitCode === 0)) return null;
  if (trouble === null && child.exitCode === TOLD) return said.trim();
  const ended = `its process ended early (${child.signalCode ?? `exit code ${child.exitCode}`})`;
  return reportTrouble(trouble ?? new Refusal(`${ended}; too little memory?`), out);
}

/** What a process that was killed left half-made. */
function sweepAfter(workshop: string, pid: number | undefined): void {
  try {
    sweep(workshop, pid);
  } catch {
    // A disk that went away: the next run sweeps.
  }
}
