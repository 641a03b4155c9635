/**
 * Times each basic task on this machine and in the folders named, beside the figures published for acquisition systems of
 * the past. It works on a simulated session in a folder of its own, which is gone afterwards.
 */

import fs from 'node:fs';
import path from 'node:path';
import { Journal } from './journal/journal.ts';
import type { Recipe } from './recipe.ts';
import { reportOf } from './report/report.ts';
import type { Report } from './report/shape.ts';
import { run } from './run.ts';
import { simulate } from './simulate/session.ts';

export interface SpeedOptions {
  /** Absolute; the first is where the corrections are timed. */
  readonly folders: readonly string[];
  /** Side of the exposures, px. */
  readonly side: number;
  readonly threads: number;
  readonly recipe: Recipe;
}

/** One thing that was timed. */
export interface Timed {
  readonly task: string;
  /** Null where it concerns no folder. */
  readonly folder: string | null;
  /** Of the middle of several, per exposure; null where the system does not offer it. */
  readonly seconds: number | null;
  /** Leginon's timing analysis, scaled by pixels; null where there is no such figure. */
  readonly published: number | null;
  /** How many times faster than published. */
  readonly ratio: number | null;
}

/** Seconds per 4096 x 4096: 4k Gatan camera, 2007. */
export const PUBLISHED = {
  readout: 8,
  transfer: 0.6,
  saving: 0.4,
  flatField: 0.5,
  despike: 1.8,
  clip: 1.1,
  statistics: 0.8,
} as const;

const TURNS = 5;
const PIECE = 1 << 20;

/** @param now hears what is timed next */
export async function speed(options: SpeedOptions, now: (task: string) => void): Promise<Timed[]> {
  const made: string[] = [];
  // An interruption must not leave 300 MB behind.
  const clean = (): void => {
    for (const folder of made) fs.rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clean);
  try {
    for (const folder of options.folders) made.push(fs.mkdtempSync(path.join(folder, 'darkroom-speed-')));
    const scaled = (seconds: number): number => (seconds * options.side ** 2) / 4096 ** 2;
    const timed = (task: string, folder: string | null, seconds: number | null, published: number | null): Timed => {
      const scaledTo = published === null ? null : scaled(published);
      const ratio = seconds !== null && scaledTo !== null && seconds > 0 ? scaledTo / seconds : null;
      return { task, folder, seconds, published: scaledTo, ratio };
    };
    return [
      ...options.folders.flatMap((folder, i) => {
        now(`disk of ${folder}`);
        return disk(made[i]!, options.side).map(([task, seconds, published]) =>
          timed(task, folder, seconds, published),
        );
      }),
      ...options.folders.slice(1).map((folder, i) => {
        now(`copy to ${folder}`);
        return timed(
          `copy 16 bit from ${options.folders[i]}`,
          folder,
          copy(made[i]!, made[i + 1]!, options.side),
          PUBLISHED.transfer,
        );
      }),
      ...(await corrections(made[0]!, options, now)).map(([task, seconds, published]) =>
        timed(task, null, seconds, published),
      ),
    ];
  } finally {
    clean();
    process.off('exit', clean);
  }
}

type Measured = [task: string, seconds: number | null, published: number | null];

/** Aligned to pages, as reading past the system's cache demands. */
const piece = new Uint8Array(
  new WebAssembly.Memory({ initial: PIECE / 65_536, maximum: PIECE / 65_536, shared: true }).buffer,
).fill(7);

function disk(folder: string, side: number): Measured[] {
  const file = path.join(folder, 'speed.raw');
  const bytes = side * side * 2;
  const writes: Record<'save16' | 'save32' | 'flush', number[]> = { save16: [], save32: [], flush: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    writes.save32.push(clocked(() => fs.closeSync(written(file, bytes * 2))));
    let fd = -1;
    writes.save16.push(
      clocked(() => {
        fd = written(file, bytes);
      }),
    );
    writes.flush.push(clocked(() => fs.fsyncSync(fd)));
    fs.closeSync(fd);
  }
  const reads = Array.from({ length: TURNS }, () => clocked(() => readThrough(file, fs.constants.O_RDONLY)));
  return [
    ['read 16 bit, from the page cache', middle(reads), null],
    ['read 16 bit, from the disk', direct(file), null],
    ['save 16 bit', middle(writes.save16), null],
    ['save float32', middle(writes.save32), PUBLISHED.saving],
    ['flush 16 bit', middle(writes.flush), null],
  ];
}

