/** `darkroom reload`: asks the watch of an output folder to read its references again, and tells what it answered. */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER, type Answer, REQUEST } from '../../../conveyor/renewal.ts';
import { WORKSHOP } from '../../../files/input-file.ts';
import { writeWhole } from '../../../files/output-file.ts';
import { holderOf, isHeldHere } from '../../../journal/lock.ts';
import type { ExitCode } from '../../../model/events.ts';
import { Refusal } from '../../../model/outcome.ts';
import { Misuse } from '../../parsing/misuse.ts';
import type { Call } from '../../parsing/settings.ts';
import { tell } from '../../terminal/streams.ts';

/** How long an answer is waited for, and how often it is looked for, ms. */
const PATIENCE = 60_000;
const EVERY = 200;

export async function run({ words }: Call): Promise<ExitCode> {
  const [word] = words;
  if (word === undefined || words.length > 1)
    throw new Misuse(`found ${words.length} folders, expected one: darkroom reload corrected/`, 'reload');
  const out = path.resolve(word);
  const place = path.join(out, WORKSHOP);
  refuseNoWatch(out, place);
  const reload = randomUUID();
  const target = { file: path.join(place, REQUEST), within: place, replaces: 'reload', way: 'remove it' } as const;
  writeWhole(target, `${JSON.stringify({ reload, asked: new Date().toISOString() }, null, 2)}\n`, place);
  for (const end = performance.now() + PATIENCE; performance.now() < end; await sleep(EVERY)) {
    const answer = answerIn(path.join(place, ANSWER));
    if (answer?.reload !== reload) continue;
    if (!answer.accepted) throw new Refusal(`${out}: ${answer.message}`);
    tell(answer.message, out);
    return 0;
  }
  throw new Refusal(
    `${out}: no answer within ${PATIENCE / 1000} s; is it a watch of this version? look at ${path.join(out, 'status.json')}`,
  );
}

/** Of a watch on another computer nothing can be told: it is asked. */
function refuseNoWatch(out: string, place: string): void {
  const holder = holderOf(path.join(place, 'lock.json'));
  const none = holder === null || (holder.host === hostname() && !isHeldHere(out));
  if (none) throw new Refusal(`${out}: no watch is running there; name the output folder of a watch`);
}

function answerIn(file: string): Answer | null {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Answer;
  } catch {
    return null;
  }
}
