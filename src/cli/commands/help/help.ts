/** `darkroom help`: shows the manual. */

import type { ExitCode } from '../../../model/events.ts';
import type { Command } from '../../parsing/command.ts';
import { Misuse } from '../../parsing/misuse.ts';
import { didYouMean } from '../../parsing/nearest.ts';
import { helpOf } from '../../parsing/parser.ts';
import type { Call } from '../../parsing/settings.ts';
import { shown } from '../../parsing/values.ts';
import { say } from '../../terminal/streams.ts';
import { hasColours, helpColumns } from '../../terminal/terminal.ts';
import { contents, topicText } from './contents.ts';
import { topicsIn } from './topics.ts';

export async function run({ words }: Call, commands: readonly Command[]): Promise<ExitCode> {
  const [word, ...more] = words;
  if (more.length > 0) throw new Misuse(`found ${words.join(' ')}, expected one topic or command`, 'help');
  const page = { columns: helpColumns(process.stdout), bold: hasColours(process.stdout) };
  const topics = topicsIn();
  const topic = topics.find(({ name }) => name === word);
  if (word === undefined) say(contents(topics, commands, page));
  else if (topic) say(topicText(topic, commands, page));
  else if (commands.some(({ name }) => name === word)) say(await helpOf([word], commands, page.columns));
  else {
    const meant = didYouMean(word, [...topics, ...commands]) || '; list all of them with darkroom help';
    throw new Misuse(`there is no topic or command ${shown(word)}${meant}`, 'help');
  }
  return 0;
}
