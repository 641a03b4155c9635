/**
 * The topics of the manual: the Markdown files in `src/cli/manual/`. The first line of a file is its title. The paragraph
 * below says what is in it; its first sentence is the summary in the list of topics.
 */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Topic {
  /** As `darkroom help` takes it: the name of the file. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** All of it, the title first. */
  readonly markdown: string;
}

/** Where the texts are, seen from the compiled file. */
export const MANUAL = fileURLToPath(new URL('../../../../../src/cli/manual/', import.meta.url));

/** @throws Error naming the file that has no title or no summary */
export const topicsIn = (folder: string = MANUAL): Topic[] =>
  topicNames(folder).map((name) => {
    const file = path.join(folder, `${name}.md`);
    const markdown = fs.readFileSync(file, 'utf8');
    const [, title, summary] = /^# (.+)\n\n((?:[^#<|\n].*\n?)+)/.exec(markdown) ?? [];
    if (title === undefined || summary === undefined)
      throw new Error(`${file}: expected "# title" in the first line, and a summary as the next paragraph`);
    const [sentence] = summary
      .trim()
      .replaceAll('\n', ' ')
      .split(/(?<=[.!?]) (?=[A-Z`])/);
    return { name, title, summary: sentence!, markdown };
  });

/** No names where there is no manual: completion and the other commands do not depend on it. */
export const topicNames = (folder: string = MANUAL): string[] =>
  (fs.existsSync(folder) ? fs.readdirSync(folder) : [])
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -'.md'.length))
    .sort();
