/** References that lie among the exposures: they are not corrected, which is said; one that looks like an exposure is refused. */

import fs from 'node:fs/promises';
import path from 'node:path';
import { openExposure } from '../formats/index.ts';
import { Fault, Refusal } from '../model/outcome.ts';
import { namedAs } from '../references/acceptance.ts';
import { type ReferencePaths, referenceFiles } from '../references/references.ts';
import { Patterns } from './patterns.ts';

export interface Among {
  /** Files and folders. */
  readonly inputs: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly references: ReferencePaths;
}

/**
 * What to tell of references among the exposures.
 * @throws Refusal when a bright or a norm there has the name, size and type of the exposures beside it
 */
export async function referencesAmong({ inputs, references, ...globs }: Among): Promise<string[]> {
  const patterns = new Patterns(globs);
  const wanted = (relative: string): boolean => patterns.wants(relative);
  const all = await Promise.all(referenceFiles(references).map(({ file }) => real(file)));
  const notes: string[] = [];
  for (const { role, file } of referenceFiles(references)) {
    const place = await real(file);
    const root = (await Promise.all(inputs.map(real))).find((input) => input === place || isBelow(place, input));
    if (root === undefined) continue;
    const folder = path.dirname(place);
    const relative = (name: string): string => path.relative(root, path.join(folder, name));
    if (root !== place && !wanted(relative(path.basename(place)))) continue;
    notes.push(`${file}: lies among the exposures; it is --${role}, and is not corrected`);
    if (namedAs(path.basename(place)) !== null || (role !== 'bright' && role !== 'norm')) continue;
    const names = root === place ? await namedBeside(inputs, folder) : await fs.readdir(folder);
    const alike = names
      .filter((name) => root === place || wanted(relative(name)))
      .map((name) => path.join(folder, name))
      .find((other) => !all.includes(other) && isAlike(other, place));
    if (alike !== undefined && (await kindOf(alike)) === (await kindOf(place))) {
      throw new Refusal(
        `${file} (${role}): lies among the exposures and has the name, size and type of ${path.basename(alike)}; is it an exposure? give a ${role}, or copy it to another folder if it is one`,
      );
    }
  }
  return notes;
}

const real = (file: string): Promise<string> => fs.realpath(file).catch(() => path.resolve(file));

const isBelow = (file: string, folder: string): boolean => file.startsWith(folder + path.sep);

/** Names of the inputs that were named one by one in a folder. */
async function namedBeside(inputs: readonly string[], folder: string): Promise<string[]> {
  const places = await Promise.all(inputs.map(real));
  return places.filter((each) => path.dirname(each) === folder).map((each) => path.basename(each));
}

/** Whether two names differ in their numbers only. */
function isAlike(one: string, other: string): boolean {
  const pattern = (file: string): string => path.basename(file).replace(/\d+/g, '0');
  return one !== other && pattern(one) === pattern(other);
}

/** Size, frames and type of an image; null where it cannot be read. */
async function kindOf(file: string): Promise<string | null> {
  try {
    const { source, close } = await openExposure(file);
    close();
    const { width, height, frames, type } = source.exposure;
    return `${width} x ${height} x ${frames} ${type}`;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
