/**
 * Where a command writes: results to stdout, everything else to stderr. Somebody who stops reading (`darkroom ... | head`)
 * or a full disk behind a redirection ends the writing, never the work.
 */

import { printable } from '../printable.ts';
import { inWords, systemError } from '../system-error.ts';

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

/** A result, for people or programs. May hold several lines. */
export const say = (text: string): void => write(process.stdout, `${text}\n`);

/** A line for people, beside the results. */
export const warn = (line: string): void => write(process.stderr, `${printable(line)}\n`);

/** Several lines for people, as they are. */
export const warnLines = (text: string): void => write(process.stderr, `${text}\n`);

function write(stream: NodeJS.WriteStream, text: string): void {
  if (!closed.has(stream)) stream.write(text);
}
