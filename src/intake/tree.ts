/**
 * The folders that are watched and the names in them, as listings find them: the truth about what is there. A folder is
 * listed when its modification time changed, when something happened in it, and every 30 s regardless. A share that went
 * away is an empty folder on another device: it is waited for, and what was known of it stays known.
 */

import type { Stats } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { failed } from '../correct.ts';
import { inFlight } from '../flight.ts';
import { Fault, type Outcome } from '../outcome.ts';
import { Hints } from './hints.ts';
import { escaped, hasExtension, leadsToFolder, type ScanOptions, unsupported, wantedBy } from './scan.ts';

/** A folder that was named, by its real path. */
interface Root {
  readonly path: string;
  /** What was said of it being away, null while it is there. */
  away: string | null;
  device: number;
  inode: number;
  checkAt: number;
  pause: number;
}

/** `Known`: what the listener keeps for each exposure. */
export interface Folder<Known> {
  readonly path: string;
  /** Below its root; empty for the root itself. */
  readonly below: string;
  readonly root: Root;
  /** By name; null: no exposure. */
  readonly names: Map<string, Known | null>;
  mtimeMs: number;
  inode: number;
  /** When it is looked at again: whether its time changed, or listed regardless. */
  lookAt: number;
  listAt: number;
  /** Listing it takes this long, ms. */
  cost: number;
  unwatched: boolean;
  troubled: boolean;
}

export interface TreeOptions extends Pick<ScanOptions, 'out' | 'include' | 'exclude' | 'references'> {
  /** ms between two looks; 0: the system tells of changes. */
  readonly poll: number;
  /** Monotonic, ms. */
  readonly clock: () => number;
}

export interface TreeListener<Known> {
  /** An exposure was found; what is to be kept for it, or null when it is to be left out. */
  found(folder: Folder<Known>, name: string, stat: Stats): Promise<Known | null>;
  /** The system says that something happened to it. */
  touched(known: Known): void;
  /** It is not there any more. */
  gone(known: Known): void;
  unusable(outcome: Outcome): void;
  say(message: string): void;
  /** There is something to be looked at at once. */
  wake(): void;
}

/** A folder is listed that often though nothing tells that it changed, ms. */
const REGARDLESS = 30_000;

/** Folders that the system does not watch are looked at that often, ms. */
const UNWATCHED = 5000;

/** Roots are looked at that often, whether they are still there; those that went away after growing pauses, ms. */
const ROOT_CHECK = 2000;
const LONGEST_PAUSE = 60_000;

/** At most this part of a core goes into listing a large folder. */
const SHARE_OF_CORE = 1 / 40;

const LOOKS = 32;

export class Tree<Known> {
  readonly #options: TreeOptions;
  readonly #listener: TreeListener<Known>;
  readonly #roots: Root[] = [];
  readonly #folders = new Map<string, Folder<Known>>();
  readonly #hints: Hints | null;
  readonly #wanted: (relative: string) => boolean;
  readonly #leftOut: Set<string>;
  /** What happened since the last refresh: names by folder; null: list it. */
  #hinted = new Map<string, Set<string> | null>();
  readonly #unsupported = new Map<string, number>();
  readonly #badNames = new Set<string>();
  #saidUnwatched = false;

  constructor(options: TreeOptions, listener: TreeListener<Known>) {
    this.#options = options;
    this.#listener = listener;
    this.#wanted = wantedBy(options);
    this.#leftOut = new Set([options.out, ...options.references]);
    this.#hints =
      options.poll > 0
        ? null
        : new Hints({
            hint: (folder, name) => this.hint(folder, name),
            unwatched: (folder) => this.#unwatched(folder),
          });
  }

