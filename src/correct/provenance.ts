/** What an output says of its making: at most three lines that fit MRC labels, the same whenever the making is the same. */

import path from 'node:path';
import type { Provenance } from '../formats/format.ts';
import { TOOL } from '../model/version.ts';
import type { ReferenceFile } from '../references/references.ts';

const LINES = 3;
const CHARACTERS = 80;

/** `said`: steps and how the pixels are written; references follow by name and twelve digits of their hash. */
export function provenance(said: readonly string[], files: readonly ReferenceFile[]): Provenance {
  for (const nameLength of [40, 20, 12, 8]) {
    const references = files.map(
      ({ path: file, hash, orientation, scale }) =>
        `${named(file, hash, nameLength)}${orientation ? ` ${orientation}` : ''}${scale ? ` x ${scale}` : ''}`,
    );
    const lines = wrapped([...said, ...references]);
    if (lines.length <= LINES) return { software: TOOL, lines };
  }
  return { software: TOOL, lines: wrapped([...said, ...files.map(({ hash }) => hash.slice(0, 12))]).slice(0, LINES) };
}

/** A file by name and twelve digits of its hash. */
export const named = (file: string, hash: string, nameLength = 40): string =>
  `${shortened(file, nameLength)} ${hash.slice(0, 12)}`;

/** Labels are ASCII; other letters become "_". */
function shortened(file: string, length: number): string {
  const name = path.basename(file).replace(/[^\x20-\x7e]/g, '_');
  return name.length <= length ? name : `${name.slice(0, length - 1)}~`;
}

/** Fills lines with items; every line begins with our name, by which later runs know it again. */
function wrapped(items: readonly string[]): string[] {
  const lines: string[] = [];
  let line = `${TOOL}:`;
  let empty = true;
  for (const item of items) {
    const next = empty ? `${line} ${item}` : `${line}, ${item}`;
    if (next.length <= CHARACTERS || empty) {
      line = next.slice(0, CHARACTERS);
    } else {
      lines.push(line);
      line = `darkroom: ${item}`.slice(0, CHARACTERS);
    }
    empty = false;
  }
  return [...lines, line];
}
