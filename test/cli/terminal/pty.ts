/** A real terminal for tests: the command on a pseudo-terminal of Python's, of any width, which may change in the middle. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { BIN } from '../call.ts';

/** False, or why tests that need a terminal are skipped. */
export const NO_PTY =
  spawnSync('python3', ['-c', 'import pty, fcntl, termios'], { encoding: 'utf8' }).status === 0
    ? false
    : 'needs python3, which makes pseudo-terminals';

/** Rows and columns come first, then the command. Lines on stdin: "resize ROWS COLUMNS", "type TEXT" (hexadecimal). */
const DRIVER = `
import fcntl, os, pty, select, struct, sys, termios
rows, columns, *command = sys.argv[1:]
def resize(rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))
child, master = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))
    os.execvp(command[0], command)
pending, heard = b'', True
while True:
    ready, _, _ = select.select([master] + ([0] if heard else []), [], [])
    if 0 in ready:
        got = os.read(0, 4096)
        heard = got != b''
        *lines, pending = (pending + got).split(b'\\n')
        for line in lines:
            word, *rest = line.decode().split(' ')
            if word == 'resize': resize(*rest)
            if word == 'type': os.write(master, bytes.fromhex(rest[0]))
    if master in ready:
        try: shown = os.read(master, 65536)
        except OSError: break
        if not shown: break
        os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

interface Ending {
  after(clean: () => unknown): void;
}

/** What ends one that hangs, so that a broken test fails and does not stand still. */
const HANGS_MS = 60_000;
const FLOODS = 4_000_000;

export class Terminal {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  /** All that was written to it, escape sequences too. */
  screen = '';

  constructor(t: Ending, columns: number, argv: readonly string[], env: Record<string, string> = {}) {
    const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, ...usual } = process.env;
    this.#process = spawn('python3', ['-c', DRIVER, '24', String(columns), process.execPath, BIN, ...argv], {
      env: { ...usual, TERM: 'xterm-256color', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: HANGS_MS,
      killSignal: 'SIGKILL',
    });
    this.#process.stdout!.setEncoding('utf8').on('data', (shown: string) => {
      this.screen += shown;
      if (this.screen.length > FLOODS) this.#process.kill('SIGKILL');
    });
    this.#ended = once(this.#process, 'close');
    t.after(() => this.#process.kill('SIGKILL'));
  }

  resize(columns: number): void {
    this.#process.stdin!.write(`resize 24 ${columns}\n`);
  }

  type(text: string): void {
    this.#process.stdin!.write(`type ${Buffer.from(text).toString('hex')}\n`);
  }

  /** Waits until the screen shows it; false when the command ended before. */
  async shows(what: RegExp): Promise<boolean> {
    while (!what.test(this.screen) && this.#process.exitCode === null && this.#process.signalCode === null)
      await sleep(30);
    return what.test(this.screen);
  }

  /** The exit code, null when it had to be killed. */
  async ended(): Promise<number | null> {
    const [code] = await this.#ended;
    return code as number | null;
  }

  /** Lines as they stand on the screen at the end: what was drawn over is gone, colours are left out. */
  lines(): string[] {
    return linesOf(this.screen);
  }
}

/** ECMA-48 8.3.9: the cursor goes to the first column, as `\r` does. */
const FIRST_COLUMN = '\u001b[1G';

export function linesOf(screen: string): string[] {
  return screen
    .split('\r\n')
    .map((line) => line.replaceAll(FIRST_COLUMN, '\r'))
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
    .map(stripVTControlCharacters);
}