  /** `folder` is its real path, and is there. */
  async add(folder: string): Promise<void> {
    const { dev: device, ino: inode } = await fs.stat(folder);
    for (const each of this.#leftOut) this.#leftOut.add(await fs.realpath(each).catch(() => each));
    const root: Root = { path: folder, away: null, device, inode, checkAt: 0, pause: 0 };
    this.#roots.push(root);
    this.#open(root, folder, '');
  }

  /** Formats that are not read, and how many files of each were seen. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#unsupported;
  }

  get folders(): Iterable<Folder<Known>> {
    return this.#folders.values();
  }

  isAway({ root }: Folder<Known>): boolean {
    return root.away !== null;
  }

  hint(folder: string, name: string | null): void {
    if (!this.#folders.has(folder)) return;
    const names = this.#hinted.get(folder);
    if (name === null) this.#hinted.set(folder, null);
    else if (names) names.add(name);
    else if (names === undefined) this.#hinted.set(folder, new Set([name]));
    this.#listener.wake();
  }

  /** Looks at what is due or was hinted at; returns when something is due again. */
  async refresh(): Promise<number> {
    await this.#checkRoots();
    const hinted = this.#hinted;
    this.#hinted = new Map();
    for (const [where, names] of hinted) {
      const folder = this.#folders.get(where);
      if (!folder || folder.root.away !== null) continue;
      if (names === null) folder.lookAt = 0;
      else await this.#examineAll(folder, [...names], true);
    }
    let next = Number.POSITIVE_INFINITY;
    const now = this.#options.clock();
    for (const folder of this.#folders.values()) {
      if (folder.root.away !== null) continue;
      if (folder.lookAt <= now || folder.listAt <= now) await this.#look(folder);
      next = Math.min(next, folder.lookAt, folder.listAt);
    }
    return this.#roots.reduce((least, { checkAt }) => Math.min(least, checkAt), next);
  }

  async close(): Promise<void> {
    await this.#hints?.close();
  }

  #open(root: Root, folder: string, below: string): void {
    if (this.#folders.has(folder)) return;
    this.#folders.set(folder, {
      path: folder,
      below,
      root,
      names: new Map(),
      mtimeMs: Number.NaN,
      inode: 0,
      lookAt: 0,
      listAt: 0,
      cost: 0,
      unwatched: false,
      troubled: false,
    });
  }

  #unwatched(where: string): void {
    const folder = this.#folders.get(where);
    if (!folder) return;
    folder.unwatched = true;
    folder.lookAt = 0;
    if (this.#saidUnwatched) return;
    this.#saidUnwatched = true;
    this.#listener.say(
      `${where}: the system watches no more folders (inotify limit); it is listed every ${UNWATCHED / 1000} s instead. Raise fs.inotify.max_user_watches and max_user_instances, or give --poll`,
    );
  }

  /** The share that a root stands on may have gone away, or come back. */
  async #checkRoots(): Promise<void> {
    const now = this.#options.clock();
    for (const root of this.#roots) {
      if (root.checkAt > now) continue;
      const why = await whyAway(root);
      if (why === null) {
        root.checkAt = now + ROOT_CHECK;
        if (root.away !== null) this.#back(root);
      } else {
        root.pause = Math.min(LONGEST_PAUSE, root.away === null ? 1000 : root.pause * 2);
        root.checkAt = now + root.pause;
        if (root.away === null) this.#listener.say(`${root.path}: ${why}; waiting until it comes back`);
        root.away = why;
      }
    }
  }

  #back(root: Root): void {
    root.away = null;
    this.#listener.say(`${root.path}: is there again; going on`);
    for (const folder of this.#folders.values()) {
      if (folder.root !== root) continue;
      folder.lookAt = folder.listAt = 0;
      // What watched it went away with the share.
      this.#hints?.unwatch(folder.path);
    }
  }

  async #look(folder: Folder<Known>): Promise<void> {
    const { poll, clock } = this.#options;
    try {
      // On a share only opening asks the server; a stat may be some seconds old.
      const stat = poll > 0 ? await freshStat(folder.path) : await fs.stat(folder.path);
      if (stat.ino !== folder.inode) this.#hints?.unwatch(folder.path);
      folder.inode = stat.ino;
      if (!folder.unwatched) this.#hints?.watch(folder.path, folder.names.size);
      const began = clock();
      if (stat.mtimeMs !== folder.mtimeMs || folder.listAt <= began) {
        folder.mtimeMs = stat.mtimeMs;
        await this.#list(folder);
        folder.listAt = clock() + REGARDLESS;
      }
      folder.troubled = false;
      const pulse = poll > 0 ? poll : folder.unwatched ? UNWATCHED : REGARDLESS;
      // A new file is to be found within two pulses.
      folder.lookAt = clock() + Math.min(2 * pulse, Math.max(pulse, folder.cost / SHARE_OF_CORE));
    } catch (error) {
      await this.#cannotLook(folder, error as NodeJS.ErrnoException);
    }
  }

  async #cannotLook(folder: Folder<Known>, error: NodeJS.ErrnoException): Promise<void> {
    if (!error.syscall) throw error;
    const now = this.#options.clock();
    folder.lookAt = folder.listAt = now + REGARDLESS;
    folder.root.checkAt = 0;
    if (folder.below === '' || (await whyAway(folder.root)) !== null) {
      folder.lookAt = folder.listAt = now + ROOT_CHECK;
    } else if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      this.#forget(folder);
    } else if (!folder.troubled) {
      folder.troubled = true;
      const message = `${folder.path}: the folder cannot be listed (${error.code}); check its permissions`;
      this.#listener.unusable(
        failed({ input: folder.path, output: folder.below }, new Fault('unreadable', message), null, null),
      );
    }
  }

  #forget(folder: Folder<Known>): void {
    this.#hints?.unwatch(folder.path);
    this.#folders.delete(folder.path);
    for (const known of folder.names.values()) if (known !== null) this.#listener.gone(known);
  }

  async #list(folder: Folder<Known>): Promise<void> {
    const began = this.#options.clock();
    const names = await fs.readdir(folder.path);
    const fresh = names.filter((name) => !folder.names.has(name));
    folder.cost = this.#options.clock() - began;
    if (names.length - fresh.length < folder.names.size) {
      // Some are missing: deleted, or the whole share went away meanwhile.
      if ((await whyAway(folder.root)) !== null) {
        folder.root.checkAt = 0;
        return;
      }
      const there = new Set(names);
      for (const name of folder.names.keys()) if (!there.has(name)) this.#drop(folder, name);
    }
    if (fresh.some((name) => name.includes('\ufffd'))) await this.#refuseNames(folder);
    await this.#examineAll(folder, fresh, false);
  }

  #drop(folder: Folder<Known>, name: string): void {
    const known = folder.names.get(name);
    folder.names.delete(name);
    if (known != null) this.#listener.gone(known);
  }

  async #examineAll(folder: Folder<Known>, names: readonly string[], hinted: boolean): Promise<void> {
    for await (const _ of inFlight(names, LOOKS, (name) => this.#examine(folder, name, hinted)));
  }

  async #examine(folder: Folder<Known>, name: string, hinted: boolean): Promise<void> {
    if (name.startsWith('.')) return void folder.names.set(name, null);
    const before = folder.names.get(name);
    if (before != null) return this.#listener.touched(before);
    const full = path.join(folder.path, name);
    const relative = folder.below ? `${folder.below}/${name}` : name;
    try {
      if (name.includes('\ufffd')) return void folder.names.set(name, null);
      const kind = await fs.lstat(full);
      const wanted = this.#wanted(relative) && !this.#leftOut.has(full);
      // Set at once: a name hinted at and listed is examined once.
      folder.names.set(name, null);
      if (kind.isDirectory()) {
        if (!this.#leftOut.has(full)) this.#open(folder.root, full, relative);
      }
      if (wanted && !(kind.isSymbolicLink() && (await leadsToFolder(full)))) {
        const stat = kind.isSymbolicLink() ? await fs.stat(full).catch(() => kind) : kind;
        folder.names.set(name, await this.#listener.found(folder, name, stat));
      } else if (kind.isFile() && before === undefined) this.#noteUnsupported(name);
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (!syscall) throw error;
      // Gone again, or the next listing tries again.
      folder.names.delete(name);
      if (code !== 'ENOENT' && !hinted) folder.mtimeMs = Number.NaN;
    }
  }

  #noteUnsupported(name: string): void {
    const extension = unsupported(name);
    if (extension !== null) this.#unsupported.set(extension, (this.#unsupported.get(extension) ?? 0) + 1);
  }

  /** Names that are not UTF-8, as bytes: as text they would all be the same. */
  async #refuseNames(folder: Folder<Known>): Promise<void> {
    for (const bytes of await fs.readdir(folder.path, { encoding: 'buffer' })) {
      const name = bytes.toString('utf8');
      if (Buffer.from(name, 'utf8').equals(bytes) || !hasExtension(name) || name.startsWith('.')) continue;
      const input = path.join(folder.path, escaped(bytes));
      if (this.#badNames.has(input)) continue;
      this.#badNames.add(input);
      const fault = new Fault('name', `${input}: the name is not UTF-8; rename it`);
      this.#listener.unusable(failed({ input, output: path.join(folder.below, escaped(bytes)) }, fault, null, null));
    }
  }
}

/**
 * Why a root is not the folder that it was, or null. An unmounted share leaves an empty folder on the device above it;
 * when it is mounted again it may get another device number, but then it is not the one above it.
 */
async function whyAway(root: Root): Promise<string | null> {
  try {
    const { dev, ino } = await fs.stat(root.path);
    if (dev === root.device) return null;
    const above = (await fs.stat(path.dirname(root.path))).dev;
    if (dev === above && ino !== root.inode) return 'stands on another device than before: its share or disk went away';
    root.device = dev;
    root.inode = ino;
    return null;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (!syscall) throw error;
    return `is not there any more (${code})`;
  }
}

async function freshStat(place: string): Promise<Stats> {
  const handle = await fs.open(place, 'r');
  try {
    return await handle.stat();
  } finally {
    await handle.close();
  }
}
