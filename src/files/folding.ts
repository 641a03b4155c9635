/**
 * File systems that take different names for one: without regard to case (SMB, exFAT, macOS), or to the normal form of
 * Unicode. Two exposures would become one output there, the second over the first.
 */

import fs from 'node:fs';
import path from 'node:path';
import { systemError } from '../model/system-error.ts';
import { UNFINISHED, WORKSHOP } from './input-file.ts';

/** What a folder does not tell apart. */
export interface Folding {
  readonly letterCase: boolean;
  readonly normalForm: boolean;
}

export const folds = ({ letterCase, normalForm }: Folding): boolean => letterCase || normalForm;

/** Looks at an output folder with its workshop in it. `workshop`: where to try it. @throws what the system says */
export function foldingOf(out: string, workshop = path.join(out, WORKSHOP)): Folding {
  // The workshop itself shows the one; it stands where outputs will stand.
  const letterCase = isThere(path.join(out, WORKSHOP.toUpperCase()));
  const probe = path.join(workshop, `darkroom-\u00e9.${process.pid}${UNFINISHED}`);
  const other = probe.normalize('NFD');
  try {
    fs.rmSync(probe, { force: true });
    fs.closeSync(fs.openSync(probe, 'wx'));
    return { letterCase, normalForm: isThere(path.join(workshop, path.basename(other))) };
  } catch (error) {
    if (!systemError(error)) throw error;
    // No room for it, or a file system without such letters: those that fold case fold the rest as well.
    return { letterCase, normalForm: letterCase };
  } finally {
    fs.rmSync(probe, { force: true });
  }
}

const isThere = (place: string): boolean => fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined;

/** Equal for names that are one file there. Rather too many than too few: who is refused loses nothing. */
export function sameNames({ letterCase, normalForm }: Folding): (name: string) => string {
  return (name) => {
    const formed = normalForm ? name.normalize('NFC') : name;
    // By way of upper case, where the sharp s and its like meet their equals.
    return letterCase ? formed.toUpperCase().toLowerCase() : formed;
  };
}
