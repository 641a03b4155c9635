/** `darkroom watch`: corrects the exposures that are there and those that arrive. */

import fs from 'node:fs/promises';
import type { WatchSettings } from '../../../correct/settings.ts';
import type { ExitCode, RunEvent, Status } from '../../../model/events.ts';
import { cameraLine } from '../../../report/camera/camera.ts';
import { RunThread } from '../../../run-thread.ts';
import { type Call, watchSettings } from '../../parsing/settings.ts';
import { eventLine } from '../../terminal/event-line.ts';
import { EVENT_SCHEMA } from '../../terminal/event-schema.ts';
import { openPage } from '../../terminal/open-page.ts';
import { duration } from '../../terminal/pace.ts';
import { openLine, pathsIn } from '../../terminal/progress.ts';
import { RunMessages } from '../../terminal/run-messages.ts';
import { isService, onSignals } from '../../terminal/signals.ts';
import { say, tell, warn } from '../../terminal/streams.ts';
import { isWell, pageOf, summary, tellReport } from '../../terminal/summary.ts';

export async function run(call: Call): Promise<ExitCode> {
  if (call.given.jsonSchema === true) {
    say(JSON.stringify(EVENT_SCHEMA, null, 2));
    return 0;
  }
  const thread = call.thread ?? new RunThread('watch');
  try {
    return await watch(await watchSettings(call), call, thread);
  } finally {
    thread.close();
  }
}

async function watch(settings: WatchSettings, call: Call, thread: RunThread): Promise<ExitCode> {
  const { given } = call;
  const json = given.json === true;
  const quiet = given.quiet === true;
  const messages = new RunMessages({ quiet });
  /** The page is made again and again, and shows the newest by itself: it is opened once it is there. */
  let toOpen = given.open === true;
  const control = new AbortController();
  let status: Status | null = null;
  let finished: Extract<RunEvent, { event: 'finished' }> | null = null;
  const line = openLine(() => (status ? lineOf(status) : 'starting'));
  const unhear = onSignals(
    control,
    () => warn('finishing the exposures under way; the same signal again stops at once'),
    isService() ? () => thread.renew() : null,
  );
  const emit = (event: RunEvent): void => {
    if (json) say(eventLine(event));
    if (event.event === 'started' && !quiet) {
      greet(settings);
      line.begin();
    }
    for (const each of messages.lines(event)) warn(each, ...pathsIn(event), settings.out);
    if (event.event === 'finished') finished = event;
  };
  const show = (now: Status): void => {
    status = now;
    if (!toOpen) return;
    toOpen = false;
    // Asked without waiting for the answer: the page may lie on a share that hangs.
    void fs.access(pageOf(settings.out)).then(
      () => openPage(pageOf(settings.out)),
      () => {
        toOpen = true;
      },
    );
  };
  let exit: ExitCode;
  try {
    exit = await thread.do(
      { watch: settings },
      { signal: control.signal, emit, show, settings: () => watchSettings(call) },
    );
  } finally {
    unhear();
    line.end();
  }
  if (finished && !json && !(quiet && isWell(finished))) conclude(finished, settings.out);
  if (finished) await tellReport(settings.out, { tell: !json && !quiet, open: false });
  return exit;
}

function conclude(finished: Extract<RunEvent, { event: 'finished' }>, out: string): void {
  if (finished.camera) tell(cameraLine(finished.camera));
  tell(summary(finished, out), out);
}

/** What it watches, where it writes, how to stop it. */
function greet({ inputs, out, threads }: WatchSettings): void {
  const stop = process.stderr.isTTY ? 'press Ctrl-C' : `kill -TERM ${process.pid}`;
  warn(`watching  ${inputs.join(', ')}`, ...inputs);
  warn(
    `writing   ${out}, ${threads === 1 ? '1 thread' : `${threads} threads`}; the report is ${pageOf(out)}`,
    pageOf(out),
    out,
  );
  warn(`to stop   ${stop}: it finishes the exposures under way; the same command goes on later`);
}

/** "12 corrected, 1 queued, 2 being written, 0 failed; 2.4 s behind; 30/min arriving, capacity 210/min". */
export function lineOf({ state, counts, delays, arrivalsPerMinute: arrive, capacityPerMinute: can }: Status): string {
  const { corrected, waiting, underWay, settling, failed, suspect } = counts;
  const so = [
    // Why was said in a line of its own.
    ...(state === 'watching' ? [] : [state]),
    `${corrected} corrected`,
    `${waiting + underWay} queued`,
    `${settling} being written`,
    `${failed} failed`,
    ...(suspect > 0 ? [`${suspect} suspect`] : []),
  ];
  return [
    so.join(', '),
    ...(delays ? [`${duration(delays.median)} behind`] : []),
    `${arrive.toFixed(0)}/min arriving${can === null ? '' : `, capacity ${can.toFixed(0)}/min`}`,
  ].join('; ');
}
