/**
 * The parts of an HDF5 file that lead to its pixels: superblock, object headers, groups. Read one by one as they are
 * needed, never more than asked for. After "HDF5 File Format Specification Version 3.0" (The HDF Group).
 */

import type { OpenFile } from '../../files/input-file.ts';
import { Fault } from '../../model/outcome.ts';
import { FileCursor } from '../file-cursor.ts';

export const SIGNATURE = '\x89HDF\r\n\x1a\n';

/** Where a file may begin: behind a user block of 512 bytes too. */
export const BEGINS = [0, 512] as const;

/** An address that is none: nothing is stored. */
const UNDEFINED = Number(0xffff_ffff_ffff_ffffn);

export const isStored = (address: number): boolean => address !== UNDEFINED;

/** Types of messages in an object header. */
export const MESSAGES = { dataspace: 1, linkInfo: 2, datatype: 3, link: 6, layout: 8, filters: 11 } as const;
const [CONTINUATION, SYMBOL_TABLE] = [16, 17];

/** A real object has some ten messages, a group of a detector some hundred members. */
const MOST_MESSAGES = 10_000;
const MOST_MEMBERS = 100_000;

export interface Message {
  readonly type: number;
  /** The byte of the file at which its content begins, and its length. */
  readonly at: number;
  readonly bytes: number;
  /** Its content stands elsewhere. */
  readonly shared: boolean;
}

/** What cannot be read of a file that another program can rewrite. */
const REPACK = 'rewrite it with the tools of HDF5: h5repack -f NONE -l CONTI --low=0 --high=0 IN OUT';

export class Hdf5 {
  readonly path: string;
  readonly #file: OpenFile;
  /** Addresses count from here. */
  readonly #base: number;
  readonly root: number;

  /** @throws Fault 'incomplete' when it is still being written or was cut short, 'unsupported', 'format' */
  constructor(file: OpenFile) {
    this.path = file.path;
    this.#file = file;
    const begin = BEGINS.find((at) => file.size >= at + 8 && new FileCursor(file, at).text(8) === SIGNATURE);
    if (begin === undefined) throw this.damaged('no signature');
    const cursor = new FileCursor(file, begin + 8, true);
    const version = cursor.uint8();
    if (version > 3) throw this.unsupported(`a superblock of version ${version}`);
    if (version < 2) cursor.skip(4);
    const sizes = [cursor.uint8(), cursor.uint8()];
    if (sizes.some((size) => size !== 8)) throw this.unsupported(`addresses of ${sizes.join(' and ')} bytes`);
    if (version < 2) cursor.skip(version === 0 ? 9 : 13);
    else if ((cursor.uint8() & 1) !== 0) throw this.#unfinished('found it open for writing');
    const base = cursor.uint64();
    cursor.skip(8);
    const end = cursor.uint64();
    // The driver's block; the name of the root group.
    if (version < 2) cursor.skip(16);
    this.root = cursor.uint64();
    this.#base = base === 0 ? begin : base;
    if (this.#base + end - base > file.size) {
      throw this.#unfinished(`found ${file.size} bytes, expected ${this.#base + end - base}`);
    }
  }

