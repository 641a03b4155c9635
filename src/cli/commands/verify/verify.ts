/** `darkroom verify`: reads the outputs again and compares them with the journal. */

import path from 'node:path';
import type { ExitCode } from '../../../model/events.ts';
import { printable } from '../../../model/printable.ts';
import { cameraLine, verdictOf } from '../../../report/camera/camera.ts';
import { verify as verifyAll } from '../../../tools/verify.ts';
import { withJournal } from '../../parsing/journal-of.ts';
import { Misuse } from '../../parsing/misuse.ts';
import type { Call } from '../../parsing/settings.ts';
import { eventLine } from '../../terminal/event-line.ts';
import { say, tell, warn } from '../../terminal/streams.ts';

export async function run({ given, words }: Call): Promise<ExitCode> {
  const [word] = words;
  if (word === undefined || words.length > 1)
    throw new Misuse(`found ${words.length} folders, expected one: darkroom verify corrected/`, 'verify');
  const folder = path.resolve(word);
  const { contents, camera } = withJournal(folder, given, (journal, everything) => ({
    contents: everything,
    camera: verdictOf(journal.shared()),
  }));
  let [good, bad] = [0, 0];
  for await (const verified of verifyAll(contents, folder)) {
    if (verified.problem === null) good++;
    else bad++;
    if (given.json === true) say(eventLine(verified));
    else if (verified.problem !== null) warn(`differs  ${verified.output}: ${verified.problem}`, verified.output);
  }
  if (camera) say(given.json === true ? eventLine({ camera }) : printable(cameraLine(camera)));
  if (given.json !== true)
    tell(
      `${good === 1 ? '1 output' : `${good} outputs`} as the journal says${bad > 0 ? `, ${bad} not` : ''}: ${folder}`,
      folder,
    );
  return bad > 0 ? 2 : 0;
}
