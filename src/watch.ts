/**
 * Correcting beside acquisition: `watch` leads exposures from the intake down the conveyor as they arrive, until it is
 * stopped. What `run` stops over, it waits out.
 *
 *     arrived -> settled -> already done? -> conveyor (pool -> journal -> events) -> report
 *                   ^------- changed, or cut short after all -------'
 */

import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkWith, instrumentsIn } from './conveyor/first-exposures.ts';
import { OutputFolder } from './conveyor/output-folder.ts';
import { Pool } from './conveyor/pool.ts';
import { prepare, workerStart } from './conveyor/prepare.ts';
import { refuseOtherStatus } from './conveyor/status-file.ts';
import { type WatchControl, Watcher } from './conveyor/watcher.ts';
import type { WatchSettings } from './correct/settings.ts';
import { isShare } from './files/input-file.ts';
import type { ExitCode } from './model/events.ts';
import { type Job, Refusal, Trouble } from './model/outcome.ts';
import { pauseAfter, pauseFor } from './model/retry.ts';
import { inWords, systemError } from './model/system-error.ts';
import { reportsInTheWay } from './report/files.ts';

/**
 * Corrects what is there and what arrives in the folders until it is stopped.
 * @throws Refusal before any exposure is touched, when options, references or folders are wrong
 */
export async function watch(settings: WatchSettings, control: WatchControl): Promise<ExitCode> {
  const missing = await notMadeYet(settings);
  await realFolders(settings, missing);
  refuseOtherStatus(settings);
  const start = workerStart(settings);
  const prepared = await prepare(settings, [], start);
  for (const message of prepared.notes) control.emit({ event: 'note', message, level: 'information' });
  if (!(await allMade(missing, settings, control))) return stoppedBefore(control);
  const folders = await realFolders(settings);
  for (const message of await unseenShares(settings, folders)) control.emit({ event: 'note', message });
  const { supply } = prepared;
  const shared = instrumentsIn(start);
  const check = (jobs: readonly Job[]) => checkWith(jobs, settings.recipe, supply, shared);
  const begun = await begin(settings, control, () => {
    const folder = new OutputFolder(settings);
    try {
      prepared.hashes.save();
      return { folder, watcher: new Watcher(settings, folders, folder, { supply, check }, control) };
    } catch (error) {
      folder.close();
      throw error;
    }
  });
  if (begun === null) return stoppedBefore(control);
  const { folder, watcher } = begun;
  for (const message of reportsInTheWay(settings.out)) control.emit({ event: 'note', message });
  try {
    const pool = new Pool(start, { threads: settings.threads, background: true });
    try {
      return await watcher.run(pool);
    } finally {
      await pool.close();
    }
  } finally {
    folder.close();
  }
}

/** A full disk, or a share that is not there yet, is waited out from the start; null: it was stopped meanwhile. */
async function begin<Begun>(
  { stopFile }: WatchSettings,
  { signal, emit }: WatchControl,
  attempt: () => Begun,
): Promise<Begun | null> {
  let paused: number | null = null;
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      const begun = attempt();
      if (paused !== null) emit({ event: 'resumed', seconds: (performance.now() - paused) / 1000 });
      return begun;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      if (paused === null) emit({ event: 'paused', reason: error.message });
      paused ??= performance.now();
    }
    await pauseFor(pauseAfter(tries, 'start'), signal);
    if (stopFile !== null && (await isThere(stopFile))) return null;
  }
  return null;
}

function stoppedBefore({ signal, emit }: WatchControl): ExitCode {
  // By the stop file, unless somebody asked otherwise.
  const exit = signal.aborted ? (signal.reason as ExitCode) : 0;
  const none = { done: 0, skipped: 0, failed: 0, suspect: 0, copied: 0, ignored: 0, seconds: 0 };
  emit({ event: 'finished', run: 0, exit, ...none, why: [], camera: null });
  return exit;
}

/** Whether a folder has been made is looked at that often, ms. */
const MADE_CHECK = 500;

/**
 * Folders that acquisition has yet to make, in a folder that is there.
 * @throws Refusal when the stop file is there already
 */
async function notMadeYet({ inputs, stopFile }: WatchSettings): Promise<string[]> {
  if (stopFile !== null && (await isThere(stopFile)))
    throw new Refusal(`--stop-file ${stopFile}: is there already; remove it first`);
  const missing: string[] = [];
  for (const input of inputs) {
    const absent = await fs.stat(input).then(
      () => false,
      (error: unknown) => systemError(error)?.name === 'ENOENT',
    );
    if (absent && (await isFolder(path.dirname(input)))) missing.push(input);
  }
  return missing;
}

/** Waits until all are made; false: it was stopped before, by a signal, the stop file or --until-idle. */
async function allMade(
  folders: readonly string[],
  { stopFile, untilIdle }: WatchSettings,
  { signal, emit }: WatchControl,
): Promise<boolean> {
  const began = performance.now();
  for (const folder of folders) {
    if (await isThere(folder)) continue;
    emit({
      event: 'note',
      message: `${folder}: is not there yet; watching begins when it is made (if the name is wrong, stop and check the path)`,
    });
    while (!(await isThere(folder))) {
      if (signal.aborted || (stopFile !== null && (await isThere(stopFile)))) return false;
      if (untilIdle !== null && performance.now() > began + untilIdle) return false;
      await sleep(MADE_CHECK, undefined, { signal }).catch(() => undefined);
    }
    emit({ event: 'note', message: `${folder}: is there now`, level: 'information' });
  }
  return true;
}

/**
 * The real paths of the folders that are there.
 * @param missing not looked at: they are waited for
 * @throws Refusal when one is no folder, or the output folder
 */
async function realFolders({ inputs, out }: WatchSettings, missing: readonly string[] = []): Promise<string[]> {
  const folders: string[] = [];
  for (const input of inputs.filter((each) => !missing.includes(each))) {
    const there = await fs.stat(input).catch((error: unknown) => {
      const found =
        systemError(error)?.name === 'ENOENT'
          ? 'there is no such folder, nor one to make it in'
          : `cannot be looked at: ${inWords(error)}`;
      throw new Refusal(`${input}: ${found}; check the path`, { cause: error });
    });
    if (!there.isDirectory())
      throw new Refusal(`${input}: is a file, expected a folder to watch; for single files use darkroom run`);
    const real = await fs.realpath(input);
    if (real === (await fs.realpath(out).catch(() => out)))
      throw new Refusal(
        `${input}: is the output folder itself; name the folder of the raw exposures, or another --out`,
      );
    folders.push(real);
  }
  return folders;
}

/** The system tells nothing of what another computer writes on a share. */
async function unseenShares({ poll }: WatchSettings, folders: readonly string[]): Promise<string[]> {
  if (poll > 0) return [];
  const shares = await Promise.all(folders.map(isShare));
  return folders
    .filter((_, i) => shares[i])
    .map(
      (each) =>
        `${each}: is on a share, where files that other computers write are seen every 30 s only; give --poll 2`,
    );
}

const isThere = async (file: string): Promise<boolean> => (await fs.stat(file).catch(() => null)) !== null;

const isFolder = async (folder: string): Promise<boolean> =>
  (await fs.stat(folder).catch(() => null))?.isDirectory() ?? false;
