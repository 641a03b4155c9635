/**
 * Times each basic task on this machine and in the folders named, beside the figures published for acquisition systems of
 * the past. It works on a simulated session in a folder of its own, which is gone afterwards.
 */

import fs from 'node:fs';
import path from 'node:path';
import type { Recipe } from '../../correct/recipe.ts';
import { isShare } from '../../files/input-file.ts';
import { Journal } from '../../journal/journal.ts';
import { PUBLISHED } from '../../model/published.ts';
import { NO_SETS } from '../../references/sets.ts';
import { reportOf } from '../../report/report.ts';
import type { Report } from '../../report/shape.ts';
import { run } from '../../run.ts';
import { simulate } from '../simulate/session.ts';
import { copyTime, diskTimes } from './disk-speed.ts';
import { kernelTimes } from './kernel-speed.ts';
import { TURNS } from './stopwatch.ts';

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
  /** The median of several, per exposure; null where the system does not offer it. */
  readonly seconds: number | null;
  /** Leginon's timing analysis, scaled by pixels; null where there is no such figure. */
  readonly published: number | null;
  /** How many times faster than published. */
  readonly ratio: number | null;
}

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
    const scale = options.side ** 2 / PUBLISHED.pixels / 1e6;
    const timed = (folder: string | null, [task, seconds, figure]: Measured): Timed => {
      const published = figure === null ? null : figure * scale;
      const ratio = seconds !== null && published !== null && seconds > 0 ? published / seconds : null;
      return { task, folder, seconds, published, ratio };
    };
    const tasks: Timed[] = [];
    for (const [i, folder] of options.folders.entries()) {
      now(`disk of ${folder}`);
      tasks.push(...(await disk(made[i]!, options.side)).map((each) => timed(folder, each)));
      if (i === 0) continue;
      now(`copy to ${folder}`);
      const copied = copyTime(made[i - 1]!, made[i]!);
      tasks.push(timed(folder, [`copy 16 bit from ${options.folders[i - 1]}`, copied, PUBLISHED.transfer]));
    }
    return [...tasks, ...(await corrections(made[0]!, options, now)).map((each) => timed(null, each))];
  } finally {
    clean();
    process.off('exit', clean);
  }
}

/** `published`: microseconds. */
type Measured = [task: string, seconds: number | null, published: number | null];

async function disk(folder: string, side: number): Promise<Measured[]> {
  const { cached, direct, save16, save32, flush16 } = diskTimes(folder, side * side);
  return [
    ['read 16 bit, from the page cache', cached, null],
    ['read 16 bit, from the disk', direct, null],
    ['save 16 bit', save16, null],
    ['save float32', save32, PUBLISHED.saving[(await isShare(folder)) ? 'NFS' : 'local']],
    ['flush 16 bit', flush16, null],
  ];
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
  now('clip and statistics by themselves');
  const alone = await kernelTimes(first);
  now(`corrections on ${threads} threads`);
  fill(Math.max(TURNS, 4 * threads));
  const all = await corrected(session, path.join(folder, 'all'), threads, options.recipe);
  const each = all.run.exposuresPerSecond;
  const { flatField, despike, clip, statistics } = PUBLISHED;
  return [
    ...stages(one, 1),
    ['clip alone', alone.clip, clip],
    ['statistics alone', alone.statistics, statistics],
    ...(threads > 1 ? stages(all, threads) : []),
    [
      `all corrections, read and written, ${threads} ${threads === 1 ? 'thread' : 'threads'} and start`,
      each === null ? null : 1 / each,
      flatField + despike + clip + statistics,
    ],
  ];
}

/** Seconds per exposure when each of the threads has one in hand. */
function stages({ stages: found }: Report, threads: number): Measured[] {
  const { flatField, despike, clip, statistics } = PUBLISHED;
  const on = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const median = (name: string): number => found.find((each) => each.name === name)!.median / threads;
  return [
    [`flat-field, ${on}`, median('flatField'), flatField],
    [`defects, ${on}`, median('defects'), null],
    [`despike, ${on}`, median('despike'), despike],
    [`clip, statistics and conversion in one pass, ${on}`, median('finish'), clip + statistics],
  ];
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
      choosing: NO_SETS,
      include: [],
      exclude: [],
      threads,
      journal,
      keepDays: 1,
      force: false,
      shard: null,
      inlineSeconds: null,
      inlineTiming: false,
      strictCamera: false,
      expect: null,
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

/** What a folder has of the time of an exposure that is read there, corrected on one thread, and written there. */
export interface FolderPart {
  readonly folder: string;
  /** It is on a share. */
  readonly share: boolean;
  /** Read, saved and flushed; s. */
  readonly seconds: number;
  /** With the corrections; s. */
  readonly exposure: number;
  /** 0 to 1. */
  readonly part: number;
}

/** `tasks`: as they were timed. */
export async function folderParts(tasks: readonly Timed[], folders: readonly string[]): Promise<FolderPart[]> {
  const corrections = sum(tasks.filter(({ task }) => task.endsWith(', 1 thread')));
  return await Promise.all(
    folders.map(async (folder) => {
      const mine = tasks.filter((each) => each.folder === folder);
      const named = (name: string): Timed[] => mine.filter(({ task, seconds }) => task === name && seconds !== null);
      const read = [...named('read 16 bit, from the disk'), ...named('read 16 bit, from the page cache')].slice(0, 1);
      const seconds = sum([...read, ...named('save 16 bit'), ...named('flush 16 bit')]);
      const exposure = seconds + corrections;
      return { folder, share: await isShare(folder), seconds, exposure, part: exposure > 0 ? seconds / exposure : 0 };
    }),
  );
}

const sum = (tasks: readonly Timed[]): number => tasks.reduce((all, { seconds }) => all + (seconds ?? 0), 0);
