/** Files that are read: opened only when they are regular, read whole or not at all, identified without reading. */

import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { crashFault } from '../model/crash.ts';
import { Fault, type FaultKind, type Identity } from '../model/outcome.ts';
import { systemError, type TroubleKind } from '../model/system-error.ts';

/** A regular file open for reading. `size` in bytes, as it was when opened. */
export interface OpenFile {
  readonly path: string;
  readonly fd: number;
  readonly size: number;
  readonly identity: Identity;
  /** When content, mode or names last changed, as it was when opened: nobody can set it back. ns. */
  readonly ctimeNs: bigint;
  /** All files of an exposure that is split, this one first: see `parts.ts`. `identity` is then that of all. */
  readonly parts?: readonly OpenFile[];
  /** The file as it stands on the disk, where this is what was unpacked from it: see `unpacked.ts`. */
  readonly packed?: OpenFile;
}

const { O_RDONLY, O_NONBLOCK } = fs.constants;

/** Half the price of their sisters in `fs/promises`, where a hundred thousand files are looked at. */
export const statOf = promisify(fs.stat);
export const lstatOf = promisify(fs.lstat);
const openOf = promisify(fs.open);
const fstatOf = promisify(fs.fstat);
const closeOf = promisify(fs.close);
const readvOf = promisify(fs.readv);

/** What the server of a share says of a regular file or a folder: only opening asks it, a stat may be some seconds old. */
export async function freshStat(place: string): Promise<fs.Stats> {
  const fd = await openOf(place, O_RDONLY | O_NONBLOCK);
  try {
    return await fstatOf(fd);
  } finally {
    await closeOf(fd);
  }
}

export const identityOf = ({ size, mtimeNs }: fs.BigIntStats): Identity => ({ size: Number(size), mtimeNs });

/** What is worth more words than the system's own when a file is read. */
const WHEN_READ: Record<string, [FaultKind, string]> = {
  ENOENT: ['missing', 'is not there (deleted, or a link that leads nowhere); check the path'],
  EACCES: ['unreadable', 'may not be read; check its permissions (chmod a+r) and those of its folders'],
  EPERM: ['unreadable', 'may not be read; check its permissions and those of its folders'],
  ELOOP: ['unreadable', 'is a link that leads back to itself; remove the link'],
  EISDIR: ['unreadable', 'is a folder with the name of an exposure; rename it or leave it out with --exclude'],
  ESTALE: ['unreadable', 'was lost by the share (stale handle); it is tried again at the next run'],
  EIO: ['unreadable', 'cannot be read (input/output error); check the disk or the share'],
};

/** What to look at when a file cannot be read, by what the trouble is. */
const TO_DO: Record<TroubleKind, string> = {
  room: 'check the disk or the share',
  away: 'check the disk or the share',
  denied: 'check its permissions and the login to the share',
  scarce: 'it is tried again',
  other: 'check the path',
};

/** Turns what the system says about `file` into a Fault; bugs and Faults pass unchanged. */
export function systemFault(error: unknown, file: string): unknown {
  const said = error instanceof Fault ? null : systemError(error);
  if (!said) return error;
  const { name, trouble, words } = said;
  const [kind, text] = WHEN_READ[name] ?? [
    trouble === 'scarce' ? 'scarce' : 'unreadable',
    `cannot be read: ${words} (${name}); ${TO_DO[trouble]}`,
  ];
  return new Fault(kind, `${file}: ${text}`, { cause: error });
}

/** The same, where the way of one exposure ends: a bug becomes its failure too. */
export function faultOf(error: unknown, file: string): Fault {
  const said = systemFault(error, file);
  return said instanceof Fault ? said : crashFault(error, file);
}

/**
 * Opens a regular file. Pipes, devices and sockets are never opened: the kind is looked at first, and the open does not
 * block should somebody put a pipe there in between.
 * @throws Fault 'missing', 'unreadable'
 */
