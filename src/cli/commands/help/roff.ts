/** Markdown as roff, the language of man pages (man(7)), with no macro that needs a preprocessor. */

import { AS_READ, type Block, blocksOf, type Setting, sentence, type Tokens } from './markdown.ts';

/** A backslash begins a command, and a hyphen that people copy must stay one. */
const escaped = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-');

const SETTING: Setting = {
  text: (text) => escaped(text),
  strong: (text) => `\\fB${text}\\fR`,
  code: (text) => `\\fB${escaped(text)}\\fR`,
};

/** A topic: its title heads a section, its headings parts of that. */
export const roffOf = (markdown: string): string =>
  blocksOf(markdown)
    .flatMap(blockLines)
    // A heading begins a paragraph by itself.
    .filter((line, at, lines) => line !== '.PP' || !/^\.S[HS] /.test(lines[at - 1] ?? ''))
    .join('\n');

/** A line of text. A dot or an apostrophe at its beginning would be a command. */
export const roffLine = (text: string): string => guarded(escaped(text));

/** Tag and text, as options are listed. */
const tagged = (tag: string, text: readonly string[]): string[] => ['.TP', guarded(tag), ...text.map(guarded)];

/** Lines that are shown as they are. */
export const verbatim = (text: string): string[] => [
  '.PP',
  '.RS 4',
  '.nf',
  ...text.split('\n').map((line) => roffLine(line)),
  '.fi',
  '.RE',
];

const guarded = (line: string): string => (/^[.']/.test(line) ? `\\&${line}` : line);

const said = (tokens: Parameters<typeof sentence>[0]): string => guarded(sentence(tokens, SETTING).trim());

function blockLines(block: Block): string[] {
  switch (block.type) {
    case 'heading':
      return headingLines(block.depth, sentence(block.tokens, AS_READ));
    case 'code':
      return verbatim(block.text);
    case 'list':
      return block.items.flatMap((item, at) =>
        itemLines(item, block.ordered ? `${Number(block.start) + at}.` : '\\(bu'),
      );
    case 'blockquote':
      return ['.RS 4', ...(block.tokens as Block[]).flatMap(blockLines), '.RE'];
    case 'table':
      return block.rows.flatMap((row) => rowLines(block.header, row));
    case 'space':
    case 'hr':
    case 'def':
      return [];
    case 'html':
      return block.text.startsWith('<!--') ? [] : ['.PP', roffLine(block.text.trim())];
    default:
      return ['.PP', said('tokens' in block && block.tokens ? block.tokens : [block])];
  }
}

function headingLines(depth: number, title: string): string[] {
  if (depth > 2) return ['.PP', `\\fB${escaped(title)}\\fR`];
  return [depth === 1 ? `.SH "${escaped(title.toUpperCase())}"` : `.SS "${escaped(title)}"`];
}

/** The first paragraph stands beside the sign, everything else below it. */
function itemLines({ tokens }: Tokens.ListItem, sign: string): string[] {
  const [first, ...more] = tokens as Block[];
  const beside = first ? blockLines(first).filter((line) => line !== '.PP') : [];
  return [`.IP ${sign} 4`, ...beside, ...(more.length > 0 ? ['.RS 4', ...more.flatMap(blockLines), '.RE'] : [])];
}

/** A row becomes an entry of a list: pages are too narrow for most tables. */
function rowLines(header: readonly Tokens.TableCell[], [name, ...others]: readonly Tokens.TableCell[]): string[] {
  const cells = others.map(({ tokens }, at) => {
    const title = sentence(header[at + 1]?.tokens, SETTING);
    const cell = sentence(tokens, SETTING);
    return cell === '' || title === '' ? cell : `${title}: ${cell}`;
  });
  const text = cells.filter((cell) => cell !== '');
  return tagged(
    sentence(name?.tokens, SETTING),
    text.map((cell, at) => (at < text.length - 1 ? `${cell}\n.br` : cell)),
  );
}
