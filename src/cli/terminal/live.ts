/**
 * The line that changes in place while work goes on: the door to ora, which erases it before anything else is written to the
 * terminal and draws it again afterwards. Where the width is unknown ora would erase lines without end, so it is stopped
 * there. The cursor is never hidden, so that no end of the process can leave it so.
 */

import type { Ora } from 'ora';
import { hasColours, isLive, painted, shortened } from './terminal.ts';

/** Columns of ora's own sign and the space behind it, and the last one: some terminals go on to the next line after it. */
const TAKEN = 3;

/** One at a time: a terminal has one last line. */
let live: { readonly stream: NodeJS.WriteStream; readonly text: () => string; spinner: Ora | null } | null = null;

/** What `draw` shows from now on. */
export function begin(stream: NodeJS.WriteStream, text: () => string): void {
  if (!isLive(stream)) return;
  const started = { stream, text, spinner: null as Ora | null };
  live = started;
  // The listener runs before anything is drawn at the new width.
  stream.on('resize', draw);
  // Without a terminal nobody waits for it to load.
  void import('ora').then(({ default: ora }) => {
    // discardStdin would take Ctrl-C away from the signal that stops the run.
    started.spinner = ora({ stream, isEnabled: true, discardStdin: false, hideCursor: false });
    draw();
  });
}

/** A window may lose its width while it is looked at: then there is no line until it has one again. */
export function draw(): void {
  if (!live?.spinner) return;
  const { stream, text, spinner } = live;
  if (!isLive(stream)) {
    if (spinner.isSpinning) spinner.stop();
    return;
  }
  const line = shortened(text(), stream.columns - TAKEN);
  spinner.text = hasColours(stream) ? painted(line) : line;
  if (!spinner.isSpinning) spinner.start();
}

export function end(): void {
  live?.stream.off('resize', draw);
  live?.spinner?.stop();
  live = null;
}
