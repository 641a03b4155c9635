/**
 * The folders that are watched and the names in them, as listings find them: the truth about what is there. A folder is
 * listed when its modification time changed, when something happened in it, and every 30 s regardless. While a share is away
 * (`roots.ts`) what was known of it stays known.
 */

import type { Stats } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { failed } from '../correct.ts';
import { inFlight } from '../flight.ts';
import { Fault, type Outcome } from '../outcome.ts';
import { type Folder, newFolder, pauseOf, REGARDLESS, UNWATCHED } from './folder.ts';
import { Hints } from './hints.ts';
import { freshStat } from './look.ts';
import { ROOT_CHECK, type Root, Roots, whyAway } from './roots.ts';
import { leadsToFolder, type ScanOptions, wantedBy } from './scan.ts';
import { Strays } from './strays.ts';

export interface TreeOptions extends Pick<ScanOptions, 'out' | 'include' | 'exclude' | 'references'> {
  /** ms between two looks; 0: the system tells of changes. */
  readonly poll: number;
  /** Monotonic, ms. */
  readonly clock: () => number;
}

/** `Known`: what the listener keeps for each exposure. */
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

const LOOKS = 32;

export class Tree<Known> {
  readonly #options: TreeOptions;
  readonly #listener: TreeListener<Known>;
  readonly #roots = new Roots();
  readonly #strays = new Strays();
  readonly #folders = new Map<string, Folder<Known>>();
  readonly #hints: Hints | null;
  readonly #wanted: (relative: string) => boolean;
  readonly #leftOut: Set<string>;
  /** What happened since the last refresh: names by folder; null: list it. */
  #hinted = new Map<string, Set<string> | null>();
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
    for (const each of this.#leftOut) this.#leftOut.add(await fs.realpath(each).catch(() => each));
    this.#open(await this.#roots.add(folder), folder, '');
  }

  /** Formats that are not read, and how many files of each were seen. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#strays.unsupported;
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
    for (const root of await this.#roots.check(this.#options.clock(), this.#listener.say)) this.#back(root);
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
    return Math.min(next, this.#roots.checkAt);
  }

  async close(): Promise<void> {
    await this.#hints?.close();
  }

  #open(root: Root, folder: string, below: string): void {
    if (!this.#folders.has(folder)) this.#folders.set(folder, newFolder(root, folder, below));
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

  #back(root: Root): void {
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
      folder.lookAt = clock() + pauseOf(folder, poll);
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
    if (fresh.some((name) => name.includes('\ufffd'))) {
      for (const outcome of await this.#strays.refuseNames(folder.path, folder.below)) this.#listener.unusable(outcome);
    }
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
      } else if (kind.isFile() && before === undefined) this.#strays.note(name);
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (!syscall) throw error;
      // Gone again, or the next listing tries again.
      folder.names.delete(name);
      if (code !== 'ENOENT' && !hinted) folder.mtimeMs = Number.NaN;
    }
  }
}
