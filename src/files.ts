/**
 * Files as the rest of the house needs them: opened only when they are regular, read whole or not at all, identified
 * without reading, and written so that they appear whole or not at all.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Fault, type FaultKind, type Identity } from './outcome.ts';

/** A regular file open for reading. `size` in bytes, as it was when opened. */
export interface OpenFile {
  readonly path: string;
  readonly fd: number;
  readonly size: number;
  readonly identity: Identity;
}

const { O_RDONLY, O_NONBLOCK, O_CREAT, O_EXCL, O_RDWR } = fs.constants;

/** Half the price of their sisters in `fs/promises`, where a hundred thousand files are looked at. */
export const statOf = promisify(fs.stat);
export const lstatOf = promisify(fs.lstat);
const openOf = promisify(fs.open);
const fstatOf = promisify(fs.fstat);
const closeOf = promisify(fs.close);

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

/** Mode bit: new files get the folder's group. Node has no name for it. */
const SETGID = 0o2000;

/** How an operating system's error reads to a person: what to look at, not what the kernel calls it. */
const SYSTEM_ERRORS: Record<string, [FaultKind, string]> = {
  ENOENT: ['missing', 'is not there (deleted, or a link that leads nowhere); check the path'],
  EACCES: ['unreadable', 'may not be read; check its permissions (chmod a+r) and those of its folders'],
  EPERM: ['unreadable', 'may not be read; check its permissions and those of its folders'],
  ELOOP: ['unreadable', 'is a link that leads back to itself; remove the link'],
  EISDIR: ['unreadable', 'is a folder with the name of an exposure; rename it or leave it out with --exclude'],
  ESTALE: ['unreadable', 'was lost by the share (stale handle); it is tried again at the next run'],
  EIO: ['unreadable', 'cannot be read (input/output error); check the disk or the share'],
};

/** Turns what the system says about `file` into a Fault; bugs and Faults pass unchanged. */
export function systemFault(error: unknown, file: string, otherwise: FaultKind = 'unreadable'): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (error instanceof Fault || typeof code !== 'string' || !(error as NodeJS.ErrnoException).syscall) return error;
  const [kind, text] = SYSTEM_ERRORS[code] ?? [otherwise, `cannot be used (${code})`];
  return new Fault(kind, `${file}: ${text}`, { cause: error });
}

/** The same for a file that is being written: no room is told from no permission, and both from a bug. */
export function outputFault(error: unknown, file: string): unknown {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof Fault || typeof code !== 'string' || !syscall) return error;
  if (NO_ROOM.has(code)) {
    return new Fault('disk', `${file}: no room on the disk or in the quota (${code}); make room`, {
      cause: error,
    });
  }
  if (WENT_AWAY.has(code)) {
    return new Fault('away', `${file}: cannot be written, its disk or share went away (${code}); check it`, {
      cause: error,
    });
  }
  return new Fault(
    'output',
    `${file}: cannot be written (${code}); check the permissions and the state of the output folder`,
    { cause: error },
  );
}

/** Disk full, over quota, file system without the space it promised. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

/** Stale handle, input/output error, no device, server not to be reached, made read-only by the system after an error. */
const WENT_AWAY = new Set(['ESTALE', 'EIO', 'ENODEV', 'ENXIO', 'ENOTCONN', 'ETIMEDOUT', 'EHOSTDOWN', 'EROFS']);

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
      return { path: file, fd, size: Number(stat.size), identity: identityOf(stat) };
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw systemFault(error, file);
  }
}

function refuseIrregular(file: string, stat: fs.Stats | fs.BigIntStats): void {
  if (stat.isFile()) return;
  const found = stat.isDirectory() ? 'a folder' : stat.isFIFO() ? 'a pipe' : stat.isSocket() ? 'a socket' : 'a device';
  throw new Fault('unreadable', `${file}: found ${found}, expected a file; remove it or leave it out with --exclude`);
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

/** Writes all of `bytes` at `position`; the system may take them in several pieces. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

/** Whether the path still leads to the very content that was opened. */
export function unchanged(file: OpenFile): boolean {
  let now: fs.BigIntStats | undefined;
  try {
    now = fs.statSync(file.path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw systemFault(error, file.path);
  }
  const open = fs.fstatSync(file.fd, { bigint: true });
  const same = (stat: fs.BigIntStats): boolean =>
    Number(stat.size) === file.identity.size && stat.mtimeNs === file.identity.mtimeNs;
  return now !== undefined && now.ino === open.ino && now.dev === open.dev && same(now) && same(open);
}

/**
 * Creates a file that must not exist yet. Its permissions are those that any program's new file would get in `home`, the
 * folder to which it will move.
 */
export function createFresh(file: string, home = path.dirname(file)): number {
  const fd = fs.openSync(file, O_RDWR | O_CREAT | O_EXCL, 0o666);
  const folder = fs.statSync(home);
  const { uid, gid } = fs.fstatSync(fd);
  // A folder with this bit hands on its group; made elsewhere, the file has another.
  if ((folder.mode & SETGID) !== 0 && folder.gid !== gid) {
    try {
      fs.fchownSync(fd, uid, folder.gid);
    } catch {
      // Only members may give a file to a group.
    }
  }
  return fd;
}

/**
 * Flushes `fd`, closes it, moves `temporary` onto `final` and flushes the folder: after a power cut it is whole or not there.
 * `check` has the last word before the move, after the flush, which may take long.
 */
export function publish(fd: number, temporary: string, final: string, check: () => void = () => undefined): void {
  try {
    fs.fsyncSync(fd);
    check();
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, final);
  flushFolder(path.dirname(final));
}

function flushFolder(folder: string): void {
  const fd = fs.openSync(folder, O_RDONLY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** What stays for good in `<out>/.darkroom/`: the lock; what comes and goes, by this ending: files that are not yet whole. */
export const WORKSHOP = '.darkroom';
export const UNFINISHED = '.part';

/** Writes a small file (a report, a status) whole or not at all, through one in `workshop` that is renamed. */
export function writeWhole(file: string, content: string | Uint8Array, workshop: string): void {
  const temporary = path.join(workshop, `${path.basename(file)}.${process.pid}${UNFINISHED}`);
  // In a container every run may have the same number, also the one that was killed just here.
  fs.rmSync(temporary, { force: true });
  try {
    const fd = createFresh(temporary, path.dirname(file));
    try {
      writeFully(fd, typeof content === 'string' ? Buffer.from(content) : content, 0);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    publish(fd, temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** `statfs` types of NFS, SMB1, CIFS and SMB2. */
const SHARES = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

/** Whether a folder is on a share, where other computers write too. */
export const isShare = async (folder: string): Promise<boolean> =>
  SHARES.has((await fs.promises.statfs(folder)).type >>> 0);

/** SHA-256 of a file's content, hexadecimal, read in pieces of 1 MB. */
export function sha256(file: string): string {
  const open = openRegular(file);
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(1 << 20);
  try {
    for (let at = 0; at < open.size; at += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, open.size - at));
      readFully(open, part, at);
      hash.update(part);
    }
  } finally {
    fs.closeSync(open.fd);
  }
  return hash.digest('hex');
}
