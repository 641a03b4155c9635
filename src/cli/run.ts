/** `darkroom run`: corrects the exposures that are there, then stops. */

import type { ExitCode, RunEvent } from '../events.ts';
import { Refusal, Trouble } from '../outcome.ts';
import { printable } from '../printable.ts';
import type { Intention } from '../run.ts';
import { RunThread } from '../run-thread.ts';
import type { RunSettings } from '../settings.ts';
import { eventLine } from './event-line.ts';
import { EVENT_SCHEMA } from './event-schema.ts';
import { openProgress } from './progress.ts';
import { type Call, runSettings } from './settings.ts';
import { onSignals } from './signals.ts';
import { say, warn } from './streams.ts';
import { summary } from './summary.ts';
import { naming } from './told.ts';

export async function run(call: Call): Promise<ExitCode> {
  if (call.given.jsonSchema === true) {
    say(JSON.stringify(EVENT_SCHEMA, null, 2));
    return 0;
  }
  const json = call.given.json === true;
  if (call.given.dryRun === true) return await intend(await runSettings(call), json);
  const thread = new RunThread('run');
  try {
    return await correct(await runSettings(call), json, thread);
  } finally {
    thread.close();
  }
}

async function intend(settings: RunSettings, json: boolean): Promise<ExitCode> {
  const { plan } = await import('../run.ts');
  const intentions = await plan(settings);
  for (const intention of intentions)
    say(json ? eventLine({ event: 'intention', ...intention }) : printable(intended(intention)));
  if (intentions.length === 0 && !json) say('no exposures found');
  return 0;
}

const intended = ({ would, input, output, reason }: Intention): string =>
  would === 'correct' ? `correct  ${input} -> ${output}: ${reason}` : `${would.padEnd(7)}  ${naming(input, reason)}`;

async function correct(settings: RunSettings, json: boolean, thread: RunThread): Promise<ExitCode> {
  const progress = await openProgress();
  const control = new AbortController();
  const unhear = onSignals(control, () => progress.stopping());
  let finished: Extract<RunEvent, { event: 'finished' }> | null = null;
  const emit = (event: RunEvent): void => {
    if (json) say(eventLine(event));
    progress.hear(event);
    if (event.event === 'finished') finished = event;
  };
  let exit: ExitCode;
  try {
    exit = await thread.do({ run: settings }, { signal: control.signal, emit });
  } finally {
    unhear();
    progress.close();
  }
  if (finished && !json) await conclude(finished, settings);
  return exit;
}

/** What was done, from the journal like every report; or, when there was nothing to do, that. */
async function conclude(
  finished: Extract<RunEvent, { event: 'finished' }>,
  { out, journal }: RunSettings,
): Promise<void> {
  if (finished.run === 0) return;
  if (finished.done + finished.failed > 0) {
    const [{ reportOf }, { summary: reportSummary }, { withJournal }] = await Promise.all([
      import('../report/report.ts'),
      import('../report/summary.ts'),
      import('./journal-of.ts'),
    ]);
    try {
      say(withJournal(out, { journal }, (_journal, contents) => reportSummary(reportOf(contents)).trimEnd()));
      say('');
    } catch (error) {
      // What was done stays done.
      if (!(error instanceof Refusal || error instanceof Trouble)) throw error;
      warn(`note  ${error.message}`);
    }
  }
  say(printable(summary(finished, out)));
}
