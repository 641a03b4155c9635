/** What people see while work goes on, on stderr: a live line on a terminal, a plain line every ten seconds elsewhere. */

import type { RunEvent } from '../events.ts';
import { printable } from '../printable.ts';
import { Pace } from './pace.ts';
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

export async function openProgress(): Promise<Progress> {
  const pace = new Pace();
  const told = new Told();
  let threads = 0;
  const line = await openLine(() => pace.line());
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

/** A line that says how far something is, from `begin` to `end`. */
export interface Line {
  begin(): void;
  end(): void;
}

export async function openLine(text: () => string, stream: NodeJS.WriteStream = process.stderr): Promise<Line> {
  return isLive(stream) ? await liveLine(stream, text) : plainLines(text);
}

/** ora prints nothing but its first and last text where it takes a stream for no terminal, so that is decided here. */
function isLive(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb' && !('CI' in process.env);
}

async function liveLine(stream: NodeJS.WriteStream, text: () => string): Promise<Line> {
  // Without a terminal nobody waits for it to load.
  const { default: ora } = await import('ora');
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
