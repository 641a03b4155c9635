/** `darkroom run`: corrects the exposures that are there, then stops. */

import type { Intention, Planned } from '../../../conveyor/plan.ts';
import type { RunSettings } from '../../../correct/settings.ts';
import type { ExitCode, RunEvent } from '../../../model/events.ts';
import { shardName } from '../../../model/shard.ts';
import { cameraLine } from '../../../report/camera/camera.ts';
import { RunThread } from '../../../run-thread.ts';
import { type Call, runSettings, whereGiven } from '../../parsing/settings.ts';
import { shellLine } from '../../parsing/shell-line.ts';
import { eventLine } from '../../terminal/event-line.ts';
import { EVENT_SCHEMA } from '../../terminal/event-schema.ts';
import { linesOf, plannedSettings } from '../../terminal/planned-settings.ts';
import { openProgress } from '../../terminal/progress.ts';
import { naming, RunMessages } from '../../terminal/run-messages.ts';
import { onSignals } from '../../terminal/signals.ts';
import { say, tell, warn } from '../../terminal/streams.ts';
import { isWell, summary, tellReport } from '../../terminal/summary.ts';

export async function run(call: Call): Promise<ExitCode> {
  if (call.given.jsonSchema === true) {
    say(JSON.stringify(EVENT_SCHEMA, null, 2));
    return 0;
  }
  const { json, quiet, open, dryRun } = call.given;
  if (dryRun === true) return await intend(call, json === true);
  const thread = call.thread ?? new RunThread('run');
  try {
    const telling = { json: json === true, quiet: quiet === true, open: open === true };
    return await correct(await runSettings(call), telling, thread);
  } finally {
    thread.close();
  }
}

async function intend(call: Call, json: boolean): Promise<ExitCode> {
  const settings = await runSettings(call);
  const { plan } = await import('../../../conveyor/plan.ts');
  const { intentions, totals, notes, checks, refused, settings: effective } = await plan(settings);
  const planned = plannedSettings(settings, effective, await whereGiven(call));
  for (const note of notes) {
    if (json) say(eventLine({ event: 'note', message: note }));
    warn(`note  ${note}`);
  }
  const messages = new RunMessages({ quiet: false });
  for (const each of checks) {
    const event = { event: 'references', ...each } as const;
    if (json) say(eventLine(event));
    for (const line of messages.lines(event)) warn(line);
  }
  for (const each of refused) warn(`refused  ${each}`);
  for (const intention of intentions) {
    if (json) say(eventLine({ event: 'intention', ...intention }));
    else tell(intended(intention), intention.input, intention.output);
  }
  if (json) say(eventLine({ event: 'plan', ...totals, refused, settings: planned }));
  else {
    for (const line of linesOf(planned)) tell(line);
    tell(inAll(totals, refused));
  }
  return 0;
}

function intended({ would, input, output, reason, references }: Intention): string {
  const why = references === undefined ? reason : `${reason}; ${references}`;
  if (would === 'correct' || would === 'copy') return `${would.padEnd(7)}  ${input} -> ${output}: ${why}`;
  return `${would.padEnd(7)}  ${naming(input, why)}`;
}

/** The last line of a dry run. */
function inAll(
  { correct, skip, fail, copy, ignore, bytesIn, bytesOut }: Planned['totals'],
  refused: Planned['refused'],
): string {
  if (refused.length > 0)
    return 'dry run, nothing was written: a run would stop at its references, with exit code 3; --no-reference-checks corrects all the same';
  if (correct + skip + fail + copy + ignore === 0) return 'no exposures found';
  const parts = [
    `would correct ${correct} (${megabytes(bytesIn)} raw, about ${megabytes(bytesOut)} written)`,
    ...(copy > 0 ? [`would copy ${copy}`] : []),
    ...(skip > 0 ? [`${skip} done already`] : []),
    ...(ignore > 0 ? [`would ignore ${ignore}`] : []),
    ...(fail > 0 ? [`${fail} would fail: exit code 2`] : []),
  ];
  return `dry run, nothing was written: ${parts.join('; ')}`;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

interface Telling {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly open: boolean;
}

async function correct(settings: RunSettings, { json, quiet, open }: Telling, thread: RunThread): Promise<ExitCode> {
  // Logs keep every message whole; on a terminal what to do stands at the end.
  const progress = openProgress({ quiet, brief: !json && process.stderr.isTTY === true });
  const control = new AbortController();
  const unhear = onSignals(control, () => progress.stopping());
  let finished: Extract<RunEvent, { event: 'finished' }> | null = null;
  const emit = (event: RunEvent): void => {
    if (json) say(eventLine(event));
    progress.hear(event);
    if (event.event === 'finished') finished = event;
  };
  /** What the report says. */
  let reported = '';
  const summarise = (text: string): void => {
    reported = text;
  };
  let exit: ExitCode;
  try {
    exit = await thread.do({ run: settings }, { signal: control.signal, emit, summarise });
  } finally {
    unhear();
    progress.close();
  }
  if (finished && !json && !(quiet && isWell(finished))) conclude(finished, reported, settings.out);
  if (finished && settings.shard) tellShard(settings, json || quiet);
  else if (finished) await tellReport(settings.out, { tell: !json && !quiet, open });
  return exit;
}

/** The report is made of all shards together. */
function tellShard({ out, shard }: RunSettings, silent: boolean): void {
  if (!silent && shard) tell(`shard ${shardName(shard)}; all of them together: ${shellLine(['report', out])}`, out);
}

/** What was done: as the report says it, or, when there was nothing to do, that. */
function conclude(finished: Extract<RunEvent, { event: 'finished' }>, reported: string, out: string): void {
  if (finished.run === 0) return;
  if (finished.done + finished.failed > 0 && reported !== '') {
    tell(reported.trimEnd(), out);
    tell('');
  } else if (finished.camera) tell(cameraLine(finished.camera));
  tell(summary(finished, out), out);
}
