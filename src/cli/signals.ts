/** Ctrl-C and kill: the first lets the exposures in flight finish, the second stops at once. */

import fs from 'node:fs';

/** What a shell reports for a process that ended by the signal: 128 and its number. */
export const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143 } as const;

type Ending = keyof typeof SIGNAL_EXITS;

const SHOW_CURSOR = '\u001b[?25h';

/**
 * Aborts `control` with the exit code as the reason at the first signal, and calls `tell`. Returns what takes the
 * listeners away again.
 */
export function onSignals(control: AbortController, tell: () => void): () => void {
  const listeners = Object.entries(SIGNAL_EXITS).map(([name, code]) => {
    const listener = (): void => {
      if (control.signal.aborted) dieOf(name as Ending);
      control.abort(code);
      tell();
    };
    process.on(name, listener);
    return [name, listener] as const;
  });
  return () => {
    for (const [name, listener] of listeners) process.off(name, listener);
  };
}

/**
 * Ends the process though a thread hangs in the kernel on a dead share: process.exit() would wait for it. With no
 * listener left the signal has its default effect, which the kernel carries out by killing every thread, and the shell
 * sees 130 or 143.
 */
function dieOf(signal: Ending): never {
  try {
    fs.writeSync(
      2,
      `${process.stderr.isTTY ? SHOW_CURSOR : ''}\ndarkroom: stopped at once; the same command goes on where it stopped\n`,
    );
  } catch {
    // Nobody reads stderr any more.
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('outlived SIGKILL');
}
