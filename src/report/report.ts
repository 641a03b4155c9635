/**
 * The report as plain data, from the journal alone, and its files. Sums are taken over integer microseconds and divided
 * once, so that every total equals the sum of its rows to the last digit.
 */

import { effectiveRecipe, type Met } from '../correct/effective-recipe.ts';
import type { Recipe } from '../correct/recipe.ts';
import { writeWhole } from '../files/output-file.ts';
import { openWorkshop } from '../files/workshop.ts';
import { isWhole } from '../journal/arrays.ts';
import type { Contents, Entry, Run } from '../journal/contents.ts';
import type { Journal } from '../journal/journal.ts';
import { NO_PICTURES, type Pictures } from '../journal/pictures.ts';
import { PIXELS } from '../model/exposure.ts';
import { Fault, noCounts, noTimes, STAGES, type Stage } from '../model/outcome.ts';
import { rank } from '../model/rank.ts';
import { busy } from './busy.ts';
import { acquisition } from './cadence/acquisition.ts';
import { cadence } from './cadence/cadence.ts';
import { intervalsOf, timesOf } from './cadence/times.ts';
import { cameraOf } from './camera/camera.ts';
import { csv } from './csv.ts';
import { FILES, type FileName, placeOf } from './files.ts';
import { inSeconds, toExposure } from './record.ts';
import { selection } from './selection.ts';
import type { PoolSummary, Report, ReportArray, StageSummary } from './shape.ts';
import { timeSaved } from './time-saved.ts';
import { transfer } from './transfer.ts';
import { watched } from './watched.ts';

/** The charts' libraries take a while to load: only who writes a page waits for them, and who knows before loads before. */
export const loadPage = (): Promise<typeof import('./page/html.ts')> => import('./page/html.ts');

/**
 * Writes the reports of a journal; returns what they say, or null when it holds no run and nothing was written.
 * @param goesOn whoever asks is the run itself, which has not ended
 * @throws JournalTrouble, and what the system says when a file cannot be written
 */
export async function writeReports(journal: Journal, folder: string, goesOn = false): Promise<Report | null> {
  const made = reportFrom(journal, goesOn);
  return made && (await writeReport(made.report, made.pictures, folder));
}

/** What a journal says, to be written; null when it holds no run. @throws JournalTrouble */
export function reportFrom(journal: Journal, goesOn = false): { report: Report; pictures: Pictures } | null {
  const contents = journal.contents();
  if (!contents) return null;
  const pictures = journal.pictures();
  return { report: reportOf(contents, goesOn, pictures), pictures };
}

/**
 * Writes `report.html`, `report.json` and `exposures.csv` into a folder, each whole or not at all. Where another's file
 * has one of these names that one stays, and the others are written before that is said.
 * @throws Fault 'collision' then, and what the system says when a file cannot be written
 */
export async function writeReport(report: Report, pictures: Pictures, folder: string): Promise<Report> {
  const { page } = await loadPage();
  const workshop = openWorkshop(folder);
  const content: Record<FileName, () => string | Iterable<string>> = {
    'report.json': () => jsonParts(report),
    'exposures.csv': () => csv(report.exposures),
    'report.html': () => page(report, pictures),
  };
  const refused: Fault[] = [];
  for (const name of FILES) {
    try {
      writeWhole(placeOf(folder, name), content[name](), workshop);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refused.push(error);
    }
  }
  if (refused[0]) throw refused[0];
  return report;
}

