/** The time given back: whether the basis inline repeats itself, what C and numpy take for the same, and what all of it costs. */

import { spawn, spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { timeInline } from '../../src/conveyor/inline/inline-timer.ts';
import { LoadMeter } from '../../src/conveyor/load/load-meter.ts';
import { Journal } from '../../src/journal/journal.ts';
import { busy } from '../../src/report/busy.ts';
import { cadence } from '../../src/report/cadence/cadence.ts';
import { timesOf } from '../../src/report/cadence/times.ts';
import { reportOf } from '../../src/report/report.ts';
import { transfer } from '../../src/report/transfer.ts';
import { darkroom, installed } from './child.ts';
import { type Section, type Stage, session } from './stage.ts';
import { figures, fold, type Row } from './table.ts';

const sourceOf = (name: string): string => fileURLToPath(new URL(`../../../test/bench/${name}`, import.meta.url));

/** At most so many times the other, either way. */
const AGREES = 1.3;

const percent = (part: number): string => `${figures(100 * part)} %`;

/** Milliseconds of one timing, or nothing where none was over in time. */
async function inline(side: number): Promise<number[]> {
  const image = { width: side, height: side, type: 'uint16', despikeSize: 11, threshold: 3.5 } as const;
  const timing = await timeInline(image, { signal: new AbortController().signal, background: false });
  return timing ? [Object.values(timing.times).reduce((sum, micros) => sum + micros, 0) / 1000] : [];
}

async function repeated(side: number, times: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < times; i++) found.push(...(await inline(side)));
  return found.sort((a, b) => a - b);
}

const spread = (found: readonly number[]): number => found.at(-1)! / found[0]! - 1;

const middle = (found: readonly number[]): number => found[found.length >> 1]!;

/** The C program, and numpy with its despike; null where a compiler or numpy are missing. Milliseconds. */
function others(folder: string, side: number): { c: number | null; numpy: number | null } {
  const program = path.join(folder, 'leginon');
  const arguments_ = ['-O2', '-ffp-contract=off', sourceOf('leginon.c'), '-lm', '-o', program];
  if (!installed('gcc', '--version') || spawnSync('gcc', arguments_).status !== 0) return { c: null, numpy: null };
  const numbers = (out: string): number[] => out.trim().split(' ').map(Number);
  const parts = numbers(spawnSync(program, [String(side)], { encoding: 'utf8' }).stdout);
  const python = spawnSync('python3', [sourceOf('leginon.py'), String(side)], { encoding: 'utf8' });
  const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
  return { c: sum(parts), numpy: python.status === 0 ? sum(numbers(python.stdout)) + parts[2]! : null };
}

async function besideLoops<T>(count: number, work: () => Promise<T>): Promise<T> {
  const loops = Array.from({ length: count }, () => spawn(process.execPath, ['-e', 'for (;;);']));
  try {
    return await work();
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
  }
}

/** What is done besides correcting, in a run of so many exposures: samples of the load, and what the report computes more. */
async function cost(stage: Stage): Promise<{ part: number; seconds: number }> {
  const { folder, quick } = stage;
  const made = await session(stage, quick ? 6 : 200, quick ? 1024 : 2048);
  const out = path.join(folder, 'given-back');
  const run = ['run', made.raw, '--dark', made.dark, '--norm', made.norm, '--out', out, '--no-inline-timing'];
  const { seconds } = await darkroom(...run);
  const journal = Journal.open(path.join(out, 'darkroom.sqlite'));
  try {
    const contents = journal.contents()!;
    const { exposures } = reportOf(contents);
    const began = performance.now();
    const meter = new LoadMeter();
    for (let at = 0; at <= seconds; at += 5) meter.sample();
    journal.keepLoad(contents.run.id, meter.steps);
    busy(meter.steps);
    cadence(timesOf(contents.entries));
    transfer(exposures, contents.runs);
    return { part: (performance.now() - began) / 1000 / seconds, seconds };
  } finally {
    journal.close();
  }
}

export const givenBack: Section = {
  name: 'inline',
  describe: 'the basis inline: repeats, against C and numpy, and the cost of what the report says of the night',
  async run(stage): Promise<Row[]> {
    const side = stage.quick ? 1024 : 4096;
    const quiet = await repeated(side, 10);
    const busier = await besideLoops(4, () => repeated(side, 10));
    const { c, numpy } = others(stage.folder, side);
    const spent = await cost(stage);
    const ours = middle(quiet);
    const measured = (row: Row): Row =>
      quiet.length === 0 || busier.length === 0
        ? { what: row.what, missing: 'no turn was over within 3 s: the machine is too busy' }
        : row;
    const against = (what: string, ms: number | null): Row =>
      ms === null
        ? { what, missing: 'not installed' }
        : {
            what,
            ms,
            against: { name: 'inline', ms: ours, ratio: Math.max(ms / ours, ours / ms) },
            target: { measured: Math.max(ms / ours, ours / ms), must: AGREES, shown: fold },
          };
    return [
      measured({
        what: `inline, ${side} x ${side} px, ten times, load ${os.loadavg()[0]!.toFixed(1)}: largest above smallest`,
        ms: ours,
        found: percent(spread(quiet)),
        target: { measured: spread(quiet), must: 0.1, shown: percent },
      }),
      measured({
        what: `... beside four busy loops, ${busier.length} of ten`,
        found: percent(spread(busier)),
        target: { measured: spread(busier), must: 0.2, shown: percent },
      }),
      measured({
        what: '... median against that without them',
        found: fold(middle(busier) / ours),
        target: { measured: middle(busier) / ours, must: 1.2, shown: fold },
      }),
      measured(against("Leginon's passes in C, gcc -O2", c)),
      measured(against("numpy, and despike in C: as Leginon's", numpy)),
      {
        what: `load, pace and transfer in a run of ${stage.quick ? 6 : 200} exposures of ${spent.seconds.toFixed(0)} s`,
        found: percent(spent.part),
        target: { measured: spent.part, must: 0.01, shown: percent },
      },
    ];
  },
};
