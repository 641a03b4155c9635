/**
 * Sets of references made of the files in a folder: by what their labels or names say they are, by their size, and by when
 * they were taken. For each size the newest references count for all exposures that are taken after them.
 */

import fs from 'node:fs/promises';
import path from 'node:path';
import { extensionInside } from '../files/gzip.ts';
import { EXTENSIONS, openExposure } from '../formats/index.ts';
import { Fault, Refusal } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { namedAs, writtenAs } from './acceptance.ts';
import { shownTime } from './conditions.ts';
import { readDefectList } from './defect-lists/index.ts';
import type { ReferencePaths } from './references.ts';
import type { ReferenceSet } from './sets.ts';
import { AS_GIVEN, type Treatment, turnOf } from './treatment.ts';
import { turnedSize } from './turns.ts';

type Role = 'dark' | 'bright' | 'norm' | 'defects';

interface Found {
  readonly file: string;
  readonly role: Role;
  /** "4096 x 4096" px; null: a list of defects, which says nothing of a size. */
  readonly size: string | null;
  /** ms since 1970. */
  readonly taken: number;
}

/** References that were taken within so long of each other belong together, ms. */
const TOGETHER = 10 * 60_000;

const LISTS = ['.txt', '.xml', '.yaml', '.yml'];

export interface FolderSets {
  readonly sets: readonly ReferenceSet[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** @throws Refusal when the folder cannot be listed */
export async function setsIn(folder: string, treatment: Treatment = AS_GIVEN): Promise<FolderSets> {
  const notes: string[] = [];
  const found: Found[] = [];
  for (const file of await filesBelow(folder)) {
    const one = await lookAt(file, treatment);
    if (typeof one === 'string') notes.push(one);
    else if (one) found.push(one);
  }
  const sizes = [...new Set(found.flatMap(({ size }) => size ?? []))];
  const lists = found.filter(({ size }) => size === null);
  const sets = sizes.flatMap((size) => {
    const own = found.filter((each) => each.size === size);
    const made = setsOf(folder, size, own, lists);
    if (made.length === 0)
      notes.push(`${folder}: found no norm and no pair of dark and bright of ${size} px; add what is missing`);
    return made;
  });
  return { sets, notes };
}

/** What changes when a file comes, goes or is replaced. */
export async function signatureOf(folder: string): Promise<string> {
  const files = await filesBelow(folder).catch(() => []);
  const looks = await Promise.all(
    files.map(async (file) => {
      const stat = await fs.stat(file).catch(() => null);
      return [file, stat?.size, stat?.mtimeMs];
    }),
  );
  return JSON.stringify(looks);
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await fs.readdir(folder, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => [...EXTENSIONS, ...LISTS].includes(extensionInside(file)))
      .sort();
  } catch (error) {
    const said = systemError(error);
    if (!said) throw error;
    throw new Refusal(`--references-folder ${folder}: cannot be listed (${said.name}); check the path`, {
      cause: error,
    });
  }
}

/** A note where it cannot be told what it is; null: a text that is none of ours. */
async function lookAt(file: string, treatment: Treatment): Promise<Found | string | null> {
  const name = path.basename(file);
  const { mtimeMs } = await fs.stat(file);
  if (LISTS.includes(path.extname(file).toLowerCase())) {
    if (!NAMES.defects.test(name)) return null;
    try {
      return (await readDefectList(file)) ? { file, role: 'defects', size: null, taken: mtimeMs } : null;
    } catch (error) {
      if (error instanceof Refusal || error instanceof Fault) return error.message;
      throw error;
    }
  }
  try {
    const { source, close } = await openExposure(file, 'image');
    close();
    const role = roleOf(name, source.carried.description);
    if (role === null)
      return `${file}: neither its label nor its name says which reference it is; name it dark, bright, norm, gain or defects`;
    const { width, height } = turnedSize(turnOf(treatment, role), source.exposure);
    const taken = source.exposure.metadata?.taken ?? mtimeMs;
    return { file, role, size: `${width} x ${height}`, taken };
  } catch (error) {
    // It may still be written: it is looked at again.
    if (error instanceof Fault) return `${error.message}: left out of the references`;
    throw error;
  }
}

const NAMES = {
  defects: /defect|bad[ _-]?pix|hot[ _-]?pix/i,
  norm: /(?<![a-z])(norm|gain)|countref|superref/i,
} as const;

/** By its label, otherwise by its name. */
function roleOf(name: string, description: readonly string[]): Role | null {
  const written = writtenAs(description);
  if (written === 'dark' || written === 'bright' || written === 'norm' || written === 'defects') return written;
  if (NAMES.defects.test(name)) return 'defects';
  if (NAMES.norm.test(name)) return 'norm';
  return namedAs(name);
}

/** Sets of one size, each from the time of its last file on; the first also for exposures that are older. */
function setsOf(folder: string, size: string, own: readonly Found[], lists: readonly Found[]): ReferenceSet[] {
  const steps: { readonly from: number; readonly paths: ReferencePaths }[] = [];
  let paths: ReferencePaths = { dark: null, bright: null, norm: null, defects: null };
  for (const group of groupsOf([...own, ...lists].sort((a, b) => a.taken - b.taken))) {
    for (const { role, file } of group) {
      // The newest of bright and norm counts.
      const instead = role === 'bright' ? { norm: null } : role === 'norm' ? { bright: null } : {};
      paths = { ...paths, ...instead, [role]: file };
    }
    if (paths.norm !== null || (paths.bright !== null && paths.dark !== null))
      steps.push({ from: group.at(-1)!.taken, paths });
  }
  return steps.map(({ from, paths: its }, i) => ({
    name: `${path.relative(folder, its.norm ?? its.bright!)} (${size}, ${shownTime(from)})`,
    paths: its,
    when: {
      ...(i > 0 && { from }),
      ...(i < steps.length - 1 && { to: steps[i + 1]!.from }),
    },
  }));
}

/** `found`: by time. */
function groupsOf(found: readonly Found[]): Found[][] {
  const groups: Found[][] = [];
  for (const each of found) {
    const last = groups.at(-1);
    // Two of one role do not belong together.
    const joins = last && each.taken - last.at(-1)!.taken <= TOGETHER && !last.some(({ role }) => role === each.role);
    if (joins) last.push(each);
    else groups.push([each]);
  }
  return groups;
}
