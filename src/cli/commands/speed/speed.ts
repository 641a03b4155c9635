/** `darkroom speed`: times each basic task on this machine and in these folders, beside the published figures. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RECIPE_ONLY, RECIPE_OPTIONS, type Recipe } from '../../../correct/recipe.ts';
import { outputFault } from '../../../files/output-file.ts';
import type { ExitCode } from '../../../model/events.ts';
import { machine } from '../../../model/machine.ts';
import { Fault, Refusal } from '../../../model/outcome.ts';
import { printable } from '../../../model/printable.ts';
import { PUBLISHED } from '../../../model/published.ts';
import { type FolderPart, folderParts, speed as measure, type Timed } from '../../../tools/speed/speed.ts';
import { THREADS } from '../../parsing/options.ts';
import type { Call } from '../../parsing/settings.ts';
import { duration } from '../../terminal/pace.ts';
import { openLine } from '../../terminal/progress.ts';
import { SIGNAL_EXITS } from '../../terminal/signals.ts';
import { say } from '../../terminal/streams.ts';

export async function run({ given, words }: Call): Promise<ExitCode> {
  const folders = (words.length > 0 ? words : ['.']).map(existing);
  const side = (given.side as number | undefined) ?? 4096;
  const threads = (given.threads as number | undefined) ?? Math.min(os.availableParallelism(), THREADS.max);
  const defaults = Object.fromEntries(
    Object.entries({ ...RECIPE_OPTIONS, ...RECIPE_ONLY }).map(([name, { fallback }]) => [name, fallback]),
  ) as unknown as Recipe;
  // The method of which the published figure speaks.
  const recipe: Recipe = { ...defaults, despike: 'leginon' };
  let task = '';
  const line = openLine(() => `timing ${task}`);
  // Only what ends in an orderly way can clean up behind itself.
  const stop = (signal: NodeJS.Signals): never => process.exit(SIGNAL_EXITS[signal as keyof typeof SIGNAL_EXITS]);
  for (const signal of Object.keys(SIGNAL_EXITS)) process.once(signal, stop);
  line.begin();
  let tasks: Timed[];
  try {
    tasks = await measure({ folders, side, threads, recipe }, (next) => {
      task = next;
    });
  } catch (error) {
    const fault = outputFault(error, folders[0]!);
    throw fault instanceof Fault ? new Refusal(fault.message, { cause: fault }) : error;
  } finally {
    line.end();
    for (const signal of Object.keys(SIGNAL_EXITS)) process.off(signal, stop);
  }
  const night = (given.exposures as number | undefined) ?? 1000;
  const inline = given.compareInline === true ? compared(tasks, side, night) : null;
  const parts = await folderParts(tasks, folders);
  if (given.json === true) {
    say(
      JSON.stringify(
        {
          version: 1,
          host: os.hostname(),
          machine: machine(),
          node: process.version,
          side,
          threads,
          tasks,
          parts,
          inline,
        },
        null,
        2,
      ),
    );
  } else {
    say(printable(`${os.hostname()}: ${machine()}, Node ${process.versions.node}`));
    say(printable(`${side} x ${side} px, seconds per exposure; published: Leginon's timing analysis, 4k camera, 2007`));
    say(sheet(tasks));
    say(`camera readout, published: ${secondsAt(side, PUBLISHED.readout).toFixed(1)} s`);
    for (const part of parts) say(printable(partOf(part)));
    if (inline) say(inWords(inline));
  }
  return 0;
}

function existing(word: string): string {
  const folder = path.resolve(word);
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Refusal(`${word}: found no folder, expected one that exists and may be written`);
  return folder;
}

const partOf = ({ folder, share, seconds, exposure, part }: FolderPart): string =>
  `${share ? 'the share' : 'the disk'} of ${folder} has ${seconds.toFixed(3)} s of the ${exposure.toFixed(3)} s of an exposure on one thread: ${(100 * part).toFixed(0)} %`;

/** What was published, scaled to `side` x `side` px. */
const secondsAt = (side: number, micros: number): number => (micros / 1e6) * (side ** 2 / PUBLISHED.pixels);

interface Compared {
  readonly exposures: number;
  /** Seconds per exposure: what was published, and the same corrections here on one thread. */
  readonly published: number;
  readonly here: number;
}

function compared(tasks: readonly Timed[], side: number, exposures: number): Compared {
  const { flatField, despike, clip, statistics } = PUBLISHED;
  const published = secondsAt(side, flatField + despike + clip + statistics);
  const here = tasks
    .filter(({ task }) => task.endsWith(', 1 thread'))
    .reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  return { exposures, published, here };
}

const inWords = ({ exposures, published, here }: Compared): string =>
  [
    '',
    'inline, acquisition would wait',
    `  as published        ${published.toFixed(2)} s an exposure, ${duration(published * exposures)} in a night of ${exposures}`,
    `  with this tool here ${here.toFixed(2)} s an exposure, ${duration(here * exposures)} in a night of ${exposures}`,
  ].join('\n');

function sheet(tasks: readonly Timed[]): string {
  const rows = tasks.map(({ task, folder, seconds, published, ratio }) => [
    printable(folder === null ? task : `${task} (${folder})`),
    seconds === null ? 'not here' : seconds.toFixed(4),
    published === null ? '' : published.toFixed(2),
    ratio === null ? '' : `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1)}x`,
  ]);
  const all = [['', 'here', 'published', 'faster'], ...rows];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...all.map((row) => row[i]!.length)));
  return all
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!))).join('  '))
    .join('\n');
}
