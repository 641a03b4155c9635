/**
 * Where the line of provenance goes in an ImageDescription. Programs parse that text, so it has to stay what it was: a
 * line at the end suits free text, ImageJ and SerialEM, while XML and JSON have places of their own.
 * Texts are bytes, one to a character: an ImageDescription may be UTF-8 or Latin-1, and stays it.
 */

interface Place {
  readonly describe: string;
  suits(text: string): boolean;
  insert(text: string, line: string): string;
}

const PLACES: readonly Place[] = [
  {
    describe: 'OME-XML is known by its closing tag: a comment before it',
    suits: (text) => /<\/(\w+:)?OME>\s*$/.test(text),
    insert: (text, line) => {
      const at = text.lastIndexOf('</');
      return `${text.slice(0, at)}<!-- ${line.replaceAll('--', '- -')} -->${text.slice(at)}`;
    },
  },
  {
    describe: 'JSON, such as the shape that tifffile writes: a member at the end',
    suits: (text) => text.startsWith('{') && isJson(text),
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The value of an ImageDescription field: `bytes` as it was (with or without closing NUL), with `line` put in. */
export function describe(bytes: Uint8Array, line: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1').replace(/\0+$/, '');
  const place = PLACES.find((each) => each.suits(text))!;
  // The line comes as UTF-16 and is ASCII; the text goes back byte by byte.
  return Buffer.from(`${place.insert(text, line)}\0`, 'latin1');
}
