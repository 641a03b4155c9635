/**
 * The line that changes in place while work goes on. What else is written to the terminal goes above it: it is erased
 * before, and drawn again afterwards. The cursor is never hidden, so that no end of the process can leave it so.
 */

import { columnsOf, hasColours, painted, shortened } from './terminal.ts';

/** ECMA-48: to the beginning of the line, and erase it. */
const ERASE = '\r\u001b[2K';

/** One at a time: a terminal has one last line. */
let live: { readonly stream: NodeJS.WriteStream; readonly text: () => string } | null = null;
let drawn = '';

/** What `draw` shows from now on. */
export function begin(stream: NodeJS.WriteStream, text: () => string): void {
  live = { stream, text };
}

/** A window may lose its width while it is looked at: then there is no line until it has one again. */
export function draw(): void {
  const columns = live && columnsOf(live.stream);
  if (live === null || columns === null) {
    erase();
    return;
  }
  // The last column stays free: some terminals go to the next line when it is written to.
  const text = shortened(live.text(), columns - 1);
  if (text === drawn) return;
  live.stream.write(`${drawn === '' ? '' : ERASE}${hasColours(live.stream) ? painted(text) : text}`);
  drawn = text;
}

export function erase(): void {
  if (drawn !== '') live?.stream.write(ERASE);
  drawn = '';
}

export function end(): void {
  erase();
  live = null;
}
