/**
 * Loaded into the command before everything else: writes down what the main thread asks of the file system below the
 * folders in DARKROOM_GUARDED while it is to hear signals. Such a call may hang on a share.
 */

import fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** As it was before it is watched itself. */
const { appendFileSync } = fs;

const guarded = (process.env.DARKROOM_GUARDED ?? '').split(':');
const log = process.env.DARKROOM_GUARD_LOG!;

/** Before it listens and when it does no more a signal ends the process by itself. */
const listens = (): boolean => process.listenerCount('SIGTERM') > 0;

function note(name: string, what: string): void {
  // Not of the log itself, which is written through watched calls.
  if (listens() && what !== log) appendFileSync(log, `${name} ${what}\n${new Error('called here').stack}\n`);
}

type Call = (...args: unknown[]) => unknown;

function watch(owner: Record<string, unknown>, name: string): void {
  const call = owner[name];
  if (typeof call !== 'function') return;
  const watched = function (this: unknown, ...args: unknown[]): unknown {
    const [first] = args;
    if (guarded.some((folder) => String(first).startsWith(folder))) note(name, String(first));
    return (call as Call).apply(this, args);
  };
  // With them comes what `promisify` makes of it.
  owner[name] = Object.defineProperties(watched, Object.getOwnPropertyDescriptors(call));
}

if (isMainThread) {
  appendFileSync(log, 'guarded\n');
  const owners = [fs, fs.promises] as unknown as Record<string, unknown>[];
  // Streams and constants stay as they are.
  for (const owner of owners) for (const name of Object.keys(owner)) if (/^[a-z]/.test(name)) watch(owner, name);
  const { dlopen } = process;
  process.dlopen = (...args: Parameters<typeof dlopen>): void => {
    // SQLite does its work where nobody sees it.
    note('dlopen', args[1]);
    dlopen(...args);
  };
}