export function openRegular(file: string): OpenFile {
  try {
    refuseIrregular(file, fs.statSync(file));
    const fd = fs.openSync(file, O_RDONLY | O_NONBLOCK);
    try {
      const stat = fs.fstatSync(fd, { bigint: true });
      refuseIrregular(file, stat);
      return { path: file, fd, size: Number(stat.size), identity: identityOf(stat), ctimeNs: stat.ctimeNs };
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw systemFault(error, file);
  }
}

/** What something is called that is no regular file, and was not asked for as a link. */
export const kindOf = (stat: fs.Stats | fs.BigIntStats): string =>
  stat.isDirectory() ? 'a folder' : stat.isFIFO() ? 'a pipe' : stat.isSocket() ? 'a socket' : 'a device';

function refuseIrregular(file: string, stat: fs.Stats | fs.BigIntStats): void {
  if (stat.isFile()) return;
  throw new Fault(
    'unreadable',
    `${file}: found ${kindOf(stat)}, expected a file; remove it or leave it out with --exclude`,
  );
}

/**
 * Fills `into` from `position` on.
 * @throws Fault 'incomplete' when the file ends before that: a short read never turns into zeros
 */
export function readFully(file: OpenFile, into: Uint8Array, position: number): void {
  let done = 0;
  while (done < into.length) {
    let got: number;
    try {
      got = fs.readSync(file.fd, into, done, into.length - done, position + done);
    } catch (error) {
      throw systemFault(error, file.path);
    }
    if (got === 0) {
      throw new Fault(
        'incomplete',
        `${file.path}: ends at byte ${position + done}, expected ${into.length - done} more; copy it again, or wait until it is written`,
      );
    }
    done += got;
  }
}

/**
 * Fills rows, wherever they stand, with what the file has from `position` on, by a thread of the system's.
 * @throws Fault as `readFully`
 */
export async function readRows(file: OpenFile, rows: readonly Uint8Array[], position: number): Promise<void> {
  let got: number;
  try {
    got = (await readvOf(file.fd, rows, position)).bytesRead;
  } catch (error) {
    throw systemFault(error, file.path);
  }
  // All there is, unless the file ends early or there are more rows than the system takes at once.
  let at = 0;
  for (const row of rows) {
    const missing = Math.min(row.length, Math.max(0, at + row.length - got));
    readFully(file, row.subarray(row.length - missing), position + at + row.length - missing);
    at += row.length;
  }
}

/**
 * What became of a file since it was opened. `attributes`: size and modification time are as before, yet something was
 * done to it: a new mode, a link; or it was written to and its time put back. Who needs to know reads it again.
 */
export type Change = 'none' | 'attributes' | 'content';

export function changeOf(file: OpenFile): Change {
  let now: fs.BigIntStats | undefined;
  try {
    now = fs.statSync(file.path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw systemFault(error, file.path);
  }
  const open = fs.fstatSync(file.fd, { bigint: true });
  const same = (stat: fs.BigIntStats): boolean =>
    Number(stat.size) === file.identity.size && stat.mtimeNs === file.identity.mtimeNs;
  if (now === undefined || now.ino !== open.ino || now.dev !== open.dev || !same(now) || !same(open)) return 'content';
  return now.ctimeNs === file.ctimeNs && open.ctimeNs === file.ctimeNs ? 'none' : 'attributes';
}

/** Whether the path still leads to the very content that was opened. */
export const unchanged = (file: OpenFile): boolean => changeOf(file) === 'none';

/** What stays for good in `<out>/.darkroom/`: the lock; what comes and goes, by this ending: files that are not yet whole. */
export const WORKSHOP = '.darkroom';
export const UNFINISHED = '.part';

/** `statfs` types of NFS, SMB1, CIFS and SMB2. */
const SHARES = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

/** Whether a folder is on a share, where other computers write too; where the system does not say, it counts as local. */
export async function isShare(folder: string): Promise<boolean> {
  try {
    return SHARES.has((await fs.promises.statfs(folder)).type >>> 0);
  } catch {
    return false;
  }
}

/** SHA-256 of a file's content, hexadecimal. */
export function sha256(file: string): string {
  const open = openRegular(file);
  try {
    return sha256Of(open);
  } finally {
    fs.closeSync(open.fd);
  }
}

/** The same of a file that is open: of what was read from it, also should another file stand in its place by now. */
export function sha256Of(file: OpenFile): string {
  const hash = createHash('sha256');
  for (const part of file.parts ?? [file.packed ?? file]) hashStretch(hash, part, 0, part.size);
  return hash.digest('hex');
}

/** Adds the bytes of a file from `begin` to `end` to a hash, in pieces of 1 MB. */
export function hashStretch(hash: Hash, file: OpenFile, begin: number, end: number): void {
  const piece = Buffer.allocUnsafe(Math.min(1 << 20, end - begin));
  for (let at = begin; at < end; at += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, end - at));
    readFully(file, part, at);
    hash.update(part);
  }
}
