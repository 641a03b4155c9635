/** The real bin as a child, watched: when its events come, how much processor time and memory it takes. */

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../../bin/darkroom.js', import.meta.url));
const TICKS_PER_SECOND = 100;

export interface Watched {
  /** Milliseconds from the start of the process to its end, and to the event 'started'. */
  readonly ms: number;
  readonly startedMs: number;
  /** Between 'started' and 'finished', seconds. */
  readonly seconds: number;
  /** Processor seconds per second in that time; NaN where the system does not tell. */
  readonly cores: number;
  /** Largest resident memory, bytes; NaN where the system does not tell. */
  readonly resident: number;
  /** Exposures that were found done already. */
  readonly skipped: number;
}

/** @throws Error when it does not exit with 0 */
export async function darkroom(...argv: string[]): Promise<Watched> {
  const began = performance.now();
  const child = spawn(process.execPath, [BIN, ...argv, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const moments: Record<string, { at: number; cpu: number }> = {};
  let resident = Number.NaN;
  let skipped = 0;
  let err = '';
  let rest = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  child.stdout.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const event of ['started', 'finished']) {
      const said = lines.find((line) => line.startsWith(`{"event":"${event}"`));
      if (said === undefined) continue;
      if (event === 'finished') skipped = JSON.parse(said).skipped;
      moments[event] = { at: performance.now(), cpu: processorSeconds(child.pid!) };
      resident = peak(child.pid!, resident);
    }
  });
  const looks = setInterval(() => {
    resident = peak(child.pid!, resident);
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(looks);
  const ended = performance.now();
  if (code !== 0) throw new Error(`darkroom ${argv.join(' ')} ended with ${code}\n${err}`);
  const { started, finished } = moments;
  const seconds = (finished!.at - started!.at) / 1000;
  return {
    ms: ended - began,
    startedMs: started!.at - began,
    seconds,
    cores: (finished!.cpu - started!.cpu) / seconds,
    resident,
    skipped,
  };
}

/** User and system time of all threads so far: proc(5), stat, fields 14 and 15. */
export function processorSeconds(pid: number): number {
  try {
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}

/** VmHWM; what was seen before when the process is gone. */
export function peak(pid: number, before: number): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return kilobytes ? Number(kilobytes) * 1024 : before;
  } catch {
    return before;
  }
}

/** Whether a program is there. */
export const installed = (program: string, ...argv: string[]): boolean => spawnSync(program, argv).error === undefined;

/** @throws Error when it fails */
export function call(program: string, ...argv: string[]): void {
  const { status, stderr, error } = spawnSync(program, argv, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${error?.message ?? stderr}`);
}
