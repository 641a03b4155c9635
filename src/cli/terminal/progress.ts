/** What people see while work goes on, on stderr: a live line on a terminal, a plain line every ten seconds elsewhere. */

import type { RunEvent } from '../../model/events.ts';
import { printable } from '../../model/printable.ts';
import * as live from './live.ts';
import { Pace } from './pace.ts';
import { RunMessages } from './run-messages.ts';
import { warn } from './streams.ts';
import { isLive } from './terminal.ts';

/** Milliseconds between two plain lines, and between two changes of the live one. */
const PLAIN_MS = 10_000;
const LIVE_MS = 200;

/** A log without a line for so long looks like a dead process. */
const SIGN_OF_LIFE_MS = 3_600_000;

export interface Progress {
  hear(event: RunEvent): void;
  /** Says that the run ends early, after the exposures under way. */
  stopping(): void;
  close(): void;
}

/** What is shown. `quiet`: only what asks for attention. `brief`: the end says what to do about failures. */
interface Showing {
  readonly quiet: boolean;
  readonly brief: boolean;
}

export function openProgress(showing: Showing): Progress {
  const pace = new Pace();
  const messages = new RunMessages(showing);
  let threads = 0;
  const line = openLine(() => pace.line());
  return {
    hear(event) {
      pace.hear(event);
      if (event.event === 'started') {
        threads = event.threads;
        if (event.exposures > 0 && !showing.quiet) line.begin();
      }
      for (const each of messages.lines(event)) warn(each, ...pathsIn(event));
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

/** Paths in an event that people may want to copy. */
export const pathsIn = (event: RunEvent): string[] => (event.event === 'outcome' ? [event.outcome.input] : []);

/** A line that says how far something is, from `begin` to `end`. */
export interface Line {
  begin(): void;
  end(): void;
}

/** In place on a terminal that knows its width; elsewhere one after another, but none that says nothing new. */
export function openLine(text: () => string, stream: NodeJS.WriteStream = process.stderr): Line {
  const plain = new PlainLines(text);
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    if (isLive(stream)) live.draw();
    else plain.tick();
  };
  return {
    begin() {
      live.begin(stream, () => printable(text()));
      timer = setInterval(tick, LIVE_MS).unref();
      tick();
    },
    end() {
      if (!timer) return;
      clearInterval(timer);
      live.end();
      if (!isLive(stream)) plain.end();
    },
  };
}

/** Lines in a log: when there is something new, every ten seconds at most; once an hour anyway, as a sign of life. */
export class PlainLines {
  readonly #text: () => string;
  readonly #now: () => number;
  readonly #write: (line: string) => void;
  #last = '';
  #lastAt: number;

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(text: () => string, now: () => number = () => performance.now(), write: (line: string) => void = warn) {
    this.#text = text;
    this.#now = now;
    this.#write = write;
    this.#lastAt = now();
  }

  tick(): void {
    const since = this.#now() - this.#lastAt;
    if (since < PLAIN_MS) return;
    const text = this.#text();
    if (text !== this.#last || since >= SIGN_OF_LIFE_MS) this.#say(text);
  }

  /** The last word. */
  end(): void {
    const text = this.#text();
    if (text !== this.#last) this.#say(text);
  }

  #say(text: string): void {
    this.#write(text);
    this.#last = text;
    this.#lastAt = this.#now();
  }
}
