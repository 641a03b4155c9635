/**
 * One run at a time writes to an output folder. The lock is an SQLite file of its own, held exclusively by a connection
 * of its own: the system drops it with the process, however that ends. Nothing else in the process may open that file,
 * since closing any descriptor of it drops POSIX locks. `lock.json` beside it only tells people who holds it.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';
import { WORKSHOP } from '../files/input-file.ts';
import { isTrouble, outputFault, writeWhole } from '../files/output-file.ts';
import { LOCK, openWorkshop } from '../files/workshop.ts';
import { Fault, Refusal, Trouble } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { sqliteCode } from './trouble.ts';

/** Who holds a lock. `since`: ISO 8601, UTC. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly since: string;
  readonly command: string;
}

export interface Lock {
  /** Whether the folder that stands there now says that this lock is held in it, on whatever device it stands. */
  isHere(): boolean;
  /**
   * Takes the lock in the folder that stands there now: where a share was mounted anew, what was locked is gone.
   * @throws RunLocked, Refusal, as `takeLock`; the lock is then not held, and may be tried again
   */
  retake(): void;
  /** Lets others in; a second call does nothing. */
  release(): void;
}

/** Another run writes to this folder. */
export class RunLocked extends Refusal {
  override readonly name = 'RunLocked';
  /** Null in the moment before the holder has said who it is. */
  readonly holder: Holder | null;
  constructor(folder: string, holder: Holder | null) {
    super(
      holder
        ? `${folder}: another run writes here: process ${holder.pid} on ${holder.host}, since ${holder.since} (${holder.command}); wait until it has ended or stop it (${stopping(holder)}), or name another --out`
        : `${folder}: another run is just starting here; wait until it has ended, or name another --out`,
    );
    this.holder = holder;
  }
}

const SQLITE_BUSY = 5;

/** The connections that hold locks. Without this a caller that forgets its Lock would lose it at some garbage collection. */
const held = new Set<InstanceType<typeof DatabaseSync>>();

/** What holds a lock: a transaction on its file that never ends by itself. */
class Hold {
  #database: InstanceType<typeof DatabaseSync> | null = null;

  get isHeld(): boolean {
    return this.#database !== null;
  }

