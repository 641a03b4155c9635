/**
 * Where a command writes: results to stdout, everything else to stderr. Somebody who stops reading (`darkroom ... | head`)
 * or a full disk behind a redirection ends the writing, never the work.
 */

import fs from 'node:fs';
import { promisify } from 'node:util';
import { printable } from '../../model/printable.ts';
import { inWords, systemError } from '../../model/system-error.ts';
import { columnsOf, hasColours, painted, wrapped } from './terminal.ts';

const writeOf = promisify(fs.write);

const [STDOUT, STDERR] = [1, 2] as const;
type Fd = typeof STDOUT | typeof STDERR;

/** Streams that failed; nothing more is written to them. */
const closed = new Set<Fd>();

/**
 * Streams that are files. Node writes those synchronously: a log on a share that hangs would keep the main thread, and
 * with it the signals.
 */
const files = new Set<Fd>();

/** What is still to be written to files, in the order in which it was said: both streams may be one file. */
const waiting: { readonly fd: Fd; text: string }[] = [];
let writing = false;

/** To be called once, before anything is written. */
export function guardStreams(): void {
  for (const fd of [STDOUT, STDERR] as const) {
    if (isFile(fd)) files.add(fd);
    streamOf(fd).on('error', (error) => fail(fd, error));
  }
}

/** A result, as programs read it. May hold several lines. */
export const say = (text: string): void => write(STDOUT, `${text}\n`);

/** Results for people, line by line as the terminal has room. `whole`: paths in them that are not to be broken. */
export const tell = (text: string, ...whole: readonly string[]): void =>
  write(
    STDOUT,
    `${text
      .split('\n')
      .map((line) => shown(STDOUT, line, whole))
      .join('\n')}\n`,
  );

/** A line for people, beside the results. */
export const warn = (line: string, ...whole: readonly string[]): void =>
  write(STDERR, `${shown(STDERR, line, whole)}\n`);

/** Several lines for people, as they are. */
export const warnLines = (text: string): void => write(STDERR, `${text}\n`);

function shown(fd: Fd, line: string, whole: readonly string[]): string {
  const stream = streamOf(fd);
  const columns = columnsOf(stream);
  const text = printable(line);
  const fits = columns === null ? text : wrapped(text, columns, whole.map(printable));
  return hasColours(stream) ? painted(fits) : fits;
}

const streamOf = (fd: Fd): NodeJS.WriteStream => (fd === STDOUT ? process.stdout : process.stderr);

function write(fd: Fd, text: string): void {
  if (closed.has(fd)) return;
  if (!files.has(fd)) {
    streamOf(fd).write(text);
    return;
  }
  const last = waiting.at(-1);
  if (last?.fd === fd) last.text += text;
  else waiting.push({ fd, text });
  if (!writing) void writeWaiting();
}

async function writeWaiting(): Promise<void> {
  writing = true;
  // What is said at once goes together.
  await null;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { fd, text } = next;
    try {
      for (let rest = Buffer.from(text); rest.length > 0 && !closed.has(fd); )
        rest = rest.subarray((await writeOf(fd, rest, 0, rest.length, null)).bytesWritten);
    } catch (error) {
      fail(fd, error);
    }
  }
  writing = false;
}

function fail(fd: Fd, error: unknown): void {
  if (closed.has(fd)) return;
  closed.add(fd);
  if (fd === STDOUT && systemError(error)?.name !== 'EPIPE')
    warn(`stdout cannot be written: ${inWords(error)}; going on without`);
}

function isFile(fd: Fd): boolean {
  try {
    return fs.fstatSync(fd).isFile();
  } catch {
    // The program that started us closed it.
    return false;
  }
}
