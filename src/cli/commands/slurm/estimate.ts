/** What an array asks of the cluster, from a look at a few exposures: how many tasks, how much memory, how long. */

import { writtenType } from '../../../correct/recipe.ts';
import type { RunSettings } from '../../../correct/settings.ts';
import { openExposure } from '../../../formats/index.ts';
import { PIXELS } from '../../../model/exposure.ts';
import { Fault, type Job, Refusal } from '../../../model/outcome.ts';

/** Exposures looked at, spread over all of them. */
const LOOKS = 32;

/** What a pixel takes of one thread, ns: twice what the table in `darkroom help speed` says, for slower nodes. */
const WORK = 10;

/** What a share gives each task while many read and write, bytes per second. */
const SHARE = 100e6;

/** A compressed byte takes a thread so much longer, ns. */
const COMPRESSING = 30;

/** Seconds that a task is to work. */
const HALF_AN_HOUR = 1800;

/** Bytes: the program, each thread, and each name that is listed. */
const [PROGRAM, THREAD, NAME] = [350e6, 60e6, 1200];

/** Bytes of an exposure in the report, and what a task that verifies reads in a second. */
const [REPORTED, VERIFIED] = [6000, 100e6];

export interface Wanted {
  readonly cpus: number;
  /** Null: to be estimated. */
  readonly tasks: number | null;
  /** Most that the cluster lets. */
  readonly mostTasks: number;
}

export interface Estimate {
  readonly tasks: number;
  /** Of all exposures. */
  readonly bytesIn: number;
  /** That one task takes, s. */
  readonly seconds: number;
  /** Of a task, and of the one that merges: bytes and seconds. */
  readonly memory: number;
  readonly mergeMemory: number;
  readonly mergeSeconds: number;
}

interface Look {
  readonly pixels: number;
  readonly framePixels: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** @throws Refusal when none of the exposures looked at can be read */
export async function estimate(jobs: readonly Job[], settings: RunSettings, wanted: Wanted): Promise<Estimate> {
  const looks = await lookAtSome(jobs, settings);
  const mean = (of: (look: Look) => number): number => looks.reduce((sum, each) => sum + of(each), 0) / looks.length;
  const [pixels, bytesIn, bytesOut] = [
    mean((each) => each.pixels),
    mean((each) => each.bytesIn),
    mean((each) => each.bytesOut),
  ];
  const compressing = settings.recipe.compression === 'none' ? 0 : COMPRESSING;
  const work = (pixels * WORK + bytesOut * compressing) / 1e9 / wanted.cpus;
  const each = Math.max(work, (bytesIn + bytesOut) / SHARE);
  const fitting = Math.ceil((jobs.length * each) / HALF_AN_HOUR);
  const tasks = wanted.tasks ?? Math.max(1, Math.min(fitting, wanted.mostTasks, jobs.length));
  const { dark, bright, norm, defects } = settings.references;
  const planes = [dark, bright, norm].filter((file) => file !== null).length + ((defects?.length ?? 0) > 0 ? 0.1 : 0);
  const references = planes * 4 * mean(({ framePixels }) => framePixels);
  return {
    tasks,
    bytesIn: jobs.length * bytesIn,
    seconds: Math.ceil(jobs.length / tasks) * each,
    memory: 1.25 * (PROGRAM + references + wanted.cpus * THREAD + jobs.length * NAME),
    mergeMemory: 1.25 * (PROGRAM + jobs.length * REPORTED),
    mergeSeconds: (jobs.length * bytesOut) / VERIFIED,
  };
}

async function lookAtSome(jobs: readonly Job[], { recipe }: RunSettings): Promise<Look[]> {
  const looks: Look[] = [];
  let fault: Fault | null = null;
  const step = Math.max(1, Math.floor(jobs.length / LOOKS));
  for (let i = 0; i < jobs.length && looks.length < LOOKS; i += step) {
    try {
      const { source, file, close } = await openExposure(jobs[i]!.input);
      close();
      const { width, height, frames } = source.exposure;
      const pixels = width * height * frames;
      const bytesOut = pixels * PIXELS[writtenType(recipe, source.exposure)].bytes;
      looks.push({ pixels, framePixels: width * height, bytesIn: file.size, bytesOut });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      fault ??= error;
    }
  }
  if (looks.length === 0)
    throw new Refusal(`none of the exposures that were looked at can be corrected; ${fault?.message ?? 'found none'}`);
  return looks;
}
