/** Every format of lists of defects. A new one is a file and a line here. */

import fs from 'node:fs';
import { openRegular, readFully, sha256Of } from '../../files/input-file.ts';
import { Refusal } from '../../model/outcome.ts';
import type { ListFormat } from './format.ts';
import type { DefectList } from './list.ts';
import { motioncor } from './motioncor.ts';
import { serialem } from './serialem.ts';
import { thermo } from './thermo.ts';
import { yaml } from './yaml.ts';

/** In the order in which a text is held against them. */
export const LISTS: readonly ListFormat[] = [serialem, motioncor, thermo, yaml];

/** Bytes; what is larger is no list. */
const LARGEST = 64 << 20;
const HEAD = 1024;

export interface ReadList {
  readonly list: DefectList;
  readonly format: ListFormat;
  /** SHA-256 of the file. */
  readonly hash: string;
}

/**
 * Null: the file is no text, but perhaps an image.
 * @throws Fault 'missing', 'unreadable'; Refusal with the line that cannot be understood
 */
export async function readDefectList(name: string): Promise<ReadList | null> {
  const file = openRegular(name);
  try {
    const head = new Uint8Array(Math.min(HEAD, file.size));
    readFully(file, head, 0);
    if (head.length === 0 || head.some((byte) => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].includes(byte))) return null;
    if (file.size > LARGEST)
      throw new Refusal(`${name}: found a text of ${file.size} bytes, expected a list of defects or an image`);
    const bytes = new Uint8Array(file.size);
    readFully(file, bytes, 0);
    const text = decoded(name, bytes);
    const format = LISTS.find((each) => each.recognises(text));
    if (!format) {
      const [first = ''] = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
      const line = text.split(/\r\n|\r|\n/).indexOf(first) + 1;
      throw new Refusal(
        `${name}, line ${line}: found ${JSON.stringify(first.slice(0, 80))}, expected a list of defects: SerialEM's keywords, MotionCor's x y width height, Thermo's <defects>, or YAML with columns, rows, pixels, areas; or an image of 0 (good) and 1 (bad)`,
      );
    }
    return { list: await format.read(name, text), format, hash: sha256Of(file) };
  } finally {
    fs.closeSync(file.fd);
  }
}

function decoded(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Refusal(`${name}: found bytes that are not UTF-8, expected a list of defects or an image`, {
      cause: error,
    });
  }
}
