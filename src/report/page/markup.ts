/**
 * HTML as a value. What is put into a template is escaped unless it is Markup itself, so that no file name, message or
 * recipe can become a part of the page's own text.
 */

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Piece = Markup | string | number | null | undefined | false | readonly Piece[];

/** Null, undefined and false leave nothing. */
export function html(texts: TemplateStringsArray, ...pieces: Piece[]): Markup {
  return new Markup(texts.reduce((all, text, i) => all + written(pieces[i - 1]) + text));
}

const written = (piece: Piece): string => {
  if (piece === null || piece === undefined || piece === false) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'object') return piece.map(written).join('');
  return escaped(String(piece));
};

const NAMES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Control characters, which HTML may not hold, are shown as the symbol that Unicode has for each. */
const escaped = (text: string): string => printable(text).replace(/[&<>"']/g, (letter) => NAMES[letter]!);

export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (control) =>
    control < ' ' ? String.fromCharCode(0x2400 + control.charCodeAt(0)) : '\u2421',
  );

/** JSON for a `<script>` element, which ends at `</` whatever stands around it. */
export const inScript = (value: unknown): Markup =>
  new Markup(
    JSON.stringify(value).replace(
      /[<\u2028\u2029]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
