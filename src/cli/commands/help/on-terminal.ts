/**
 * A topic on a terminal: headings at the left, text indented and broken between words. A table keeps its columns where
 * they fit; elsewhere each row becomes a paragraph.
 */

import { widthOf } from '../../terminal/terminal.ts';
import { AS_READ, type Block, blocksOf, type Setting, sentence, type Tokens } from './markdown.ts';

export interface Page {
  readonly columns: number;
  /** Whether the terminal can set text in bold. Elsewhere code of several words keeps its backticks. */
  readonly bold: boolean;
}

const INDENT = '  ';

/** A column of a table is at least so wide, or the table becomes paragraphs. */
const LEAST = 14;
const GAP = '  ';

/** ECMA-48 8.3.117: bold on and off. */
const BOLD = ['\u001b[1m', '\u001b[22m'] as const;

export function onTerminal(markdown: string, { columns, bold }: Page): string {
  let indent = INDENT;
  const lines: string[] = [];
  const setting = settingOf(bold);
  for (const block of blocksOf(markdown)) {
    if (block.type === 'heading') {
      const margin = block.depth > 2 ? INDENT : '';
      indent = margin + INDENT;
      const heading = fill(setting.strong(sentence(block.tokens, AS_READ)), columns - margin.length);
      lines.push('', ...heading.map((line) => margin + line));
      continue;
    }
    const set = blockLines(block, columns - indent.length, setting);
    if (set.length === 0) continue;
    // A heading stands on its text, other blocks apart.
    if (lines.length > 0 && (block.type === 'code' || !followsHeading(lines, indent))) lines.push('');
    lines.push(...set.map((line) => (line === '' ? '' : indent + line)));
  }
  return lines.join('\n').replace(/^\n+/, '');
}

/** Only headings stand further to the left than the text below them. */
const followsHeading = (lines: readonly string[], indent: string): boolean => !lines.at(-1)!.startsWith(indent);

function settingOf(bold: boolean): Setting {
  // Word by word: a line may end, and the next column of a table begin, inside of it.
  const strong = (text: string): string =>
    bold ? text.replaceAll(/[^ ]+/g, (word) => BOLD[0] + word + BOLD[1]) : text;
  return { ...AS_READ, strong, code: bold ? strong : (text) => (text.includes(' ') ? `\`${text}\`` : text) };
}

function blockLines(block: Block, columns: number, setting: Setting): string[] {
  switch (block.type) {
    case 'code':
      return block.text.split('\n').map((line) => (line === '' ? '' : INDENT + line));
    case 'list':
      return block.items.flatMap((item, at) => {
        const sign = block.ordered ? `${Number(block.start) + at}. ` : '- ';
        return hanging(sign, blocksLines(item.tokens as Block[], columns - sign.length, setting));
      });
    case 'blockquote':
      return hanging(INDENT, blocksLines(block.tokens as Block[], columns - INDENT.length, setting));
    case 'table':
      return tableLines(block, columns, setting);
    case 'space':
    case 'hr':
    case 'def':
      return [];
    case 'html':
      return block.text.startsWith('<!--') ? [] : fill(block.text.trim(), columns);
    default:
      return fill(sentence('tokens' in block && block.tokens ? block.tokens : [block], setting), columns);
  }
}

const blocksLines = (blocks: readonly Block[], columns: number, setting: Setting): string[] =>
  blocks.flatMap((block) => blockLines(block, columns, setting));

/** Lines behind a sign, such as that of a list: the first beside it, the others below the first. */
const hanging = (sign: string, lines: readonly string[]): string[] =>
  lines.map((line, at) => (at === 0 ? sign : ' '.repeat(sign.length)) + line);

function tableLines({ header, rows }: Tokens.Table, columns: number, setting: Setting): string[] {
  const titles = header.map(({ tokens }) => setting.strong(sentence(tokens, AS_READ)));
  const cells = rows.map((row) => row.map(({ tokens }) => sentence(tokens, setting)));
  const widths = fittingWidths([titles, ...cells], columns);
  if (widths === null)
    return cells.flatMap((row, at) => [...(at > 0 ? [''] : []), ...rowAsParagraph(titles, row, columns)]);
  const named = titles.some((title) => title !== '');
  return [
    ...(named ? [...rowLines(titles, widths), widths.map((width) => '-'.repeat(width)).join(GAP)] : []),
    ...cells.flatMap((row) => rowLines(row, widths)),
  ];
}

/** The width of each column, or null where the text would be squeezed. The widest columns give way. */
function fittingWidths(table: readonly (readonly string[])[], columns: number): number[] | null {
  const widths = table[0]!.map((_, at) => Math.max(...table.map((row) => shownWidth(row[at] ?? ''))));
  const longestWords = widths.map((_, at) =>
    Math.max(...table.flatMap((row) => (row[at] ?? '').split(' ').map(shownWidth))),
  );
  const room = columns - GAP.length * (widths.length - 1);
  while (sum(widths) > room) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= Math.max(LEAST, longestWords[widest]!)) return null;
    widths[widest]!--;
  }
  return widths;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function rowLines(row: readonly string[], widths: readonly number[]): string[] {
  const filled = widths.map((width, at) => fill(row[at] ?? '', width));
  const height = Math.max(...filled.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    widths
      .map((width, at) => {
        const text = filled[at]![line] ?? '';
        return text + ' '.repeat(Math.max(0, width - shownWidth(text)));
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** The first cell, and below it the others, each with the title of its column. */
function rowAsParagraph(
  titles: readonly string[],
  [name = '', ...others]: readonly string[],
  columns: number,
): string[] {
  const said = others.map((cell, at) => {
    const title = titles[at + 1] ?? '';
    return cell === '' || title === '' ? cell : `${title}: ${cell}`;
  });
  const below = said.filter((cell) => cell !== '').flatMap((cell) => fill(cell, columns - INDENT.length));
  return [...fill(name, columns), ...below.map((line) => INDENT + line)];
}

/** Lines of whole words. A word that is wider than the line keeps its length. */
function fill(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/[ \n]+/).filter((each) => each !== '')) {
    if (line !== '' && shownWidth(line) + 1 + shownWidth(word) > columns) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}

const shownWidth = (text: string): number => widthOf(text.replaceAll(BOLD[0], '').replaceAll(BOLD[1], ''));