  /** Takes it by what `begin` does with its file. @throws what `begin` throws; it is not held then */
  take(file: InstanceType<typeof DatabaseSync>, begin: (file: InstanceType<typeof DatabaseSync>) => void): void {
    try {
      begin(file);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#database = file;
    held.add(file);
  }

  letGo(): void {
    if (this.#database === null) return;
    held.delete(this.#database);
    this.#database.close();
    this.#database = null;
  }
}

/**
 * Takes the lock of an output folder, at once or not at all.
 * @throws RunLocked when another run holds it; Refusal when there can be no lock in that folder; Trouble when there can be
 * none just now, as on a full disk
 */
export const takeLock = (folder: string, command: string): Lock =>
  lockOf(
    { subject: folder, place: path.resolve(folder, WORKSHOP), make: () => openWorkshop(path.resolve(folder)) },
    command,
  );

/** What is locked: `place` holds the lock, and `make` makes it where it is missing. */
export interface Lockable {
  /** For messages. */
  readonly subject: string;
  readonly place: string;
  make(): void;
}

/** The same of anything. */
export function lockOf({ subject, place, make }: Lockable, command: string): Lock {
  const holderFile = path.join(place, 'lock.json');
  const holder: Holder = { host: os.hostname(), pid: process.pid, since: new Date().toISOString(), command };
  const hold = new Hold();
  const isHere = (): boolean => isDeepStrictEqual(holderOf(holderFile), holder);
  const take = (): void => {
    hold.letGo();
    const fresh = lockable({ place, make }, 0);
    try {
      hold.take(fresh, (file) => {
        // No journal in a file: SQLite would remove it by its path in the end, which may lead to another folder by then.
        file.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
        const target = { file: holderFile, within: place, replaces: 'lock', way: 'choose another --out' } as const;
        writeWhole(target, `${JSON.stringify(holder, null, 2)}\n`, place);
      });
    } catch (error) {
      throw isBusy(error)
        ? new RunLocked(subject, holderOf(holderFile) ?? holderBelow(place))
        : impossible(place, error);
    }
  };
  take();
  return {
    isHere,
    retake: take,
    release() {
      // Before letting go: afterwards it could be the next holder's, as it is where another folder stands there now.
      if (hold.isHeld && isHere()) fs.rmSync(holderFile, { force: true });
      hold.letGo();
    },
  };
}

/**
 * Takes a part in the lock of an output folder: as many as like may have one, and nobody the lock itself meanwhile. What
 * holds the lock for a moment is waited for, so long at most, ms.
 * @throws as `takeLock`
 */
export function shareLock(folder: string, wait: number): Pick<Lock, 'retake' | 'release'> {
  const place = path.resolve(folder, WORKSHOP);
  const hold = new Hold();
  const take = (): void => {
    hold.letGo();
    const fresh = lockable({ place, make: () => openWorkshop(path.resolve(folder)) }, wait);
    try {
      // A reader's lock, held until the transaction ends.
      hold.take(fresh, (file) => file.exec('PRAGMA journal_mode = MEMORY; BEGIN; SELECT count(*) FROM sqlite_master'));
    } catch (error) {
      throw isBusy(error) ? new RunLocked(folder, holderOf(path.join(place, 'lock.json'))) : impossible(place, error);
    }
  };
  take();
  return { retake: take, release: () => hold.letGo() };
}

const isBusy = (error: unknown): boolean => ((sqliteCode(error) ?? 0) & 0xff) === SQLITE_BUSY;

/** Whether a process of this computer holds the lock of an output folder; of other computers it cannot say. */
export function isHeldHere(folder: string): boolean {
  const holder = holderOf(path.resolve(folder, WORKSHOP, 'lock.json'));
  if (holder === null || holder.host !== os.hostname()) return false;
  try {
    return process.kill(holder.pid, 0);
  } catch (error) {
    // It is there, and another user's.
    return systemError(error)?.name === 'EPERM';
  }
}

/** `wait`: for whoever holds it, ms. */
function lockable({ place, make }: Omit<Lockable, 'subject'>, wait: number): InstanceType<typeof DatabaseSync> {
  const file = path.join(place, LOCK);
  try {
    make();
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() === false)
      throw new Error('lock.sqlite is not a file; remove it');
    // With the permissions of any new file, so that a colleague can lock the folder tomorrow.
    if (!fs.existsSync(file)) fs.closeSync(fs.openSync(file, 'wx', 0o666));
  } catch (error) {
    if (systemError(error)?.name !== 'EEXIST') throw impossible(place, error);
  }
  try {
    return new DatabaseSync(file, { timeout: wait });
  } catch (error) {
    throw impossible(place, error);
  }
}

/** SQLite's codes for a full disk and for one that fails, and those of its details that mean locks. */
const [SQLITE_IOERR, SQLITE_FULL] = [10, 13];
const LOCKS = new Set([2058, 2314, 3594, 3850]);

function impossible(place: string, error: unknown): Error {
  const fault = outputFault(error, place);
  if (isTrouble(fault)) return new Trouble(fault.message, { cause: error });
  if (error instanceof Fault) return new Refusal(error.message, { cause: error });
  const code = sqliteCode(error) ?? 0;
  if ([SQLITE_IOERR, SQLITE_FULL].includes(code & 0xff) && !LOCKS.has(code))
    return new Trouble(`${place}: the output folder cannot be locked, its disk is full or fails; check it`, {
      cause: error,
    });
  const found = error instanceof Error ? error.message : String(error);
  return new Refusal(
    `${place}: the output folder cannot be locked (${found}); check that it may be written and that its file system knows locks`,
    { cause: error },
  );
}

/** One of those that have a part in a lock, such as shards: each has a folder of its own below `place`. */
function holderBelow(place: string): Holder | null {
  try {
    const names = fs.readdirSync(place, { recursive: true, encoding: 'utf8' });
    const holderFile = names.find((name) => path.basename(name) === 'lock.json');
    return holderFile === undefined ? null : holderOf(path.join(place, holderFile));
  } catch {
    return null;
  }
}

/** What `lock.json` says; null: it is not there, or not ours. */
export function holderOf(holderFile: string): Holder | null {
  try {
    return JSON.parse(fs.readFileSync(holderFile, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

const stopping = ({ host, pid }: Holder): string => (host === os.hostname() ? `kill ${pid}` : `kill ${pid} on ${host}`);
