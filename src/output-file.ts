/** Files that are written: under another name until they are whole, so that nobody ever meets half of one. */

import fs from 'node:fs';
import path from 'node:path';
import { UNFINISHED } from './files.ts';
import { Fault } from './outcome.ts';

/** O_DIRECT is not there on every system. */
const { O_CREAT, O_DIRECT, O_EXCL, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants as typeof fs.constants & {
  readonly O_DIRECT?: number;
};

/** Mode bit: new files get the folder's group. Node has no name for it. */
const SETGID = 0o2000;

/** Bytes: pages, and the blocks of the file systems below; what goes around the page cache stands on them. */
const BLOCK = 4096;

/** Less at once is quicker through the page cache. */
const LEAST_AROUND = 1 << 18;

/** `statfs` types of ext4 and XFS, where writing around the page cache is well trodden. */
const AROUND = new Set([0xef53, 0x58465342]);

export class OutputFile {
  readonly #fd: number;
  readonly #path: string;
  #open = true;
  /** The same file, opened to write around the page cache; null: not so here; undefined: not tried yet. */
  #direct: number | null | undefined;

  private constructor(fd: number, file: string) {
    this.#fd = fd;
    this.#path = file;
  }

  /**
   * Creates a file that must not exist yet. Its permissions are those that any program's new file would get in `home`,
   * the folder to which it will move.
   */
  static create(file: string, home = path.dirname(file)): OutputFile {
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
    return new OutputFile(fd, file);
  }

  /** For local disks: where in memory `bytes` should begin that go to `position`, so that no copy of them is made. */
  static readonly block = BLOCK;

  /**
   * Writes all of `bytes` at `position`. Large ones that lie in shared memory as they will lie in the file, seen from
   * their blocks, go around the page cache: a copy less, and the flush at the end has nothing left to do.
   */
  write(bytes: Uint8Array, position: number): void {
    const head = (BLOCK - (position % BLOCK)) % BLOCK;
    const middle = bytes.length - head - ((position + bytes.length) % BLOCK);
    // The kernels' memory begins with a page; where a Buffer begins nobody knows.
    const placed = bytes.buffer instanceof SharedArrayBuffer && (bytes.byteOffset + head) % BLOCK === 0;
    const [first, last] =
      placed && middle >= LEAST_AROUND
        ? [head, head + this.#around(bytes.subarray(head, head + middle), position + head)]
        : [0, 0];
    this.#write(this.#fd, bytes.subarray(0, first), position);
    this.#write(this.#fd, bytes.subarray(last), position + last);
  }

  /** Writes whole blocks around the page cache; returns how many bytes the system took that way, whole blocks again. */
  #around(blocks: Uint8Array, position: number): number {
    if (this.#direct === undefined) this.#direct = this.#openDirect();
    if (this.#direct === null) return 0;
    let done = 0;
    try {
      while (done < blocks.length && done % BLOCK === 0) {
        done += fs.writeSync(this.#direct, blocks, done, blocks.length - done, position + done);
      }
    } catch (error) {
      // Refused for how it lies, by a disk with larger blocks: the page cache takes it. Any other refusal holds for both.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
      fs.closeSync(this.#direct);
      this.#direct = null;
    }
    return done - (done % BLOCK);
  }

  #openDirect(): number | null {
    if (O_DIRECT === undefined) return null;
    try {
      if (!AROUND.has(fs.statfsSync(this.#path).type >>> 0)) return null;
      // By its number: the path may lead elsewhere by now.
      return fs.openSync(`/proc/self/fd/${this.#fd}`, O_WRONLY | O_DIRECT);
    } catch {
      return null;
    }
  }

  /** Writes all; the system may take it in several pieces. */
  #write(fd: number, bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += fs.writeSync(fd, bytes, done, bytes.length - done, position + done);
    }
  }

  /**
   * Flushes the file, closes it, moves it to `final` and flushes the folder: after a power cut it is whole or not there.
   * `check` has the last word before the move, after the flush, which may take long.
   */
  publish(final: string, check: () => void = () => undefined): void {
    try {
      fs.fsyncSync(this.#fd);
      check();
    } finally {
      this.close();
    }
    fs.renameSync(this.#path, final);
    flushFolder(path.dirname(final));
  }

  /** Once is enough, and more often does no harm. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (typeof this.#direct === 'number') fs.closeSync(this.#direct);
    fs.closeSync(this.#fd);
  }

  /** Leaves nothing of a file that was not published. */
  discard(): void {
    this.close();
    fs.rmSync(this.#path, { force: true });
  }
}

function flushFolder(folder: string): void {
  const fd = fs.openSync(folder, O_RDONLY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Writes a small file (a report, a status) whole or not at all, through one in `workshop` that is renamed. */
export function writeWhole(file: string, content: string | Uint8Array, workshop: string): void {
  const temporary = path.join(workshop, `${path.basename(file)}.${process.pid}${UNFINISHED}`);
  // In a container every run may have the same number, also the one that was killed just here.
  fs.rmSync(temporary, { force: true });
  const part = OutputFile.create(temporary, path.dirname(file));
  try {
    part.write(typeof content === 'string' ? Buffer.from(content) : content, 0);
    part.publish(file);
  } finally {
    part.discard();
  }
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
