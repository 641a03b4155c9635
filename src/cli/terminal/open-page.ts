/** Opens a page in the browser of who sits here; says so where that cannot be. */

import { spawn } from 'node:child_process';
import { warn } from './streams.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A browser that is started stays; a command that fails does so at once, ms. */
const FAILS_WITHIN = 3000;

/** Opens `file`, and never fails: the page can still be opened by hand. */
export async function openPage(file: string, env: Environment = process.env): Promise<void> {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const problem =
    program === 'xdg-open' && !env.DISPLAY && !env.WAYLAND_DISPLAY
      ? 'there is no display here'
      : await problemOf(program, file);
  if (problem !== null) warn(`--open: ${problem}; open the page yourself: ${file}`, file);
}

function problemOf(program: string, file: string): Promise<string | null> {
  return new Promise((resolve) => {
    // A session of its own: Ctrl-C must not reach the browser.
    const child = spawn(program, [file], { stdio: 'ignore', detached: true });
    const started = setTimeout(() => resolve(null), FAILS_WITHIN);
    const ended = (problem: string | null): void => {
      clearTimeout(started);
      resolve(problem);
    };
    child.on('error', ({ code }: NodeJS.ErrnoException) =>
      ended(code === 'ENOENT' ? `${program} is not installed` : `${program} cannot be started (${code})`),
    );
    child.on('exit', (code) => ended(code === 0 ? null : `${program} failed (exit code ${code})`));
    child.unref();
  });
}