/** Without the pictures it says nothing of the camera. */
export function reportOf(contents: Contents, goesOn = false, pictures: Pictures = NO_PICTURES): Report {
  const { run, entries } = contents;
  const corrected = entries.filter((entry) => entry.corrected);
  const times = corrected.flatMap((entry) => entry.corrected!.times ?? []);
  const byTheDay = contents.days.map((day) => day.times);
  const takenAt = timesOf(entries);
  const taken = acquisition(takenAt.taken.map(({ at }) => at));
  const pace = cadence(takenAt);
  const intervals: ReadonlyMap<Entry, number> = pace.silent === null ? intervalsOf(takenAt) : new Map();
  const exposures = entries.map((entry) => toExposure(entry, run.id, intervals.get(entry) ?? null));
  const seconds = run.wall / 1e6;
  const bytesNow = corrected.filter((entry) => entry.run === run.id).reduce((sum, entry) => sum + bytesIn(entry), 0);
  const perSecond = (amount: number): number | null =>
    run.done > 0 && seconds > 0 ? Math.round((amount / seconds) * 1000) / 1000 : null;
  return {
    version: 1,
    tool: { name: 'em-darkroom', version: run.tool },
    made: new Date().toISOString(),
    run: {
      id: run.id,
      command: run.command,
      started: run.started,
      finished: run.finished,
      goesOn: goesOn && run.finished === null,
      exitCode: run.exitCode,
      host: run.host,
      node: run.node,
      libraries: run.libraries,
      machine: run.machine,
      threads: run.threads,
      outputFolder: run.outputFolder,
      inlineSeconds: contents.inlineSeconds,
      seconds,
      done: run.done,
      skipped: run.skipped,
      failed: run.failed,
      exposuresPerSecond: perSecond(run.done),
      array: arrayOf(run),
      megabytesPerSecond: perSecond(bytesNow / 1e6),
    },
    recipe: run.recipe,
    effectiveRecipe: effectiveRecipe((run.recipe ?? {}) as Partial<Recipe>, corrected.map(met)),
    references: run.references,
    totals: {
      exposures: exposures.length,
      done: exposures.filter(({ status }) => status === 'done').length,
      skipped: exposures.filter(({ status }) => status === 'skipped').length,
      failed: exposures.filter(({ status }) => status === 'failed').length,
      suspect: exposures.filter(({ suspect }) => suspect.length > 0).length,
      bytesIn: corrected.reduce((sum, entry) => sum + bytesIn(entry), 0),
      bytesOut: corrected.reduce((sum, entry) => sum + entry.corrected!.bytesOut, 0),
      seconds: inSeconds(sums(noTimes(), [...times, ...byTheDay])),
      counts: sums(
        noCounts(),
        corrected.map((entry) => entry.corrected!.counts),
      ),
    },
    timeSaved: timeSaved(contents, { seconds: taken.seconds, cadence: pace }),
    stages: STAGES.map((stage) =>
      summarise(
        stage,
        times.map((each) => each[stage]),
        byTheDay.reduce((sum, each) => sum + each[stage], 0),
      ),
    ),
    exposures,
    days: contents.days.map(({ day, corrections, times: spent }) => ({ day, corrections, seconds: inSeconds(spent) })),
    acquisition: taken,
    cadence: pace,
    busy: busy(contents.load),
    transfer: transfer(exposures, contents.runs),
    disk: {
      raw: corrected.reduce((sum, entry) => sum + bytesIn(entry), 0),
      corrected: corrected.reduce((sum, entry) => sum + entry.corrected!.bytesOut, 0),
      savedBy16Bit: corrected.reduce((sum, entry) => sum + savedBy16Bit(entry), 0),
    },
    pool: poolSummary(contents),
    watch: watched(exposures, run.threads),
    camera: cameraOf(pictures),
    referenceChecks: contents.referenceChecks,
    runs: contents.runs.map(
      ({ id, started, finished, exitCode, command, tool, threads, done, skipped, failed, recipe, references }) => ({
        id,
        started,
        finished,
        exitCode,
        command,
        tool,
        threads,
        done,
        skipped,
        failed,
        recipe,
        references,
      }),
    ),
  };
}

/** The shards of a run, and which of them did not come to their end. */
function arrayOf({ array }: Run): ReportArray | null {
  if (!array) return null;
  const finished = new Set(array.parts.filter(isWhole).map(({ shard }) => shard));
  const shards = Array.from({ length: array.shards }, (_, i) => i + 1);
  return {
    shards: array.shards,
    finished: finished.size,
    unfinished: shards.filter((shard) => !finished.has(shard)),
    nodeSeconds: array.wall / 1e6,
    threadSeconds: array.threadWall / 1e6,
  };
}

/** Two-space JSON with one exposure on each line: read by people, and by `grep`. */
export const toJson = (report: Report): string => [...jsonParts(report)].join('');

/** The same in parts; rows of many exposures are a selection. */
export function* jsonParts(report: Report): Generator<string> {
  const names = Object.keys(report) as (keyof Report)[];
  const part = (from: number, to?: number): object =>
    Object.fromEntries(names.slice(from, to).map((name) => [name, report[name]]));
  const at = names.indexOf('exposures');
  const opened = JSON.stringify(part(0, at), null, 2).slice(0, -'\n}'.length);
  const rest = JSON.stringify(part(at + 1), null, 2).slice('{'.length);
  yield `${opened},\n  "exposures": [`;
  const rows = selection(report.exposures);
  for (const [i, row] of rows.entries()) yield `${i > 0 ? ',' : ''}\n    ${JSON.stringify(report.exposures[row])}`;
  yield `${rows.length > 0 ? '\n  ' : ''}],${rest}\n`;
}

const met = ({ typeRead, frames, corrected }: Entry): Met => ({
  read: typeRead ?? corrected!.typeWritten,
  written: corrected!.typeWritten,
  frames: frames ?? 1,
});

const bytesIn = (entry: Entry): number => entry.identity?.size ?? 0;

function savedBy16Bit({ width, height, frames, corrected }: Entry): number {
  const pixels = (width ?? 0) * (height ?? 0) * (frames ?? 0);
  return pixels * (PIXELS.float32.bytes - PIXELS[corrected!.typeWritten].bytes);
}

/** What the threads of the newest run gave. */
function poolSummary({ run, work }: Contents): PoolSummary {
  const busy = work.find((each) => each.run === run.id)?.busy ?? 0;
  const known = busy > 0 && run.wall > 0;
  const thousandths = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    threads: run.threads,
    busySeconds: busy / 1e6,
    speedUp: known ? thousandths(busy / run.wall) : null,
    efficiency: known ? thousandths(busy / (run.array?.threadWall ?? run.wall * run.threads)) : null,
  };
}

/** Adds the rows to `zero`, name by name; what is not known adds nothing. */
function sums<K extends string>(
  zero: Record<K, number>,
  rows: readonly Readonly<Record<K, number | null>>[],
): Record<K, number> {
  for (const row of rows) for (const name in zero) zero[name] += row[name] ?? 0;
  return zero;
}

/** `more`: microseconds of which no single rows are kept. */
function summarise(name: Stage, micros: readonly number[], more: number): StageSummary {
  const sorted = micros.toSorted((a, b) => a - b);
  const seconds = (part: number): number => rank(sorted, part, 0) / 1e6;
  const total = sorted.reduce((sum, each) => sum + each, more) / 1e6;
  return { name, total, median: seconds(0.5), percentile95: seconds(0.95), longest: seconds(1) };
}
