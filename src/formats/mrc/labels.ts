/**
 * The ten labels of 80 characters in an MRC header. Others' stay and ours are appended; our oldest make room first. One
 * place is always ours: by its label an output is known to be ours, also where the journal is not at hand.
 */

import { view, WORDS } from './header.ts';

const LABEL_BYTES = 80;
const LABELS = 10;

/** How every label of ours begins, which is how we know them again: with our version, or as the continuation of one. */
const isOurs = (label: string): boolean => /^darkroom( \d+\.\d+\.\d+)?: /.test(label);

/** The labels in use, without the padding behind them: blanks, or what C programs leave behind the NUL that ends a text. */
export function labelsOf(header: Uint8Array, littleEndian: boolean): string[] {
  const used = Math.min(LABELS, Math.max(0, view(header).getInt32(WORDS.nlabl, littleEndian)));
  return Array.from({ length: used }, (_, i) => {
    const at = WORDS.labels + i * LABEL_BYTES;
    return Buffer.from(header.subarray(at, at + LABEL_BYTES))
      .toString('latin1')
      .replace(/\0.*$/s, '')
      .trimEnd();
  }).filter((label) => label !== '');
}

/** Lines of a description as labels, as many as it takes: printable ASCII, and what is longer goes on in the next one. */
export function labelsFrom(description: readonly string[]): { labels: string[]; notes: string[] } {
  const plain = description.map(toAscii);
  const odd = plain.some((line, i) => line.includes('?') && !description[i]!.includes('?'));
  return {
    labels: plain.flatMap(wrapped),
    notes: odd ? ['labels of MRC files are ASCII: "?" stands for other letters of the ImageDescription'] : [],
  };
}

/** Accents go, "µ" is "u"; any other character that is not printable ASCII becomes "?", and white space a blank. */
function toAscii(line: string): string {
  return line
    .replace(/\s/g, ' ')
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/\u03bc/g, 'u')
    .replace(/[^\x20-\x7e]/gu, '?')
    .trimEnd();
}

/** No line for an empty text. Breaks at a blank where there is one. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > LABEL_BYTES) {
    const blank = rest.lastIndexOf(' ', LABEL_BYTES);
    const end = blank > 0 ? blank : LABEL_BYTES;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === '' ? lines : [...lines, rest];
}

/**
 * Writes `before` and then `ours` (at most three) as the labels of `header`. Where they are too many our oldest go, then
 * the second and third of `ours`, then the last of the others: IMOD's programs put theirs into the last place too.
 * Returns what is lost, in words that are the same for all exposures of a session.
 */
export function addLabels(
  header: Uint8Array,
  littleEndian: boolean,
  before: readonly string[],
  ours: readonly string[],
): string[] {
  const others = before.filter((label) => !isOurs(label)).length;
  const foreign = Math.min(LABELS - 1, others);
  const added = ours.slice(0, LABELS - foreign);
  let [places, excess] = [foreign, foreign + before.length - others + added.length - LABELS];
  const kept = before.filter((label) => (isOurs(label) ? excess-- <= 0 : places-- > 0));
  const labels = [...kept, ...added];

  header.fill(0x20, WORDS.labels, WORDS.labels + LABELS * LABEL_BYTES);
  for (const [i, label] of labels.entries()) {
    header.set(Buffer.from(label, 'latin1').subarray(0, LABEL_BYTES), WORDS.labels + i * LABEL_BYTES);
  }
  view(header).setInt32(WORDS.nlabl, labels.length, littleEndian);
  const lost: string[] = [];
  if (others === LABELS) lost.push('the MRC header is full: the last label of others gave way to ours');
  if (others > LABELS)
    lost.push('the ImageDescription has more lines than an MRC header has labels: the last ones are not in the output');
  if (added.length < ours.length && others < LABELS)
    lost.push('the MRC header is nearly full: only the first of our labels fits; the journal has them all');
  return lost;
}
