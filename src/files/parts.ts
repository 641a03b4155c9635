/**
 * Exposures that their writer splits into several files, `stream_000.tvips`, `stream_001.tvips`: one exposure, of which the
 * first file is the input. Its size is that of all parts, its time that of the youngest.
 */

import fs from 'node:fs';
import path from 'node:path';
import { Fault, type Identity, type Look, lookOf } from '../model/outcome.ts';
import { type Change, changeOf, faultOf, identityOf, type OpenFile, openRegular, statOf } from './input-file.ts';

const PART = /^(.*_)(\d{3})(\.tvips)$/i;

/** The path of a part, by that of another one. */
function partOf(file: string, number: number): string | null {
  const [, begin, , end] = PART.exec(path.basename(file)) ?? [];
  return begin === undefined ? null : path.join(path.dirname(file), `${begin}${String(number).padStart(3, '0')}${end}`);
}

const numberOf = (file: string): number | null => {
  const number = PART.exec(path.basename(file))?.[2];
  return number === undefined ? null : Number(number);
};

/** The first part that a later one belongs to; null: it is no later part. */
export const firstPartOf = (file: string): string | null => ((numberOf(file) ?? 0) > 0 ? partOf(file, 0) : null);

/** The same, where it is there. A later part that is alone fails where it is opened. */
export async function firstPartThere(file: string): Promise<string | null> {
  const first = firstPartOf(file);
  return first !== null && (await statOf(first).catch(() => null)) !== null ? first : null;
}

const isFirst = (file: string): boolean => numberOf(file) === 0;

/** The later parts that follow each other without a gap, as far as the system tells of them. */
async function laterIdentities(file: string): Promise<Identity[]> {
  const later: Identity[] = [];
  for (let number = 1; ; number++) {
    const part = partOf(file, number);
    const stat = part && (await statOf(part, { bigint: true }).catch(() => null));
    if (!stat) return later;
    later.push(identityOf(stat));
  }
}

/** The paths of all parts that are there; of an exposure that is not split, its own. */
export async function wholePaths(file: string): Promise<string[]> {
  const later = isFirst(file) ? await laterIdentities(file) : [];
  return [file, ...later.map((_, i) => partOf(file, i + 1)!)];
}

/** The identity of an exposure: with its later parts, where it has any. */
export async function wholeIdentity(file: string, identity: Identity): Promise<Identity> {
  return isFirst(file) ? joined([identity, ...(await laterIdentities(file))]) : identity;
}

/** The same of a look. */
export async function wholeLook(file: string, look: Look): Promise<Look> {
  if (!isFirst(file)) return look;
  const all = [look, ...(await laterIdentities(file)).map(lookOf)];
  return {
    size: all.reduce((sum, { size }) => sum + size, 0),
    mtimeMs: Math.max(...all.map(({ mtimeMs }) => mtimeMs)),
  };
}

const joined = (identities: readonly Identity[]): Identity => ({
  size: identities.reduce((sum, { size }) => sum + size, 0),
  mtimeNs: identities.reduce((latest, { mtimeNs }) => (mtimeNs > latest ? mtimeNs : latest), 0n),
});

/**
 * Opens an exposure with its later parts.
 * @throws Fault as `openRegular`; 'incomplete' when a part is missing
 */
export function openWhole(file: string): OpenFile {
  if (numberOf(file) === null) return openRegular(file);
  const first = firstPartOf(file);
  if (first !== null) {
    throw new Fault(
      'incomplete',
      `${file}: found a later part of a stream, expected its first, ${path.basename(first)}; name that one, or copy it to here`,
    );
  }
  const open: OpenFile[] = [];
  try {
    open.push(openRegular(file), ...laterNames(file).map(openRegular));
    return { ...open[0]!, identity: joined(open.map(({ identity }) => identity)), parts: open };
  } catch (error) {
    for (const { fd } of open) fs.closeSync(fd);
    throw error;
  }
}

/** @throws Fault 'incomplete' when there is a part behind one that is missing */
function laterNames(file: string): string[] {
  const folder = path.dirname(file);
  let names: string[];
  try {
    names = fs.readdirSync(folder);
  } catch (error) {
    throw faultOf(error, folder);
  }
  const later = names
    .map((name) => path.join(folder, name))
    .filter((each) => firstPartOf(each) === file)
    .sort();
  const gap = later.findIndex((each, i) => numberOf(each) !== i + 1);
  if (gap >= 0) {
    const missing = path.basename(partOf(file, gap + 1)!);
    throw new Fault(
      'incomplete',
      `${file}: found ${path.basename(later[gap]!)}, expected ${missing} before it; copy it again, or wait until it is written`,
    );
  }
  return later;
}

/** Closes an exposure with its later parts. */
export function closeWhole(file: OpenFile): void {
  for (const { fd } of file.parts ?? [file, ...(file.packed ? [file.packed] : [])]) fs.closeSync(fd);
}

/** What became of an exposure since it was opened, and of its later parts; a new part changes it too. */
export function changeOfWhole(file: OpenFile): Change {
  const { parts = [file.packed ?? file] } = file;
  const changes = parts.map(changeOf);
  const others = parts.length !== 1 + (isFirst(file.path) ? laterNames(file.path).length : 0);
  if (changes.includes('content') || others) return 'content';
  return changes.includes('attributes') ? 'attributes' : 'none';
}
