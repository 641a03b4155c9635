/** What people see of a run while it goes on, on stderr: a live line on a terminal, a plain line every ten seconds elsewhere. */

import ora from 'ora';
import type { RunEvent } from '../events.ts';
import { Pace } from './pace.ts';
import { printable } from './printable.ts';
import { warn } from './streams.ts';
import { Told } from './told.ts';

/** Milliseconds between two plain lines, and between two changes of the live one. */
const PLAIN_MS = 10_000;
const LIVE_MS = 200;

export interface Progress {
  hear(event: RunEvent): void;
  /** Says that the run ends early, after the exposures under way. */
  stopping(): void;
  close(): void;
}

export function openProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const pace = new Pace();
  const told = new Told();
  let threads = 0;
  const line = openLine(stream, () => pace.line());
  return {
    hear(event) {
      pace.hear(event);
      if (event.event === 'started') {
        threads = event.threads;
        if (event.exposures > 0) line.begin();
      }
      for (const each of told.lines(event)) warn(each);
    },
    stopping() {
      // One more than there are threads waits for its turn, see `run.ts`.
      const most = Math.min(threads + 1, pace.left);
      warn(
        `finishing ${most === 1 ? 'the exposure' : `up to ${most} exposures`} under way; press Ctrl-C again to stop at once`,
      );
    },
    close: () => line.end(),
  };
}

/** A line about how it goes that `text` gives, now and then or all the time. */
export const openLine = (stream: NodeJS.WriteStream, text: () => string): Line =>
  isLive(stream) ? liveLine(stream, text) : plainLines(text);

/** ora prints nothing but its first and last text where it takes a stream for no terminal, so that is decided here. */
function isLive(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb' && !('CI' in process.env);
}

export interface Line {
  begin(): void;
  end(): void;
}

function liveLine(stream: NodeJS.WriteStream, text: () => string): Line {
  // discardStdin would take Ctrl-C away from the signal that stops the run.
  const spinner = ora({ stream, isEnabled: true, discardStdin: false });
  const show = (): void => {
    spinner.text = printable(text()).slice(0, Math.max(20, (stream.columns ?? 80) - 4));
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    begin() {
      show();
      spinner.start();
      timer = setInterval(show, LIVE_MS).unref();
    },
    end() {
      clearInterval(timer);
      spinner.stop();
    },
  };
}

function plainLines(text: () => string): Line {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin() {
      timer = setInterval(() => warn(text()), PLAIN_MS).unref();
    },
    end() {
      if (!timer) return;
      clearInterval(timer);
      warn(text());
    },
  };
}