function written(file: string, bytes: number): number {
  const fd = fs.openSync(file, 'w');
  for (let at = 0; at < bytes; at += PIECE) fs.writeSync(fd, piece, 0, Math.min(PIECE, bytes - at));
  return fd;
}

function readThrough(file: string, flags: number): void {
  const fd = fs.openSync(file, flags);
  try {
    while (fs.readSync(fd, piece, 0, PIECE, null) > 0);
  } finally {
    fs.closeSync(fd);
  }
}

/** Past the page cache; null where system or file system have no O_DIRECT. */
function direct(file: string): number | null {
  if (fs.constants.O_DIRECT === undefined) return null;
  try {
    return middle(
      Array.from({ length: TURNS }, () =>
        clocked(() => readThrough(file, fs.constants.O_RDONLY | fs.constants.O_DIRECT)),
      ),
    );
  } catch (error) {
    if (['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** From one folder to another, flushed: what a transfer over a network mount costs. */
function copy(from: string, to: string, side: number): number {
  const source = path.join(from, 'speed.raw');
  fs.closeSync(written(source, side * side * 2));
  const target = path.join(to, 'copy.raw');
  const turns = Array.from({ length: TURNS }, () =>
    clocked(() => {
      fs.copyFileSync(source, target);
      const fd = fs.openSync(target, 'r+');
      fs.fsyncSync(fd);
      fs.closeSync(fd);
    }),
  );
  return middle(turns);
}

/** The corrections by this tool's own run: on one thread stage by stage, and on all threads as a whole. */
async function corrections(folder: string, options: SpeedOptions, now: (task: string) => void): Promise<Measured[]> {
  now('a simulated exposure and its references');
  const session = path.join(folder, 'session');
  const { side, threads } = options;
  await simulate(session, {
    count: 1,
    width: side,
    height: side,
    seed: 1,
    dose: 500,
    format: 'mrc',
    darks: 2,
    brights: 2,
  });
  const raw = path.join(session, 'raw');
  const first = path.join(raw, fs.readdirSync(raw)[0]!);
  const fill = (count: number): void => {
    for (let i = 2; i <= count; i++) fs.copyFileSync(first, path.join(raw, `copy_${i}.mrc`));
  };
  fill(TURNS);
  now('corrections on one thread');
  const one = await corrected(session, path.join(folder, 'one'), 1, options.recipe);
  const { flatField, despike, clip, statistics } = PUBLISHED;
  const stage = (name: string): number => one.stages.find((each) => each.name === name)!.median;
  const measured: Measured[] = [
    ['flat-field, 1 thread', stage('flatField'), flatField],
    ['defects, 1 thread', stage('defects'), null],
    ['despike, 1 thread', stage('despike'), despike],
    ['clip, statistics and conversion, 1 thread', stage('finish'), clip + statistics],
  ];
  now(`corrections on ${threads} threads`);
  fill(Math.max(TURNS, 4 * threads));
  const all = await corrected(session, path.join(folder, 'all'), threads, options.recipe);
  const each = all.run.exposuresPerSecond;
  measured.push([
    `all corrections, read and written, ${threads} threads`,
    each === null ? null : 1 / each,
    flatField + despike + clip + statistics,
  ]);
  return measured;
}

async function corrected(session: string, out: string, threads: number, recipe: Recipe): Promise<Report> {
  const journal = path.join(out, 'darkroom.sqlite');
  const reference = (name: string): string => path.join(session, `${name}.mrc`);
  await run(
    {
      inputs: [path.join(session, 'raw')],
      out,
      recipe,
      references: { dark: reference('dark'), bright: reference('bright'), norm: null, defects: reference('defects') },
      include: [],
      exclude: [],
      threads,
      journal,
      keepDays: 1,
      force: false,
      inlineSeconds: null,
      command: 'darkroom speed',
    },
    { signal: new AbortController().signal, emit: () => {} },
  );
  const reading = Journal.openReadOnly(journal)!;
  try {
    return reportOf(reading.contents()!);
  } finally {
    reading.close();
  }
}

/** Seconds. */
function clocked(work: () => void): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

const middle = (seconds: readonly number[]): number => seconds.toSorted((a, b) => a - b)[seconds.length >> 1]!;
