/** What `darkroom help` takes. */

import type { Command } from '../../parsing/command.ts';
import { topicNames } from './topics.ts';

export const help: Command = {
  name: 'help',
  synonyms: ['manual', 'man', 'topics', 'usage'],
  describe: 'show the manual: its topics, one of them, or the help of a command',
  usage: '[topic or command]',
  kinds: (commands) => [...topicNames(), ...commands.map(({ name }) => name)],
  options: {},
  examples: [
    ['help', 'list the topics'],
    ['help outputs', 'read one of them'],
    ['help run', 'show the help of a command'],
  ],
  load: () => import('./help.ts'),
};
