/**
 * Where a command writes: results to stdout, everything else to stderr. Somebody who stops reading (`darkroom ... | head`)
 * or a full disk behind a redirection ends the writing, never the work.
 */

import { printable } from '../printable.ts';
import { inWords, systemError } from '../system-error.ts';
import { columnsOf, hasColours, painted, wrapped } from './terminal.ts';

/** Streams that failed; nothing more is written to them. */
const closed = new Set<NodeJS.WriteStream>();

/** To be called once, before anything is written. */
export function guardStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (closed.has(stream)) return;
      closed.add(stream);
      if (stream === process.stdout && systemError(error)?.name !== 'EPIPE')
        warn(`stdout cannot be written: ${inWords(error)}; going on without`);
    });
  }
}

/** A result, as programs read it. May hold several lines. */
export const say = (text: string): void => write(process.stdout, `${text}\n`);

/** Results for people, line by line as the terminal has room. `whole`: paths in them that are not to be broken. */
export const tell = (text: string, ...whole: readonly string[]): void =>
  write(
    process.stdout,
    `${text
      .split('\n')
      .map((line) => shown(process.stdout, line, whole))
      .join('\n')}\n`,
  );

/** A line for people, beside the results. */
export const warn = (line: string, ...whole: readonly string[]): void =>
  write(process.stderr, `${shown(process.stderr, line, whole)}\n`);

/** Several lines for people, as they are. */
export const warnLines = (text: string): void => write(process.stderr, `${text}\n`);

function shown(stream: NodeJS.WriteStream, line: string, whole: readonly string[]): string {
  const columns = columnsOf(stream);
  const text = printable(line);
  const fits = columns === null ? text : wrapped(text, columns, whole.map(printable));
  return hasColours(stream) ? painted(fits) : fits;
}

function write(stream: NodeJS.WriteStream, text: string): void {
  if (closed.has(stream)) return;
  stream.write(text);
}
