/** Ctrl-C, kill and a terminal that is closed: the first signal lets the exposures in flight finish, the second stops at once. */

import fs from 'node:fs';

/** What a shell reports for a process that ended by the signal: 128 and its number. */
export const SIGNAL_EXITS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

type Ending = keyof typeof SIGNAL_EXITS;

/**
 * Whether systemd started the process as a service. Programs in a terminal may have the same variable: whoever has a
 * terminal is no service, and closing it ends the process.
 */
export const isService = (): boolean =>
  process.env.INVOCATION_ID !== undefined &&
  ![process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);

/** A terminal that is closed sends SIGHUP twice, by its shell and by the kernel: within so long it is one signal, ms. */
const ONE_HANGUP = 1000;

/** The last words may take so long where stderr is a file, perhaps on the share that hangs, ms. */
const LAST_WORDS = 500;

/**
 * Aborts `control` with the exit code as the reason at the first signal, and calls `tell`. Returns what takes the
 * listeners away again. `reload`: what SIGHUP means instead, where no terminal can send it; null: it ends the process.
 */
export function onSignals(control: AbortController, tell: () => void, reload: (() => void) | null = null): () => void {
  // Looked at now: later it might hang.
  const toFile = fs.fstatSync(2).isFile();
  let hungUp = Number.NEGATIVE_INFINITY;
  const listeners = Object.entries(SIGNAL_EXITS).map(([name, code]) => {
    const listener = (): void => {
      if (name === 'SIGHUP') {
        const before = hungUp;
        hungUp = performance.now();
        if (hungUp < before + ONE_HANGUP) return;
        if (reload && !control.signal.aborted) {
          reload();
          return;
        }
      }
      if (control.signal.aborted) dieOf(name as Ending, toFile);
      else {
        control.abort(code);
        tell();
      }
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
 * sees 129, 130 or 143.
 */
function dieOf(signal: Ending, toFile: boolean): void {
  // Should the last words hang, the next signal needs nobody to hear it.
  for (const name of Object.keys(SIGNAL_EXITS)) process.removeAllListeners(name);
  const die = (): void => {
    process.kill(process.pid, signal);
    process.kill(process.pid, 'SIGKILL');
  };
  const words = '\ndarkroom: stopped at once; the same command goes on where it stopped\n';
  if (toFile) {
    fs.write(2, words, die);
    setTimeout(die, LAST_WORDS);
    return;
  }
  try {
    fs.writeSync(2, words);
  } catch {
    // Nobody reads stderr any more.
  }
  die();
}
