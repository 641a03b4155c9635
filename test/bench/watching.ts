/** `darkroom watch` beside a hundred thousand finished exposures: its start, what it costs while little happens, how soon it sees. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../src/model/events.ts';
import { BIN, darkroom, peak, processorSeconds } from './child.ts';
import { multiply } from './runs.ts';
import { type Section, type Stage, session } from './stage.ts';
import { figures, median, type Row, seconds } from './table.ts';

/** ms between two arrivals, and how many there are. */
const EVERY = 2000;
const ARRIVALS = 15;

/** Between the start and the first arrival: as quiet as after hours. ms. */
const QUIET = 10_000;

/** Seconds of `--poll`. */
const POLL = 2;

const WAYS = [
  { folders: 1, poll: 0 },
  { folders: 1000, poll: 0 },
  { folders: 1, poll: POLL },
  { folders: 1000, poll: POLL },
];

export const watch: Section = {
  name: 'watch',
  describe: 'a watch beside 100 000 finished exposures, in one folder and in 1000, with events and by listing',
  async run(stage) {
    const count = stage.quick ? 2000 : 100_000;
    const made = await session(stage, 1, 32);
    const rows: Row[] = [];
    for (const { folders, poll } of WAYS) {
      const folder = path.join(stage.folder, `watch-${folders}-${poll}`);
      const [raw, out] = [path.join(folder, 'raw'), path.join(folder, 'out')];
      fs.mkdirSync(raw, { recursive: true });
      fs.copyFileSync(made.exposure, path.join(raw, 'exposure.mrc'));
      const argv = [raw, '--dark', made.dark, '--norm', made.norm, '--max-spikes', '1000000', '--out', out];
      await darkroom('run', ...argv);
      multiply(raw, out, count, folders);
      const more = poll > 0 ? ['--poll', String(poll)] : [];
      rows.push(...(await beside(stage, made.exposure, raw, count, poll, ['watch', ...argv, ...more])));
      fs.rmSync(folder, { recursive: true });
    }
    return rows;
  },
};

async function beside(
  stage: Stage,
  exposure: string,
  raw: string,
  count: number,
  poll: number,
  argv: string[],
): Promise<Row[]> {
  const folders = fs.readdirSync(raw).filter((name) => name.startsWith('grid_'));
  const where = `${folders.length > 0 ? `${folders.length} folders` : 'one folder'}${poll > 0 ? `, --poll ${poll}` : ''}`;
  stage.note(`watch: ${where}`);
  const began = performance.now();
  const child = spawn(process.execPath, [BIN, ...argv, '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const pid = child.pid!;
  /** Seconds from being there to being seen: the delay, less the time to settle and to correct. */
  const seen = new Map<string, number>();
  const written = new Map<string, number>();
  const ready = whenAllAreKnown(child, count, ({ input, times }) => {
    const at = written.get(input);
    const later = Object.values(times).reduce((sum, micros) => sum + micros, 0) / 1e6;
    if (at !== undefined) seen.set(input, (performance.now() - at) / 1000 - later);
  });
  await ready;
  const start = performance.now() - began;
  await sleep(QUIET);
  const [from, before] = [performance.now(), processorSeconds(pid)];
  for (let i = 0; i < ARRIVALS; i++) {
    const file = path.join(raw, folders[(i * 37) % folders.length] ?? '', `new_${i}.mrc`);
    fs.copyFileSync(exposure, file);
    written.set(file, performance.now());
    await sleep(EVERY);
  }
  const share = (processorSeconds(pid) - before) / ((performance.now() - from) / 1000);
  while (seen.size < ARRIVALS && child.exitCode === null) await sleep(100);
  const resident = peak(pid, Number.NaN);
  child.kill('SIGTERM');
  await once(child, 'exit');
  const delays = [...seen.values()];
  const percent = (value: number): string => `${figures(value)} %`;
  const megabytes = (value: number): string => `${figures(value)} MB`;
  return [
    { what: `watch, ${count} finished, ${where}: all are known`, ms: start },
    {
      what: '... processor, of one core, an arrival every 2 s corrected',
      found: percent(100 * share),
      target: { measured: 100 * share, must: 5, shown: percent },
    },
    {
      what: '... memory',
      found: megabytes(resident / 1e6),
      target: { measured: resident / 1e6, must: 300, shown: megabytes },
    },
    {
      what: `... until a new file is seen: median ${seconds(median(delays))}, worst`,
      found: seconds(Math.max(...delays)),
      target: { measured: Math.max(...delays), must: poll > 0 ? 2 * poll : 2, shown: seconds },
    },
  ];
}

type Corrected = { input: string; times: Record<string, number> };

/** Resolves when a status tells of so many skipped exposures; goes on telling of those that are corrected. */
function whenAllAreKnown(child: ChildProcess, count: number, told: (outcome: Corrected) => void): Promise<void> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const event = JSON.parse(line) as RunEvent;
      if (event.event === 'status' && event.status.counts.skipped >= count) resolve();
      if (event.event === 'outcome' && event.outcome.status === 'done') told(event.outcome);
    });
  });
}