  #unfinished(what: string): Fault {
    return new Fault(
      'incomplete',
      `${this.path}: ${what}; it is truncated or still being written: copy it again, or run again later`,
    );
  }

  unfinished(what: string): Fault {
    return this.#unfinished(`found ${what}`);
  }

  damaged(what: string): Fault {
    return new Fault('format', `${this.path}: found ${what} in an HDF5 file; is it damaged?`);
  }

  unsupported(what: string): Fault {
    return new Fault('unsupported', `${this.path}: found ${what} in an HDF5 file; ${REPACK}`);
  }

  /** The byte of the file at which something with an address stands, of which there are so many bytes. */
  place(address: number, bytes: number): number {
    const at = this.#base + address;
    if (!isStored(address) || !Number.isSafeInteger(at)) throw this.damaged('an address that is none');
    if (at + bytes > this.#file.size) {
      throw this.#unfinished(`found ${this.#file.size} bytes, expected ${at + bytes} and more`);
    }
    return at;
  }

  /** Reads from an address on. */
  cursor(address: number): FileCursor {
    return new FileCursor(this.#file, this.place(address, 1), true);
  }

  /** Reads from a byte of the file on. */
  at(byte: number): FileCursor {
    return new FileCursor(this.#file, byte, true);
  }

  /** All messages of an object, those of its continuations too. */
  messages(address: number): Message[] {
    const messages: Message[] = [];
    const cursor = this.cursor(address);
    const modern = cursor.text(4) === 'OHDR';
    const blocks: { at: number; bytes: number }[] = [];
    let ordered = false;
    if (modern) {
      const version = cursor.uint8();
      if (version !== 2) throw this.damaged(`an object header of version ${version}`);
      const flags = cursor.uint8();
      ordered = (flags & 4) !== 0;
      // Times; limits of its attributes.
      cursor.skip((flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0));
      const bytes = [cursor.uint8, cursor.uint16, cursor.uint32, cursor.uint64][flags & 3]!.call(cursor);
      blocks.push({ at: cursor.at, bytes });
    } else {
      cursor.at -= 4;
      const version = cursor.uint8();
      if (version !== 1) throw this.damaged(`an object header of version ${version}`);
      cursor.skip(7);
      const bytes = cursor.uint32();
      blocks.push({ at: cursor.at + 4, bytes });
    }
    for (let block = 0; block < blocks.length; block++) {
      const { at, bytes } = blocks[block]!;
      cursor.at = at;
      const headBytes = modern ? (ordered ? 6 : 4) : 8;
      while (cursor.at + headBytes <= at + bytes) {
        const type = modern ? cursor.uint8() : cursor.uint16();
        const length = cursor.uint16();
        const shared = (cursor.uint8() & 2) !== 0;
        cursor.skip(modern ? (ordered ? 2 : 0) : 3);
        if (messages.length > MOST_MESSAGES || blocks.length > MOST_MESSAGES) throw this.damaged('too many messages');
        const message = { type, at: cursor.at, bytes: length, shared };
        messages.push(message);
        if (type === CONTINUATION) {
          const [from, more] = [this.place(cursor.uint64(), 1), cursor.uint64()];
          // In newer files a mark stands before, a checksum behind.
          blocks.push(modern ? { at: from + 4, bytes: more - 8 } : { at: from, bytes: more });
        }
        cursor.at = message.at + length;
      }
    }
    return messages;
  }

  /** Members of a group by their names, with their addresses; none where the object is no group. Soft links are left out. */
  members(messages: readonly Message[]): Map<string, number> {
    const members = new Map<string, number>();
    const add = (name: string, address: number): void => {
      if (members.size > MOST_MEMBERS) throw this.damaged('too many members of a group');
      members.set(name, address);
    };
    for (const { type, at } of messages) {
      const cursor = this.at(at);
      if (type === SYMBOL_TABLE) {
        const [tree, heap] = [cursor.uint64(), cursor.uint64()];
        const names = this.cursor(heap);
        if (names.text(4) !== 'HEAP') throw this.damaged('no names of a group');
        names.skip(20);
        this.#symbols(tree, this.place(names.uint64(), 0), add, 100);
      }
      if (type === MESSAGES.link) this.#linked(cursor, add);
      if (type === MESSAGES.linkInfo) {
        cursor.skip(1);
        cursor.skip(cursor.uint8() & 1 ? 8 : 0);
        if (isStored(cursor.uint64())) throw this.unsupported('a group with many members (dense links)');
      }
    }
    return members;
  }

  #symbols(address: number, heap: number, add: (name: string, address: number) => void, most: number): void {
    const cursor = this.cursor(address);
    const mark = cursor.text(4);
    if (mark === 'SNOD') {
      cursor.skip(2);
      const count = cursor.uint16();
      for (let i = 0; i < count; i++) {
        const [name, object, kind] = [cursor.uint64(), cursor.uint64(), cursor.uint32()];
        cursor.skip(20);
        // 2: a soft link.
        if (kind !== 2) add(this.#name(heap + name), object);
      }
      return;
    }
    if (mark !== 'TREE' || cursor.uint8() !== 0) throw this.damaged('no members of a group');
    const level = cursor.uint8();
    if (level >= most) throw this.damaged('a tree that leads back to itself');
    const count = cursor.uint16();
    cursor.skip(16);
    for (let i = 0; i < count; i++) {
      cursor.skip(8);
      this.#symbols(cursor.uint64(), heap, add, level);
    }
  }

  /** A name, ended by a NUL. */
  #name(at: number): string {
    const cursor = this.at(at);
    const letters: number[] = [];
    for (let letter = cursor.uint8(); letter !== 0; letter = cursor.uint8()) {
      letters.push(letter);
      if (letters.length > 1024) throw this.damaged('a name without an end');
    }
    return Buffer.from(letters).toString('utf8');
  }

  #linked(cursor: FileCursor, add: (name: string, address: number) => void): void {
    cursor.skip(1);
    const flags = cursor.uint8();
    const type = flags & 8 ? cursor.uint8() : 0;
    cursor.skip((flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0));
    const length = [cursor.uint8, cursor.uint16, cursor.uint32, cursor.uint64][flags & 3]!.call(cursor);
    if (length > 1024) throw this.damaged('a name without an end');
    const name = cursor.text(length);
    if (type === 0) add(name, cursor.uint64());
  }
}
