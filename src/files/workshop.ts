/**
 * `.darkroom` in an output folder: the lock stays there, files that are not yet whole come and go. It is a folder of our
 * own, or nothing is done in it: following a link there would delete the files of others.
 */

import fs from 'node:fs';
import path from 'node:path';
import { Fault } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { lstatOf, UNFINISHED, WORKSHOP } from './input-file.ts';
import { makeFolder } from './ownership.ts';

/** What every run makes in it first. */
export const LOCK = 'lock.sqlite';

/** Files of ours that are not yet whole: of exposures and masks, and of small files; the last are those of version 0.1.0. */
const PARTS = [
  /^\d+-\d+\.part(-mask\.part)?$/,
  /^darkroom-.+\.\d+\.part$/,
  /^(journal|lock\.json|status\.json|report\.html|report\.json|exposures\.csv)\.\d+\.part$/,
];

/** Letters of a name that stay in that of its unfinished file: names may not be longer than 255 bytes. */
const LETTERS = 50;

const isPart = (name: string): boolean => PARTS.some((part) => part.test(name));

/** Where a file is written before it is whole: under a name that nobody else gives to a file. */
export const unfinished = (file: string, folder: string): string =>
  path.join(folder, `darkroom-${path.basename(file).slice(-LETTERS)}.${process.pid}${UNFINISHED}`);

/**
 * The workshop of an output folder; both are made where they are missing.
 * @throws Fault 'output' when something else has its name, and what the system says
 */
export function openWorkshop(out: string): string {
  const place = path.join(out, WORKSHOP);
  if (!fs.lstatSync(place, { throwIfNoEntry: false })) makeFolder(place);
  const there = fs.lstatSync(place);
  if (!there.isDirectory()) throw stranger(place, there.isSymbolicLink() ? 'a link' : 'a file');
  const names = fs.readdirSync(place);
  const lock = fs.lstatSync(path.join(place, LOCK), { throwIfNoEntry: false });
  if (lock && !lock.isFile()) throw stranger(path.join(place, LOCK), 'no regular file');
  if (!lock && !names.every(isPart)) throw stranger(place, 'a folder that darkroom did not make');
  return place;
}

const stranger = (place: string, found: string): Fault =>
  new Fault('output', `${place}: found ${found}, expected darkroom's own; move it away, or choose another --out`);

/** Removes what is unfinished, of all or of one process. What others may have put there stays. */
export function sweep(workshop: string, pid?: number): void {
  for (const name of fs.readdirSync(workshop)) {
    if (!isPart(name) || (pid !== undefined && !name.endsWith(`.${pid}${UNFINISHED}`))) continue;
    const file = path.join(workshop, name);
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isFile()) fs.rmSync(file, { force: true });
  }
}

/** Whether a folder is the output folder of some run. */
export async function isOutputFolder(folder: string): Promise<boolean> {
  try {
    const place = path.join(folder, WORKSHOP);
    return (await lstatOf(place)).isDirectory() && (await lstatOf(path.join(place, LOCK))).isFile();
  } catch (error) {
    if (!systemError(error)) throw error;
    return false;
  }
}
