/** Files that are written: under another name until they are whole, so that nobody ever meets half of one. */

import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Fault, type FaultKind } from '../model/outcome.ts';
import { systemError, type TroubleKind } from '../model/system-error.ts';
import { type Permit, permitText, type Target, type TextMark } from './ownership.ts';
import { unfinished } from './workshop.ts';

const writeOf = promisify(fs.write);

/** O_DIRECT is not there on every system. */
const { O_CREAT, O_DIRECT, O_EXCL, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants as typeof fs.constants & {
  readonly O_DIRECT?: number;
};

/** Mode bit: new files get the folder's group. Node has no name for it. */
const SETGID = 0o2000;

/** Bytes of a page of memory, and of a block of most file systems: whole ones go around the page cache. */
const BLOCK = 4096;

/** Less is written sooner than asked for. */
const LEAST_ASIDE = 1 << 18;

/** `statfs` types of ext4 and XFS, where writing around the page cache is well trodden. */
const AROUND = new Set([0xef53, 0x58465342]);

export class OutputFile {
  readonly #fd: number;
  readonly #path: string;
  #open = true;
  #aside = false;
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

  /** The file that will become `file`, for now in `workshop`: under a name that only we use, left by a killed run perhaps. */
  static begin(file: string, workshop = path.dirname(file)): OutputFile {
    const temporary = unfinished(file, workshop);
    // In a container every run may have the same number, also the one that was killed just here.
    fs.rmSync(temporary, { force: true });
    return OutputFile.create(temporary, path.dirname(file));
  }

  /** What is to go around the page cache lies, seen from multiples of this, in memory as in the file. */
  static readonly block = BLOCK;

  /** Writes all of `bytes` at `position`; the system may take them in several pieces. */
  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += fs.writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
    }
  }

  /**
   * The same for large ones, while the caller continues: the bytes must stay as they are until this is done.
   * Of those in shared memory that lie there as `block` says, whole blocks go around the page cache: a copy less, and the
   * flush at the end has nothing left to do.
   */
  async writeAside(bytes: Uint8Array, position: number): Promise<void> {
    if (bytes.length < LEAST_ASIDE) return this.write(bytes, position);
    this.#aside = true;
    try {
      const [from, to] = await this.#writeAround(bytes, position);
      this.write(bytes.subarray(0, from), position);
      for (let done = to; done < bytes.length; ) {
        done += (await writeOf(this.#fd, bytes, done, bytes.length - done, position + done)).bytesWritten;
      }
    } finally {
      this.#aside = false;
    }
  }

  /** Writes whole blocks of `bytes` around the page cache; resolves to the first byte taken that way and the one behind. */
  async #writeAround(bytes: Uint8Array, position: number): Promise<[number, number]> {
    const first = (BLOCK - (position % BLOCK)) % BLOCK;
    const end = bytes.length - ((position + bytes.length) % BLOCK);
    // The kernels' memory begins with a page; where a Buffer begins nobody knows.
    const lies = bytes.buffer instanceof SharedArrayBuffer && (bytes.byteOffset + first) % BLOCK === 0;
    if (lies && this.#direct === undefined) this.#direct = this.#openDirect();
    if (!lies || typeof this.#direct !== 'number') return [0, 0];
    let done = first;
    try {
      while (done < end && done % BLOCK === first) {
        done += (await writeOf(this.#direct, bytes, done, end - done, position + done)).bytesWritten;
      }
    } catch (error) {
      // Refused for how it lies, by a disk with larger blocks: the page cache takes it. Any other refusal holds for both.
      if (systemError(error)?.name !== 'EINVAL') throw error;
      fs.closeSync(this.#direct);
      this.#direct = null;
    }
    return [first, done - ((done - first) % BLOCK)];
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

  /**
   * Flushes the file, closes it, moves it to where it may be and flushes the folder: after a power cut it is whole or not
   * there. `check` has the last word before the move, after the flush, which may take long. What has come to that place
   * since it was permitted, or has changed there, stays.
   * @throws Fault 'collision' where that is so
   */
  publish({ file, standing }: Permit, check: () => void = () => undefined): void {
    try {
      fs.fsyncSync(this.#fd);
      check();
    } finally {
      this.close();
    }
    const there = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (!there) this.#moveToFree(file);
    else if (standing && there.size === BigInt(standing.size) && there.mtimeNs === standing.mtimeNs)
      fs.renameSync(this.#path, file);
    else throw cameBetween(file);
    flushFolder(path.dirname(file));
  }

  /** A link is not made over what is there, as a rename would be. */
  #moveToFree(file: string): void {
    try {
      fs.linkSync(this.#path, file);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (NO_LINKS.has(code)) {
        fs.renameSync(this.#path, file);
        return;
      }
      // A share may have made the link, lost its answer and been asked again.
      if (code === 'EEXIST' && isSameFile(this.#path, file)) return;
      throw code === 'EEXIST' ? cameBetween(file) : error;
    }
    fs.rmSync(this.#path, { force: true });
  }

  /** The time of its last change, for whoever sorts by it; ns since 1970. */
  setTime(mtimeNs: bigint): void {
    const seconds = Number(mtimeNs) / 1e9;
    fs.futimesSync(this.#fd, seconds, seconds);
  }

  /** Once is enough, and more often does no harm. */
  close(): void {
    if (!this.#open) return;
    // Its number may soon be another file's.
    if (this.#aside) throw new Error(`${this.#path} is closed while it is written`);
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

/** File systems without hard links (exFAT, many SMB servers), or without them from one folder to another (AFS). */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK', 'EINVAL', 'EACCES']);

const cameBetween = (file: string): Fault =>
  new Fault(
    'collision',
    `${file}: another program wrote it meanwhile, and it was left as it is; move it away and run again`,
  );

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [fs.lstatSync(one), fs.lstatSync(other)];
  return a.ino === b.ino && a.dev === b.dev;
}

function flushFolder(folder: string): void {
  const fd = fs.openSync(folder, O_RDONLY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Bytes of text that are written at once, about. */
const PIECE = 1 << 20;

/**
 * Writes a file of text (a report, a status) whole or not at all, through one in `workshop` that is moved. A text of many
 * parts may be longer than a string can be.
 * @throws Fault as `permitText` and `publish`, and what the system says
 */
export function writeWhole(
  target: Target<TextMark>,
  content: string | Uint8Array | Iterable<string>,
  workshop: string,
): void {
  const permit = permitText(target);
  const part = OutputFile.begin(target.file, workshop);
  try {
    if (content instanceof Uint8Array) part.write(content, 0);
    else writeParts(part, typeof content === 'string' ? [content] : content);
    part.publish(permit);
  } finally {
    part.discard();
  }
}

function writeParts(file: OutputFile, parts: Iterable<string>): void {
  let position = 0;
  let piece = '';
  const write = (): void => {
    const bytes = Buffer.from(piece);
    file.write(bytes, position);
    position += bytes.length;
    piece = '';
  };
  for (const part of parts) {
    piece += part;
    if (piece.length >= PIECE) write();
  }
  write();
}

/** What a Fault is made of each trouble of a file that is written, and what to do about it. */
const WHEN_WRITTEN: Record<TroubleKind, [FaultKind, string]> = {
  room: ['disk', 'make room'],
  away: ['away', 'check the disk or share of the output folder'],
  denied: ['output', 'check the permissions of the output folder'],
  scarce: ['scarce', 'it is tried again'],
  other: ['output', 'check the permissions and the state of the output folder'],
};

/** `systemFault` for a file that is being written: it tells apart no room, no permission and a bug. */
export function outputFault(error: unknown, file: string): unknown {
  const said = error instanceof Fault ? null : systemError(error);
  if (!said) return error;
  const [kind, toDo] = WHEN_WRITTEN[said.trouble];
  return new Fault(kind, `${file}: cannot be written: ${said.words} (${said.name}); ${toDo}`, { cause: error });
}

/** Whether it is no fault of what was asked, and may be gone at the next try. */
export const isTrouble = (error: unknown): error is Fault =>
  error instanceof Fault && (error.kind === 'disk' || error.kind === 'away');
