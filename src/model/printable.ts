/** Names of files as a terminal may see them: a newline or an escape sequence in a name must not write lines of its own. */

/** Control characters (Cc: C0, DEL, C1), line separators and marks that turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export const printable = (line: string): string =>
  line.replaceAll(UNPRINTABLE, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
