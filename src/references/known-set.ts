/** A set of references whose files were looked at: their size in px tells for which exposures it can be meant. */

import fs from 'node:fs';
import { identityOf, openRegular, sha256Of } from '../files/input-file.ts';
import { openExposure } from '../formats/index.ts';
import { Fault, Refusal } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { KeptHashes } from './kept-hashes.ts';
import { misfit, type ReferenceFile, referenceFiles } from './references.ts';
import type { ReferenceSet } from './sets.ts';
import { AS_GIVEN, type Treatment, turnOf } from './treatment.ts';
import { turnedSize } from './turns.ts';

export interface KnownSet extends ReferenceSet {
  /** Null: no file says how large the camera is. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** The files as they were then: the same for the same content, another when one was replaced. */
  readonly id: string;
}

/** Looks at the files of a set. @throws Refusal naming the set, the file, and what to do */
export async function knownSet(set: ReferenceSet, treatment: Treatment = AS_GIVEN): Promise<KnownSet> {
  return { ...set, size: await sizeOf(set, treatment), id: idOf(set) };
}

/** @throws Refusal when a file was replaced since the set was looked at */
export function refuseReplaced({ name, id, ...set }: KnownSet): void {
  if (idOf({ ...set, name }) === id) return;
  const files = referenceFiles(set.paths).map(({ file }) => file);
  throw new Refusal(
    `references "${name}" (${files.join(', ')}): a file was replaced since they were chosen; start again, or tell a watch with darkroom reload`,
  );
}

/** Roles and hashes, as resume compares them; the level of a dark is not looked at. `kept`: those that are known. */
export async function hashesOf({ paths }: KnownSet, kept = new KeptHashes(null)): Promise<ReferenceFile[]> {
  const files: ReferenceFile[] = [];
  for (const { role, file } of referenceFiles(paths)) {
    const open = openRegular(file);
    try {
      const hash = kept.known(open) ?? sha256Of(open);
      kept.learn(open, hash);
      files.push({ role, path: file, hash, level: null });
    } finally {
      fs.closeSync(open.fd);
    }
  }
  return files;
}

/** As it is when the references are loaded, which may turn them. */
async function sizeOf({ name, paths }: ReferenceSet, treatment: Treatment): Promise<KnownSet['size']> {
  const files = referenceFiles(paths);
  const images = files.filter(({ role }) => role !== 'defects');
  let size: KnownSet['size'] = null;
  let first = '';
  for (const { role, file } of images.length > 0 ? images : files) {
    try {
      const { source, close } = await openExposure(file, role === 'defects' ? 'defects' : 'image');
      close();
      const found = turnedSize(turnOf(treatment, role), source.exposure);
      const odd = size && misfit(size, found);
      if (odd) throw new Refusal(`references "${name}": ${file} (${role}) and ${first} differ in size: ${odd}`);
      size = { width: found.width, height: found.height };
      first = file;
    } catch (error) {
      // What can be a list of pixels says nothing of a size.
      if (role === 'defects' && error instanceof Fault && error.kind !== 'missing') continue;
      if (error instanceof Fault)
        throw new Refusal(`references "${name}", ${role}: ${error.message}`, { cause: error });
      throw error;
    }
  }
  return size;
}

function idOf({ name, paths }: ReferenceSet): string {
  const files = referenceFiles(paths).map(({ role, file }) => {
    try {
      const { size, mtimeNs } = identityOf(fs.statSync(file, { bigint: true }));
      return [role, file, size, String(mtimeNs)];
    } catch (error) {
      if (!systemError(error)) throw error;
      throw new Refusal(`references "${name}", ${role}: ${file} is not there; check the path`, { cause: error });
    }
  });
  return JSON.stringify(files);
}
