/**
 * The ImageDescription: its text and lines, and where the line of provenance goes. Programs parse that text, so it has to
 * stay what it was: a line at the end suits free text, ImageJ and SerialEM, while XML and JSON have places of their own.
 * Texts are bytes, one to a character: an ImageDescription may be UTF-8 or Latin-1, and stays it.
 */

import type { Plan } from '../format.ts';
import { TAGS, type TiffField } from './fields.ts';
import { withoutFormula } from './imagej.ts';

interface Place {
  readonly describe: string;
  suits(text: string): boolean;
  insert(text: string, line: string): string;
}

const PLACES: readonly Place[] = [
  {
    describe: 'XML (OME, JEOL): a comment before the closing tag of the root, where OME-XML is known by its end',
    suits: (text) => isXml(text) && /^<\/[\w:.-]+\s*>\W*$/.test(text.slice(text.lastIndexOf('</'))),
    insert: (text, line) => {
      const at = text.lastIndexOf('</');
      return `${text.slice(0, at)}${comment(line)}${text.slice(at)}`;
    },
  },
  {
    describe: 'XML that ends in an empty element or a comment: a comment behind it',
    suits: (text) => isXml(text) && ['/>', '-->'].some((end) => text.trimEnd().endsWith(end)),
    insert: (text, line) => `${text}${comment(line)}`,
  },
  {
    describe: 'JSON, such as the shape that tifffile writes: a member at the end',
    suits: (text) => /^\s*\{/.test(text) && isJson(text),
    insert: (text, line) => {
      const body = text.slice(0, text.lastIndexOf('}')).trimEnd();
      return `${body}${body.endsWith('{') ? '' : ', '}"provenance": ${JSON.stringify(line)}}`;
    },
  },
  {
    describe: 'anything else: a line at the end',
    suits: () => true,
    insert: (text, line) => (text === '' ? line : `${text.replace(/\n$/, '')}\n${line}`),
  },
];

/** XML may begin with a byte order mark; here it is UTF-8 read byte by byte. */
const isXml = (text: string): boolean => /^(\xef\xbb\xbf)?\s*<[?!\w]/.test(text);

const comment = (line: string): string => `<!-- ${line.replaceAll('--', '- -')} -->`;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** How OME names the types that are written. */
const OME_TYPES: Readonly<Record<Plan['type'], string>> = {
  mask: 'bit',
  uint16: 'uint16',
  int16: 'int16',
  float32: 'float',
};

/** The value of an ImageDescription field: `bytes` as it was (with or without closing NUL), with `line` put in. */
export function describe(bytes: Uint8Array, line: string, type: Plan['type']): Uint8Array {
  const before = beforeNul(bytes).toString('latin1');
  // OME-XML names the type of the pixels, which need not be the input's.
  const text = before.replace(/(<(?:\w+:)?Pixels\s[^<>]*?\bType=")[^"]*"/g, `$1${OME_TYPES[type]}"`);
  const place = PLACES.find((each) => each.suits(text))!;
  // The line comes as UTF-16 and is ASCII; the text goes back byte by byte.
  return Buffer.from(`${place.insert(text, line)}\0`, 'latin1');
}

/** The texts of all descriptions of a page. */
export function textsOf(fields: readonly TiffField[]): string[] {
  return fields.filter(({ tag }) => tag === TAGS.ImageDescription).map(({ bytes }) => textOf(bytes));
}

/** The lines of all descriptions of a page; blank ones say nothing, and make an MRC label that its readers call an error. */
export function linesOf(fields: readonly TiffField[]): string[] {
  return textsOf(fields)
    .flatMap((text) => text.split(/\r\n|\r|\n|\0/))
    .filter((line) => line.trim() !== '');
}

const textOf = (bytes: Uint8Array): string => beforeNul(bytes).toString('utf8');

/** The bytes without the NULs that end them. */
export function beforeNul(bytes: Uint8Array): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return Buffer.from(bytes.subarray(0, end));
}

/** What an output says in another way than its input, so that the description must not say it any longer. */
export interface Outdated {
  /** Signed counts were stored as unsigned ones, and a formula said so. */
  readonly shifted: boolean;
  /** Images had no directories of their own. */
  readonly truncated: boolean;
}

/** The field without what is outdated; other fields as they are. */
export function withoutOutdated(field: TiffField, { shifted, truncated }: Outdated): TiffField {
  if (field.tag !== TAGS.ImageDescription) return field;
  const text = Buffer.from(field.bytes).toString('latin1');
  let kept = text;
  if (shifted) kept = withoutFormula(kept);
  if (truncated) kept = kept.replace(/"truncated"\s*:\s*true\s*,\s*|,\s*"truncated"\s*:\s*true/, '');
  if (kept === text) return field;
  const bytes = Buffer.from(kept, 'latin1');
  return { ...field, count: bytes.length, bytes };
}
