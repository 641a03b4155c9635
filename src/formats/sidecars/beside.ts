/**
 * What lies beside an exposure and says how it was taken. It is read by the way: whatever is wrong with it is a note, and
 * the exposure is corrected as if it were not there.
 */

import fs from 'node:fs';
import path from 'node:path';
import { openRegular, readFully } from '../../files/input-file.ts';
import { type Metadata, stated, together } from '../../model/metadata.ts';
import { Fault } from '../../model/outcome.ts';
import { systemError } from '../../model/system-error.ts';
import { directElectron } from './direct-electron.ts';
import { epu } from './epu.ts';
import { mdoc } from './mdoc.ts';
import { type Described, NotUnderstood, type Sidecar } from './sidecar.ts';

/** Every kind; where two state the same, the first is believed. */
const SIDECARS: readonly Sidecar[] = [mdoc, epu, directElectron];

export interface Beside {
  readonly metadata: Metadata | undefined;
  readonly notes: readonly string[];
}

/** What the sidecars of an exposure state. Never throws for what a file can be. */
export async function besideExposure(file: string, frames: number): Promise<Beside> {
  const { dir, base: name, name: stem } = path.parse(file);
  const folder = dir === '' ? '' : `${dir}/`.replace(/\/\/$/, '/');
  const notes: string[] = [];
  const found: (Metadata | undefined)[] = [];
  for (const sidecar of SIDECARS) {
    const place = sidecar.places(folder, name, stem).find((each) => each !== file && isThere(each));
    if (place === undefined) continue;
    const said = await read(sidecar, place, { name, frames });
    notes.push(...said.notes);
    found.push(said.metadata);
  }
  return { metadata: together(...found), notes };
}

/** A folder, a pipe or a link that leads nowhere is no sidecar. */
function isThere(place: string): boolean {
  try {
    return fs.statSync(place, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch (error) {
    if (!systemError(error)) throw error;
    return false;
  }
}

async function read(sidecar: Sidecar, place: string, exposure: Described): Promise<Beside> {
  try {
    const said = await sidecar.read(textIn(place, sidecar.limit), exposure);
    return said ? { metadata: stated(said.draft), notes: said.notes } : { metadata: undefined, notes: [] };
  } catch (error) {
    if (!(error instanceof NotUnderstood || error instanceof Fault || systemError(error))) throw error;
    const why = error instanceof NotUnderstood ? error.message : 'cannot be read';
    const note = `its ${sidecar.name} ${why}: what it says of the exposure is not known`;
    return { metadata: undefined, notes: [note] };
  }
}

/** UTF-16 where a byte order mark says so, UTF-8 otherwise. */
function textIn(place: string, limit: number): string {
  const file = openRegular(place);
  try {
    if (file.size > limit) throw new NotUnderstood(`has more than ${limit >> 20} MB`);
    const bytes = Buffer.alloc(file.size);
    readFully(file, bytes, 0);
    const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
    const text = new TextDecoder(wide ? 'utf-16le' : 'utf-8').decode(bytes);
    if (text.trim() === '') throw new NotUnderstood('is empty');
    if (text.includes('\0')) throw new NotUnderstood('has bytes of 0: is it still being written?');
    return text;
  } finally {
    fs.closeSync(file.fd);
  }
}
