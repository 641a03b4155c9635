/**
 * The sets of references in the shared memory: each is loaded when an exposure needs it, and stays until others need the
 * room; the one that was used longest ago goes first. While it is lent, it stays where it is.
 */

import { layOutSurvey, type Survey } from '../correct/observe/survey.ts';
import { instantiate, type Kernels } from '../kernels/kernels.ts';
import { type Room, Rooms } from '../kernels/pages.ts';
import { Refusal } from '../model/outcome.ts';
import type { KeptHashes } from '../references/kept-hashes.ts';
import { hashesOf, type KnownSet, refuseReplaced } from '../references/known-set.ts';
import { loadReferences } from '../references/load.ts';
import { type ReferenceFile, type ReferenceLayout, referenceFiles } from '../references/references.ts';
import type { Treatment } from '../references/treatment.ts';
import type { WorkerStart } from './worker.ts';

/** Bytes of all sets together, unless a single one needs more. */
const BOUND = 2 ** 31;

/** What could not be loaded is tried again after so long, ms: a share may be back. */
const AGAIN = 30_000;

export interface Lent {
  readonly layout: ReferenceLayout;
  readonly survey: Survey | null;
  giveBack(): void;
}

interface Shelved {
  readonly set: KnownSet;
  /** What it takes, about; 0 as long as it waits for room. */
  bytes: number;
  readonly room: Room;
  readonly layout: Promise<ReferenceLayout>;
  loaded: boolean;
  lent: number;
  used: number;
}

export interface LibraryOptions {
  /** Rows are taken as they are stored. */
  readonly stored: boolean;
  readonly treatment?: Treatment;
  readonly bound?: number;
  readonly hashes?: KeptHashes;
}

export class Library {
  /** Hears what is odd about references, once they are loaded. */
  say: (note: string) => void = () => undefined;
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: Kernels;
  readonly #rooms: Rooms;
  readonly #options: LibraryOptions;
  readonly #shelf = new Map<string, Shelved>();
  /** What threads add to it goes on while the references themselves are gone. */
  readonly #surveys = new Map<string, Survey | null>();
  readonly #files = new Map<string, Promise<readonly ReferenceFile[]>>();
  readonly #failed = new Map<string, { readonly error: unknown; readonly at: number }>();
  readonly #said = new Set<string>();
  #uses = 0;
  /** Loads one set at a time. */
  #loading: Promise<unknown> = Promise.resolve();
  #returned: () => void = () => undefined;

  constructor({ module, memory }: Pick<WorkerStart, 'module' | 'memory'>, options: LibraryOptions) {
    this.#memory = memory;
    this.#kernels = instantiate(module, memory);
    this.#rooms = new Rooms(memory);
    this.#options = options;
  }

  /** The names of the sets that are in memory, the one used longest ago first. */
  get loaded(): string[] {
    return [...this.#shelf.values()]
      .filter(({ loaded }) => loaded)
      .sort((a, b) => a.used - b.used)
      .map(({ set }) => set.name);
  }

  /** @throws Refusal when its files are no references, or were replaced since it was chosen */
  async borrow(set: KnownSet): Promise<Lent> {
    const before = this.#failed.get(set.id);
    if (before && performance.now() < before.at + AGAIN) throw before.error;
    let shelved = this.#shelf.get(set.id);
    if (!shelved) {
      shelved = this.#shelve(set);
      this.#shelf.set(set.id, shelved);
    }
    const lent = shelved;
    lent.lent++;
    lent.used = ++this.#uses;
    const giveBack = (): void => {
      lent.lent--;
      this.#returned();
    };
    try {
      const layout = await lent.layout;
      return { layout, survey: this.#surveyOf(set, layout), giveBack };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** Roles and hashes of its files, without loading it. @throws Refusal */
  filesOf(set: KnownSet): Promise<readonly ReferenceFile[]> {
    let files = this.#files.get(set.id);
    if (!files) {
      const found = this.#hashed(set);
      // A share may be back later.
      found.catch(() => this.#files.delete(set.id));
      files = found;
      this.#files.set(set.id, files);
    }
    return files;
  }

  async #hashed(set: KnownSet): Promise<readonly ReferenceFile[]> {
    refuseReplaced(set);
    const files = await hashesOf(set, this.#options.hashes);
    refuseReplaced(set);
    return files;
  }

  #surveyOf({ id }: KnownSet, layout: ReferenceLayout): Survey | null {
    let survey = this.#surveys.get(id);
    if (survey === undefined) {
      survey = layOutSurvey(layout, this.#memory);
      // What it says of the references is read while they are there.
      survey?.read();
      this.#surveys.set(id, survey);
    }
    return survey;
  }

  #shelve(set: KnownSet): Shelved {
    const room = this.#rooms.open();
    const shelved: Shelved = {
      ...{ set, room, bytes: 0, loaded: false, lent: 0, used: 0 },
      layout: this.#loading.then(() => this.#load(shelved)),
    };
    this.#loading = shelved.layout.catch((error: unknown) => {
      room.giveBack();
      this.#shelf.delete(set.id);
      this.#failed.set(set.id, { error, at: performance.now() });
    });
    return shelved;
  }

  async #load(shelved: Shelved): Promise<ReferenceLayout> {
    const { set, room } = shelved;
    const bytes = bytesOf(set);
    await this.#makeRoom(bytes);
    shelved.bytes = bytes;
    refuseReplaced(set);
    const { stored, treatment } = this.#options;
    const { layout, notes } = await loadReferences(set.paths, stored, this.#kernels, room, treatment).catch(
      (error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
        throw new Refusal(`references "${set.name}": do not fit into what is left of 4 GiB; use fewer --threads`, {
          cause: error,
        });
      },
    );
    refuseReplaced(set);
    this.#files.set(set.id, Promise.resolve(layout.files));
    shelved.loaded = true;
    for (const note of notes) {
      if (!this.#said.has(note)) this.say(note);
      this.#said.add(note);
    }
    return layout;
  }

  /** A set that is larger than everything may take is loaded alone. */
  async #makeRoom(bytes: number): Promise<void> {
    const bound = this.#options.bound ?? BOUND;
    for (;;) {
      const shelved = [...this.#shelf.values()].filter((each) => each.bytes > 0);
      const taken = shelved.reduce((sum, each) => sum + each.bytes, 0);
      if (taken === 0 || taken + bytes <= bound) return;
      const [oldest] = shelved.filter(({ lent }) => lent === 0).sort((a, b) => a.used - b.used);
      if (oldest) {
        this.#shelf.delete(oldest.set.id);
        oldest.room.giveBack();
      } else {
        await new Promise<void>((resolve) => {
          this.#returned = resolve;
        });
      }
    }
  }
}

/** About what a set takes: planes of float32, and a map. */
function bytesOf({ name, size, paths }: KnownSet): number {
  if (size === null)
    throw new Refusal(`references "${name}": no file says how large the camera is; add a dark or a norm`);
  const planes = referenceFiles(paths).filter(({ role }) => role !== 'defects').length;
  return Math.ceil(size.width / 8) * 8 * size.height * 4 * (planes + 0.1);
}
