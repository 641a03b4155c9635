/**
 * What the system tells of folders that change: hints to look again sooner, never the truth. Folders up to some size go
 * through chokidar, larger ones through a plain `fs.watch`: chokidar looks at every entry again whenever one changes.
 */

import fs from 'node:fs';
import path from 'node:path';
import { watch as watchFolder } from 'chokidar';
import { systemError } from '../model/system-error.ts';

/** Entries above which a folder is watched without chokidar, which asks for the state of each at every change. */
const LARGE = 50;

/** Out of inotify watches, out of inotify instances or file handles, out of memory for them. */
const LIMITS = new Set(['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);

export interface Listener {
  /** Something happened in `folder`, to `name` where the system says to what. */
  readonly hint: (folder: string, name: string | null) => void;
  /** The system watches no more folders: only listing finds what happens in this one. */
  readonly unwatched: (folder: string) => void;
}

interface Watcher {
  readonly large: boolean;
  close(): unknown;
}

export class Hints {
  readonly #listener: Listener;
  readonly #watchers = new Map<string, Watcher>();

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** Watches a folder of so many entries, or goes on watching it. */
  watch(folder: string, entries: number): void {
    const large = entries > LARGE;
    const watcher = this.#watchers.get(folder);
    if (watcher?.large || (watcher && !large)) return;
    this.unwatch(folder);
    try {
      this.#watchers.set(folder, large ? this.#plain(folder) : this.#chokidar(folder));
    } catch (error) {
      this.#trouble(error, folder);
    }
  }

  #plain(folder: string): Watcher {
    const watcher = fs.watch(folder, (_event, name) => this.#listener.hint(folder, name));
    watcher.on('error', (error) => this.#trouble(error, folder));
    // What came before it began, or while another gave way to it, is found by another listing.
    this.#listener.hint(folder, null);
    return { large: true, close: () => watcher.close() };
  }

  #chokidar(folder: string): Watcher {
    const watcher = watchFolder(folder, {
      depth: 0,
      ignoreInitial: true,
      followSymlinks: false,
      usePolling: false,
      // The folder alone: it tells of its files, and a watch for each of 100 000 files tells no more.
      ignored: (each) => each !== folder,
    });
    watcher.on('raw', (_event, name: unknown) =>
      this.#listener.hint(folder, typeof name === 'string' ? path.basename(name) : null),
    );
    // It begins a little after it was asked to.
    watcher.on('ready', () => this.#listener.hint(folder, null));
    watcher.on('error', (error) => this.#trouble(error, folder));
    return { large: false, close: () => watcher.close() };
  }

  #trouble(error: unknown, folder: string): void {
    this.unwatch(folder);
    if (LIMITS.has(systemError(error)?.name ?? '')) this.#listener.unwatched(folder);
    // Whatever else it is, a listing meets it and says so.
    else this.#listener.hint(folder, null);
  }

  unwatch(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#watchers.values()].map((watcher) => watcher.close()));
    this.#watchers.clear();
  }
}
