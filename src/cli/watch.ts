/** `darkroom watch`: corrects the exposures that are there and goes on with those that arrive. */

import type { ExitCode, RunEvent, Status } from '../events.ts';
import { printable } from '../printable.ts';
import { RunThread } from '../run-thread.ts';
import type { WatchSettings } from '../settings.ts';
import { eventLine } from './event-line.ts';
import { EVENT_SCHEMA } from './event-schema.ts';
import { duration } from './pace.ts';
import { openLine } from './progress.ts';
import { type Call, watchSettings } from './settings.ts';
import { onSignals } from './signals.ts';
import { say, warn } from './streams.ts';
import { summary } from './summary.ts';
import { Told } from './told.ts';

export async function run(call: Call): Promise<ExitCode> {
  if (call.given.jsonSchema === true) {
    say(JSON.stringify(EVENT_SCHEMA, null, 2));
    return 0;
  }
  const thread = new RunThread('watch');
  try {
    return await watch(await watchSettings(call), call.given.json === true, thread);
  } finally {
    thread.close();
  }
}

async function watch(settings: WatchSettings, json: boolean, thread: RunThread): Promise<ExitCode> {
  const told = new Told();
  const control = new AbortController();
  let status: Status | null = null;
  let finished: Extract<RunEvent, { event: 'finished' }> | null = null;
  const line = await openLine(() => (status ? lineOf(status) : 'starting'));
  const unhear = onSignals(control, () =>
    warn('finishing the exposures under way; the same signal again stops at once'),
  );
  const emit = (event: RunEvent): void => {
    if (json) say(eventLine(event));
    for (const each of told.lines(event)) warn(each);
    if (event.event === 'started') line.begin();
    if (event.event === 'finished') finished = event;
  };
  const show = (now: Status): void => {
    status = now;
  };
  let exit: ExitCode;
  try {
    exit = await thread.do({ watch: settings }, { signal: control.signal, emit, show });
  } finally {
    unhear();
    line.end();
  }
  if (finished && !json) say(printable(summary(finished, settings.out)));
  return exit;
}

/** "12 corrected, 1 waiting, 2 settling, 0 failed, 2.4 s delay, 30 of 210 a minute". */
export function lineOf({ state, counts, delays, arrivalsPerMinute: arrive, capacityPerMinute: can }: Status): string {
  const { corrected, waiting, underWay, settling, failed } = counts;
  return [
    // Why was said in a line of its own.
    ...(state === 'watching' ? [] : [state]),
    `${corrected} corrected`,
    `${waiting + underWay} waiting`,
    `${settling} settling`,
    `${failed} failed`,
    ...(delays ? [`${duration(delays.median)} delay`] : []),
    `${arrive.toFixed(0)}${can === null ? '' : ` of ${can.toFixed(0)}`} a minute`,
  ].join(', ');
}
