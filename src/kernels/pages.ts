/**
 * Rooms in the shared memory that can be given back: WebAssembly's memory only grows. What is given back is handed out
 * again, empty.
 */

/** What `extend` can grow: the memory itself, or a room in it. */
export interface Pages {
  readonly buffer: WebAssembly.Memory['buffer'];
  /** Appends pages of 64 KiB; returns the number of the first. */
  grow(pages: number): number;
}

const PAGE = 65_536;

interface Stretch {
  readonly first: number;
  readonly pages: number;
}

export interface Room extends Pages {
  /** Gives back all of it; nobody may use it any more. */
  giveBack(): void;
}

export class Rooms {
  readonly #memory: WebAssembly.Memory;
  /** In order, never two that touch. */
  #free: Stretch[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** A room that grows as it is used. */
  open(): Room {
    const memory = this.#memory;
    const taken: Stretch[] = [];
    return {
      get buffer() {
        return memory.buffer;
      },
      grow: (pages) => {
        const stretch = this.#take(pages);
        taken.push(stretch);
        return stretch.first;
      },
      giveBack: () => {
        this.#free = joined([...this.#free, ...taken.splice(0)]);
      },
    };
  }

  #take(pages: number): Stretch {
    const at = this.#free.findIndex((each) => each.pages >= pages);
    if (at < 0) return { first: this.#memory.grow(pages), pages };
    const { first, pages: all } = this.#free[at]!;
    this.#free.splice(at, 1, ...(all > pages ? [{ first: first + pages, pages: all - pages }] : []));
    // Whoever grows a memory gets zeros.
    new Uint8Array(this.#memory.buffer, first * PAGE, pages * PAGE).fill(0);
    return { first, pages };
  }
}

function joined(stretches: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = [];
  for (const each of [...stretches].sort((a, b) => a.first - b.first)) {
    const last = all.at(-1);
    if (last && last.first + last.pages === each.first)
      all[all.length - 1] = { first: last.first, pages: last.pages + each.pages };
    else if (each.pages > 0) all.push(each);
  }
  return all;
}
