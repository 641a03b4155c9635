/** What runs in the thread that `run-thread.ts` starts. */

import { parentPort, workerData } from 'node:worker_threads';
import type { WatchSettings } from './correct/settings.ts';
import type { RunEvent } from './model/events.ts';
import { Refusal } from './model/outcome.ts';
import type { Command, FromThread, ToThread } from './run-thread.ts';

/** Events are sent together, as many as come at once: of a hundred thousand, each alone would cost more than its exposure. */
const TOGETHER = 500;

const { command } = workerData as { readonly command: Command };
// Started at once, to save time.
const loading = command === 'run' ? import('./run.ts') : import('./watch.ts');

const port = parentPort!;
const control = new AbortController();
let events: RunEvent[] = [];

const tell = (message: FromThread): void => port.postMessage(message);

function tellEvents(): void {
  if (events.length > 0) tell({ events });
  events = [];
}

function emit(event: RunEvent): void {
  if (events.push(event) === 1) setImmediate(tellEvents);
  if (events.length >= TOGETHER) tellEvents();
}

const summarise = (summary: string): void => tell({ summary });

/** Who waits for settings; one at a time. */
let waiting: { give(settings: WatchSettings): void; refuse(error: Refusal): void } | null = null;

const settings = (): Promise<WatchSettings> =>
  new Promise((give, refuse) => {
    waiting = { give, refuse };
    tell({ ask: 'settings' });
  });

/** Whoever is asked to read references again. */
let renew: () => void = () => undefined;

const onRenewal = (hear: () => void): void => {
  renew = hear;
};

async function ended(asked: Extract<ToThread, { run: unknown } | { watch: unknown }>): Promise<FromThread> {
  const { signal } = control;
  try {
    await loading;
    if ('run' in asked) return { ended: await (await import('./run.ts')).run(asked.run, { signal, emit, summarise }) };
    const { watch } = await import('./watch.ts');
    return {
      ended: await watch(asked.watch, { signal, emit, show: (status) => tell({ status }), settings, onRenewal }),
    };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message };
    throw error;
  }
}

port.on('message', (message: ToThread) => {
  if ('stop' in message) return control.abort(message.stop);
  if ('renew' in message) return renew();
  if ('settings' in message) return waiting?.give(message.settings);
  if ('refusedSettings' in message) return waiting?.refuse(new Refusal(message.refusedSettings));
  // What is thrown is a bug: it ends the thread, and the main thread tells it.
  void ended(message).then((end) => {
    tellEvents();
    tell(end);
  });
});
