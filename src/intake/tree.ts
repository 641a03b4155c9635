/**
 * The folders that are watched, and when each is listed (`listing.ts`): the truth about what is there. That is when its
 * modification time changed, when something happened in it, and every 30 s regardless. While a share is away (`roots.ts`)
 * what was known of it stays known.
 */

import type { Stats } from 'node:fs';
import { freshStat, statOf } from '../files/input-file.ts';
import { Fault, failed } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { type Folder, newFolder, pauseOf, REGARDLESS, UNWATCHED } from './folder.ts';
import { Hints } from './hints.ts';
import { HANDFUL } from './in-flight.ts';
import { Listing, type ListingListener, type ListingOptions } from './listing.ts';
import { ROOT_CHECK, type Root, Roots, whyAway } from './roots.ts';

export interface TreeOptions extends ListingOptions {
  /** ms between two looks; 0: the system tells of changes. */
  readonly poll: number;
}

export interface TreeListener<Known> extends Omit<ListingListener<Known>, 'folder'> {
  /** There is something to be looked at at once. */
  wake(): void;
}

export class Tree<Known> {
  readonly #options: TreeOptions;
  readonly #listener: TreeListener<Known>;
  readonly #roots = new Roots();
  readonly #folders = new Map<string, Folder<Known>>();
  readonly #hints: Hints | null;
  readonly #listing: Listing<Known>;
  /** What happened since the last refresh: names by folder; null: list it. */
  #hinted = new Map<string, Set<string> | null>();
  #saidUnwatched = false;

  constructor(options: TreeOptions, listener: TreeListener<Known>) {
    this.#options = options;
    this.#listener = listener;
    this.#listing = new Listing(options, {
      ...listener,
      folder: ({ root }, full, below) => this.#open(root, full, below),
    });
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
    await this.#listing.resolve();
    this.#open(await this.#roots.add(folder), folder, '');
  }

  /** Formats that are not read, and how many files of each were seen. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#listing.unsupported;
  }

  /** Patterns that met nothing so far. */
  get patternNotes(): string[] {
    return this.#listing.patternNotes;
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
      if (names === null) folder.listAt = 0;
      else await this.#listing.hinted(folder, [...names].sort());
    }
    await this.#lookAtDue();
    let next = this.#roots.checkAt;
    for (const { root, lookAt, listAt } of this.#folders.values())
      if (root.away === null) next = Math.min(next, lookAt, listAt);
    return next;
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

  /** Until none is due: listing one may find another. */
  async #lookAtDue(): Promise<void> {
    const { poll, clock } = this.#options;
    const stat = poll > 0 ? freshStat : statOf;
    for (;;) {
      const now = clock();
      const due = [...this.#folders.values()].filter(
        ({ root, lookAt, listAt }) => root.away === null && (lookAt <= now || listAt <= now),
      );
      if (due.length === 0) return;
      for (let first = 0; first < due.length; first += HANDFUL) {
        const handful = due.slice(first, first + HANDFUL);
        const stats = await Promise.all(handful.map(({ path }) => stat(path).catch((error: Error) => error)));
        // One after the other: of two files with one output the first that is found has it.
        for (const [i, folder] of handful.entries()) await this.#look(folder, stats[i]!);
      }
    }
  }

  async #look(folder: Folder<Known>, stat: Stats | Error): Promise<void> {
    const { poll, clock } = this.#options;
    try {
      if (stat instanceof Error) throw stat;
      if (stat.ino !== folder.inode) this.#hints?.unwatch(folder.path);
      folder.inode = stat.ino;
      if (stat.mtimeMs !== folder.mtimeMs || folder.listAt <= clock()) {
        folder.mtimeMs = stat.mtimeMs;
        await this.#listing.list(
          folder,
          (entries) => {
            if (!folder.unwatched) this.#hints?.watch(folder.path, entries);
          },
          () => this.#isThere(folder.root),
        );
        folder.listAt = clock() + REGARDLESS;
      }
      folder.troubled = false;
      folder.lookAt = clock() + pauseOf(folder, poll, clock());
    } catch (error) {
      await this.#cannotLook(folder, error);
    }
  }

  async #isThere(root: Root): Promise<boolean> {
    if ((await whyAway(root)) === null) return true;
    root.checkAt = 0;
    return false;
  }

  async #cannotLook(folder: Folder<Known>, error: unknown): Promise<void> {
    const said = systemError(error);
    if (!said) throw error;
    const now = this.#options.clock();
    folder.lookAt = folder.listAt = now + REGARDLESS;
    folder.root.checkAt = 0;
    if (folder.below === '' || (await whyAway(folder.root)) !== null) {
      folder.lookAt = folder.listAt = now + ROOT_CHECK;
    } else if (said.name === 'ENOENT' || said.name === 'ENOTDIR') {
      this.#forget(folder);
    } else if (said.trouble === 'scarce') {
      folder.lookAt = folder.listAt = now + ROOT_CHECK;
    } else if (!folder.troubled) {
      folder.troubled = true;
      const message = `${folder.path}: the folder cannot be listed (${said.name}); check its permissions`;
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
}
