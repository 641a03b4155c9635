/** What `darkroom help` prints: the list of topics, or one of them. */

import type { Command } from '../../parsing/command.ts';
import { onTerminal, type Page } from './on-terminal.ts';
import { withOptions } from './options.ts';
import type { Topic } from './topics.ts';

/** The topics with their summaries, and the commands. */
export const contents = (topics: readonly Topic[], commands: readonly Command[], page: Page): string =>
  onTerminal(
    [
      '# The manual of darkroom',
      'Read a topic with `darkroom help <topic>`, and the help of a command with `darkroom help <command>`.',
      table(
        'Topics',
        topics.map(({ name, summary }) => [name, summary] as const),
      ),
      table(
        'Commands',
        commands.map(({ name, describe }) => [name, describe] as const),
      ),
    ].join('\n\n'),
    page,
  );

const table = (heading: string, rows: readonly (readonly [string, string])[]): string =>
  rows.length === 0
    ? ''
    : `## ${heading}\n\n| | |\n|---|---|\n${rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')}`;

/** A topic, with the tables of options that belong to it. */
export const topicText = ({ markdown }: Topic, commands: readonly Command[], page: Page): string =>
  onTerminal(withOptions(markdown, commands), page);
