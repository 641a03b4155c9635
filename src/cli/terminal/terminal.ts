/**
 * What a terminal can show: its width, colours, a line that changes in place. Elsewhere text stays as it is: no colours,
 * no line breaks of ours, so that logs can be searched and paths be copied.
 */

export type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Columns, or null where there is no terminal or it does not know its width. A pseudo-terminal without a window (`script`
 * without a terminal, serial consoles, `ssh -tt` from a job) says 0.
 */
export const columnsOf = ({ isTTY, columns }: Screen): number | null => (isTTY && columns > 0 ? columns : null);

/** Columns of a help: longer lines are hard to read; files get as many as a terminal has by custom. */
export const helpColumns = (screen: Screen): number => Math.min(columnsOf(screen) ?? 80, 110);

/** https://no-color.org; FORCE_COLOR overrules it and the kind of stream, 0 and false switch it off, as in Node. */
export function hasColours({ isTTY }: Screen, { NO_COLOR, FORCE_COLOR, TERM }: Environment = process.env): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTTY === true && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
}

/** Columns below which a line that changes in place says nothing. */
const LEAST_LIVE = 20;

/** Whether a line may be drawn over again and again. */
export const isLive = (screen: Screen, { TERM, CI }: Environment = process.env): boolean =>
  (columnsOf(screen) ?? 0) >= LEAST_LIVE && TERM !== 'dumb' && CI === undefined;

/** Select Graphic Rendition, ECMA-48 8.3.117. */
const COLOURS = { red: 31, yellow: 33 } as const;

/** What people should not miss: words at the beginning of a line, and counts that are not 0. */
const MARKED: readonly (readonly [RegExp, keyof typeof COLOURS])[] = [
  [/^ *(?:failed|differs)(?= {2,}(?!0(?: |$))\S)|(?<=^|, )[1-9][\d ]* failed\b/g, 'red'],
  [/^ *(?:suspect|paused)(?= {2,}(?!0(?: |$))\S)|(?<=^|, )[1-9][\d ]* suspect\b/g, 'yellow'],
];

export const painted = (line: string): string =>
  MARKED.reduce(
    (text, [words, colour]) => text.replace(words, (found) => `\u001b[${COLOURS[colour]}m${found}\u001b[39m`),
    line,
  );

/** Stands for a space inside a path while lines are broken; `printable` lets no such character through. */
const INSIDE = '\0';

/**
 * A line broken between words so that it fits; what follows is indented to stand under its beginning. `whole`: paths in it
 * that must stay in one piece; what is wider than the terminal stays in one piece too.
 */
export function wrapped(line: string, columns: number, whole: readonly string[] = []): string {
  if (widthOf(line) <= columns) return line;
  const kept = whole.reduce((text, path) => text.replaceAll(path, path.replaceAll(' ', INSIDE)), line);
  const [indent] = /^ */.exec(kept)!;
  // A label in a column of its own, such as "failed  " or "  speed      ".
  const [label] = /^ *[^\s:]+(?: [^\s:]+)? {2,}(?=\S)/.exec(kept) ?? [indent];
  const hang = ' '.repeat(label === indent ? indent.length + 2 : label.length);
  const lines: string[] = [];
  let current = label;
  let empty = true;
  for (const word of kept.slice(label.length).split(' ')) {
    if (!empty && widthOf(current) + 1 + widthOf(word) > columns) {
      lines.push(current);
      current = hang;
      empty = true;
    }
    current += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, current].join('\n').replaceAll(INSIDE, ' ');
}

/** East Asian wide characters and emoji (Unicode TR 11) take two columns, marks that combine none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

export function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) width += /\p{M}/u.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
  return width;
}

/** As many clauses of a line as fit, from the first one; never half a figure, as long as one of them fits. */
export function shortened(line: string, columns: number): string {
  let fits = line;
  while (widthOf(fits) > columns) {
    const [shorter] = /^.+(?=[,;] )/.exec(fits) ?? [];
    if (shorter === undefined) return cut(fits, columns);
    fits = shorter;
  }
  return fits;
}

/** As much of a text as fits. */
function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let fits = '';
  let width = 0;
  for (const letter of text) {
    width += widthOf(letter);
    if (width > columns) break;
    fits += letter;
  }
  return fits;
}
