/** The ten labels of 80 characters in an MRC header: others' stay, ours are appended, our oldest make room first. */

import { view, WORDS } from './mrc-header.ts';

const LABEL_BYTES = 80;
const LABELS = 10;

/** How every label of ours begins, which is how we know them again: with our version, or as the continuation of one. */
const isOurs = (label: string): boolean => /^darkroom( \d+\.\d+\.\d+)?: /.test(label);

/** The labels in use, without the padding behind them. */
export function labelsOf(header: Uint8Array, littleEndian: boolean): string[] {
  const used = Math.min(LABELS, Math.max(0, view(header).getInt32(WORDS.nlabl, littleEndian)));
  return Array.from({ length: used }, (_, i) => {
    const at = WORDS.labels + i * LABEL_BYTES;
    return Buffer.from(header.subarray(at, at + LABEL_BYTES))
      .toString('latin1')
      .replace(/[\0 ]+$/, '');
  });
}

/**
 * Writes `before` and then `ours` (at most three) as the labels of `header`. Returns a warning when others' labels leave
 * no room for all of ours; the journal has everything in any case.
 */
export function addLabels(
  header: Uint8Array,
  littleEndian: boolean,
  before: readonly string[],
  ours: readonly string[],
): string[] {
  const foreign = Math.min(LABELS, before.filter((label) => !isOurs(label)).length);
  const added = ours.slice(0, LABELS - foreign);
  let excess = before.length + added.length - LABELS;
  const kept = before.filter((label) => !(isOurs(label) && excess-- > 0)).slice(0, LABELS - added.length);
  const labels = [...kept, ...added];

  header.fill(0x20, WORDS.labels, WORDS.labels + LABELS * LABEL_BYTES);
  for (const [i, label] of labels.entries()) {
    header.set(Buffer.from(label, 'latin1').subarray(0, LABEL_BYTES), WORDS.labels + i * LABEL_BYTES);
  }
  view(header).setInt32(WORDS.nlabl, labels.length, littleEndian);
  if (added.length === ours.length) return [];
  return [
    `the MRC header already has ${foreign} labels of others: only ${added.length} of ${ours.length} of ours fit; the journal has them all`,
  ];
}
