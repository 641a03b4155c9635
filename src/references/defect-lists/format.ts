/** What a format of lists of defects is: one file in this folder and one line in its index. */

import { Refusal } from '../../model/outcome.ts';
import type { DefectList } from './list.ts';

export interface ListFormat {
  readonly name: string;
  /** As messages name one, with its article. */
  readonly said: string;
  readonly extensions: readonly string[];
  /** Whether a text is of this format. */
  recognises(text: string): boolean;
  /** @throws Refusal with the line that cannot be understood */
  read(name: string, text: string): Promise<DefectList>;
  /** `list` knows the size of its camera. `said`: one line on where it comes from. */
  write(list: DefectList, said: string): Promise<string>;
}

/** Lines with their numbers from 1; empty ones and comments left out. */
export const linesOf = (text: string): { line: number; words: string[] }[] =>
  text
    .split(/\r\n|\r|\n/)
    .map((each, i) => ({
      line: i + 1,
      words: each
        .replace(/#.*/, '')
        .trim()
        .split(/[\s,]+/)
        .filter(Boolean),
    }))
    .filter(({ words }) => words.length > 0);

export const notUnderstood = (name: string, line: number, found: string, expected: string): Refusal =>
  new Refusal(`${name}, line ${line}: found ${JSON.stringify(found.slice(0, 80))}, expected ${expected}`);

/** Whole numbers from 0, or null. */
export function wholes(words: readonly string[]): number[] | null {
  return words.every((word) => /^\d{1,9}$/.test(word)) ? words.map(Number) : null;
}

/** The line by which darkroom knows its own lists; it never breaks a comment. */
export const saidLine = (said: string): string => said.replace(/\s+/g, ' ').replaceAll('--', '- ');
