/**
 * The tag tree of a DM3 or DM4 file (Gatan DigitalMicrograph): groups within groups, names and values, big-endian but for
 * the values. It is walked once from its begin to its end; arrays are skipped, and only values that somebody asks for
 * are kept. Gatan publishes no description: after C. Boothroyd, "Digital Micrograph 3 file format", and RosettaSciIO.
 */

import type { OpenFile } from '../../files/input-file.ts';
import { Fault } from '../../model/outcome.ts';
import { FileCursor } from '../file-cursor.ts';

/** Numbers in a row that stayed in the file. */
export interface Stretch {
  /** Byte of the file. */
  readonly at: number;
  readonly count: number;
  /** Of one of them. */
  readonly bytes: number;
  /** What they say should they be letters: few enough, of 16 bits. */
  readonly text?: string;
}

export type Value = number | string | readonly number[] | Stretch;

export interface TagTree {
  readonly version: 3 | 4;
  /** Of values and pixels. */
  readonly littleEndian: boolean;
  /** By path, names joined by a line feed; groups and values without a name are named by their number, "#0". */
  readonly values: ReadonlyMap<string, Value>;
}

export const PATH = '\n';

/** Absent where it is none, or empty. */
export function textOf(value: Value | undefined): string | undefined {
  const text = typeof value === 'object' && 'text' in value ? value.text : value;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

/** A real file has some hundreds; in-situ movies some thousands. */
const MOST_TAGS = 200_000;
const MOST_DEPTH = 60;

/** Longer arrays of 16-bit numbers are no text. */
const MOST_LETTERS = 4096;

/** Encoded types of single values: bytes. */
const SIZES: Readonly<Record<number, number>> = { 2: 2, 3: 4, 4: 2, 5: 4, 6: 4, 7: 8, 8: 1, 9: 1, 10: 1, 11: 8, 12: 8 };
const [STRUCT, STRING, ARRAY] = [15, 18, 20];
const [ENDS, GROUP, DATA] = [0, 20, 21];

/**
 * `keeps`: whether a value is of interest, by the names on its path.
 * @throws Fault 'format' when it makes no sense, 'incomplete' when the file ends before the tree does
 */
export function readTags(file: OpenFile, keeps: (names: readonly string[]) => boolean): TagTree {
  return new Walk(file, keeps).tree();
}

class Walk {
  readonly #cursor: FileCursor;
  readonly #path: string;
  readonly #keeps: (names: readonly string[]) => boolean;
  readonly #values = new Map<string, Value>();
  #version: 3 | 4 = 3;
  #littleEndian = true;
  #tags = 0;

  constructor(file: OpenFile, keeps: (names: readonly string[]) => boolean) {
    this.#cursor = new FileCursor(file);
    this.#path = file.path;
    this.#keeps = keeps;
  }

  tree(): TagTree {
    const cursor = this.#cursor;
    this.#version = cursor.uint32() === 4 ? 4 : 3;
    // The bytes behind this number, or a few less: writers do not agree on from where they count.
    const bytes = this.#count();
    this.#littleEndian = cursor.uint32() === 1;
    this.#group([]);
    // Groups whose number of tags was not written yet are empty, and end the tree early.
    if (cursor.at < bytes) throw this.#unwritten();
    return { version: this.#version, littleEndian: this.#littleEndian, values: this.#values };
  }

  #damaged(what: string): Fault {
    const at = this.#cursor.at;
    return new Fault(
      'format',
      `${this.#path}: found ${what} at byte ${at} of a DM${this.#version} file; is it damaged?`,
    );
  }

  /** What DM3 has as 32 bits and DM4 as 64. */
  #count(): number {
    return this.#version === 4 ? this.#cursor.uint64() : this.#cursor.uint32();
  }

  #group(names: readonly string[]): void {
    if (names.length > MOST_DEPTH) throw this.#damaged(`groups in ${MOST_DEPTH} groups`);
    const cursor = this.#cursor;
    // Whether it is sorted, and open on the screen.
    cursor.skip(2);
    const tags = this.#count();
    for (let i = 0; i < tags; i++) {
      if (++this.#tags > MOST_TAGS) throw this.#damaged(`more than ${MOST_TAGS} tags`);
      const kind = cursor.uint8();
      if (kind === ENDS) throw this.#unwritten();
      const name = cursor.text(cursor.uint16());
      const below = [...names, name === '' ? `#${i}` : name];
      const bytes = this.#version === 4 ? cursor.uint64() : null;
      const begin = cursor.at;
      if (kind === GROUP) this.#group(below);
      else if (kind === DATA) this.#data(below);
      else throw this.#damaged(`a tag of kind ${kind}`);
      if (bytes !== null && cursor.at !== begin + bytes) throw this.#damaged('a tag of another length than it says');
    }
  }

  /** Zeros stand where a writer reserved room and has not come to yet. */
  #unwritten(): Fault {
    return new Fault(
      'incomplete',
      `${this.#path}: found no more tags behind byte ${this.#cursor.at}, where more were expected; it is truncated or still being written: copy it again, or run again later`,
    );
  }

  #data(names: readonly string[]): void {
    const cursor = this.#cursor;
    const mark = cursor.text(4);
    if (mark === '\0\0\0\0') throw this.#unwritten();
    if (mark !== '%%%%') throw this.#damaged('no mark of a value');
    const length = this.#count();
    if (length === 0) throw this.#unwritten();
    if (length > 1000) throw this.#damaged(`a value that is described by ${length} numbers`);
    const type = Array.from({ length }, () => this.#count());
    const value = this.#value(type);
    if (value !== null && this.#keeps(names)) this.#values.set(names.join(PATH), value);
  }

  #value(type: readonly number[]): Value | null {
    const cursor = this.#cursor;
    if (type[0] === ARRAY) return this.#array(type.slice(1));
    if (type[0] === STRUCT) return this.#fields(type).map((each) => this.#single(each));
    // Nobody has seen one with letters of more than two bytes.
    if (type[0] === STRING) return cursor.letters(Math.min(type[1] ?? 0, MOST_LETTERS), this.#littleEndian);
    return this.#single(type[0]!);
  }

  /** The types of a struct's fields: behind its own name's length and their number, each behind the length of its name. */
  #fields(type: readonly number[]): number[] {
    const count = type[2] ?? 0;
    const fields = Array.from({ length: Math.min(count, type.length) }, (_, i) => type[4 + 2 * i] ?? -1);
    if (fields.length !== count || fields.some((each) => SIZES[each] === undefined))
      throw this.#damaged('a structure of fields that make no sense');
    return fields;
  }

  #array(type: readonly number[]): Value | null {
    const cursor = this.#cursor;
    const count = type.at(-1) ?? 0;
    const sizes = type[0] === STRUCT ? this.#fields(type).map((each) => SIZES[each]!) : [SIZES[type[0]!]];
    if (type.length < 2 || sizes.includes(undefined)) throw this.#damaged('an array of values that make no sense');
    const bytes = sizes.reduce<number>((sum, size) => sum + size!, 0);
    const at = cursor.at;
    if (type[0] === 4 && count <= MOST_LETTERS)
      return { at, count, bytes, text: cursor.letters(count, this.#littleEndian) };
    cursor.skip(count * bytes);
    return type[0] === STRUCT ? null : { at, count, bytes };
  }

  #single(type: number): number {
    const cursor = this.#cursor;
    const size = SIZES[type];
    if (type === 0) throw this.#unwritten();
    if (size === undefined) throw this.#damaged(`a value of type ${type}`);
    const view = cursor.view(size);
    const little = this.#littleEndian;
    switch (type) {
      case 2:
        return view.getInt16(0, little);
      case 3:
        return view.getInt32(0, little);
      case 4:
        return view.getUint16(0, little);
      case 5:
        return view.getUint32(0, little);
      case 6:
        return view.getFloat32(0, little);
      case 7:
        return view.getFloat64(0, little);
      case 11:
        return Number(view.getBigInt64(0, little));
      case 12:
        return Number(view.getBigUint64(0, little));
      case 9:
        return view.getInt8(0);
      default:
        return view.getUint8(0);
    }
  }
}
