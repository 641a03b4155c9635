/** What an exposure is written as, and under which name. Both follow from one rule, so that name and content agree. */

import path from 'node:path';
import { extensionInside, nameInside } from '../files/gzip.ts';
import { type FormatName, WRITTEN_FORMATS, type WrittenFormat } from '../model/exposure.ts';
import { FORMATS } from './index.ts';

/** What is written of formats that are only read. */
const INSTEAD: WrittenFormat = 'mrc';

const isWritten = (format: FormatName): format is WrittenFormat =>
  (WRITTEN_FORMATS as readonly FormatName[]).includes(format);

/** The container by the name of a file alone: null where the content decides. */
function byName(input: string): WrittenFormat | null {
  const extension = extensionInside(input);
  const named = Object.values(FORMATS).find(({ extensions }) => extensions.includes(extension));
  return named && !isWritten(named.name) ? INSTEAD : null;
}

/** `read`: what the exposure is by its content, `input`: the path of its file. */
export function containerOf(asked: 'same' | WrittenFormat, read: FormatName, input: string): WrittenFormat {
  if (asked !== 'same') return asked;
  return byName(input) ?? (isWritten(read) ? read : INSTEAD);
}

/** The extension changes where `--format` asks for another container, and where its own is only read; `.gz` goes. */
export function outputName(relative: string, asked: 'same' | WrittenFormat): string {
  const format = asked === 'same' ? byName(relative) : asked;
  const inside = nameInside(relative);
  if (format === null) return inside;
  const { extensions } = FORMATS[format];
  const extension = path.extname(inside);
  if (extensions.includes(extension.toLowerCase())) return inside;
  return inside.slice(0, inside.length - extension.length) + extensions[0];
}

/** What to tell once a run of exposures that cannot be written as what they were. */
export const containerNotes = (asked: 'same' | WrittenFormat, read: FormatName, container: WrittenFormat): string[] =>
  asked === 'same' && !isWritten(read)
    ? [
        `${FORMATS[read].extensions.join(' and ')} files are read, not written: the outputs are ${container.toUpperCase()} (--format tiff writes TIFF)`,
      ]
    : [];
