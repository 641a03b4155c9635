/** Which name was probably meant by a misspelt one. */

import type { OptionTable } from '../../model/option.ts';

/** A name, and what other programs and people call the same thing. */
export interface Named {
  readonly name: string;
  /** Small letters without hyphens. */
  readonly synonyms?: readonly string[];
}

/** Options by the name that `named` makes of their own. */
export const namedOptions = (options: OptionTable, named = (name: string): string => name): Named[] =>
  Object.entries(options).map(([name, option]) => ({ ...option, name: named(name) }));

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_\s]/g, '');

/** The nearest of `names`, or null when none is near: a wrong guess is worse than none. */
export function nearest(word: string, names: readonly Named[]): string | null {
  const found = plain(word);
  const synonym = names.find(({ synonyms = [] }) => synonyms.includes(found));
  if (synonym) return synonym.name;
  const ranked = names
    .map(({ name }) => ({ name, far: distance(found, plain(name)) }))
    .sort((one, other) => one.far - other.far);
  const [best] = ranked;
  if (best && best.far <= 1 + Math.floor(word.length / 4)) return best.name;
  const begun = names.filter(({ name }) => found.length >= 3 && plain(name).startsWith(found));
  return begun.length === 1 ? begun[0]!.name : null;
}

/** As the end of a sentence; empty when nothing is near. */
export function didYouMean(word: string, names: readonly Named[]): string {
  const name = nearest(word, names);
  return name === null ? '' : `; did you mean ${name}?`;
}

/** Letters to insert, remove, change or swap with their neighbour (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[to.length]!;
}
