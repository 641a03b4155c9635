/** What a run tells the world: its events, and the exit code it ends with. */

import type { Outcome } from './outcome.ts';

/** What a run tells while it goes on; `--json` prints one per line. */
export type RunEvent =
  | {
      readonly event: 'started';
      readonly run: number;
      readonly exposures: number;
      readonly bytes: number;
      readonly threads: number;
    }
  /** `information`: all is well; anything else asks for somebody's attention. */
  | { readonly event: 'note'; readonly message: string; readonly level?: 'information' }
  | { readonly event: 'outcome'; readonly outcome: Outcome }
  /** `watch` alone: trouble with the output that is waited out, and its end. */
  | { readonly event: 'paused'; readonly reason: string }
  | { readonly event: 'resumed'; readonly seconds: number }
  /** `watch` alone: how it goes, as in the status file. */
  | { readonly event: 'status'; readonly status: Status }
  | {
      readonly event: 'finished';
      /** 0 when there was nothing to run on. */
      readonly run: number;
      readonly exit: ExitCode;
      readonly done: number;
      readonly skipped: number;
      readonly failed: number;
      readonly suspect: number;
      readonly seconds: number;
      /** Why the exit code is 2. */
      readonly why: readonly Why[];
      /** Of all exposures with these references; null: nothing was surveyed. */
      readonly camera: CameraVerdict | null;
    }
  /** The last event where nothing ran, or a bug ended the run: instead of `finished`. */
  | { readonly event: 'error'; readonly exit: ExitCode; readonly message: string };

/** Exposures failed; there were fewer than `--expect`; the camera's verdict has a warning, with `--strict-camera`. */
export type Why = 'failed' | 'expect' | 'camera';

/** What the exposures together say of the camera and its references. */
export interface CameraVerdict {
  /** In the survey. */
  readonly exposures: number;
  /** No check of the references failed. */
  readonly fits: boolean;
  /** What a person should look at, the likeliest cause first; none: all is well. */
  readonly warnings: readonly string[];
}

/** How a watch goes; the content of its status file. Times of day ISO 8601, UTC; durations in seconds. */
export interface Status {
  readonly version: 1;
  /** Rises with every one that is written: a monitor tells a dead watcher from an idle one by it. */
  readonly sequence: number;
  readonly state: 'watching' | 'paused' | 'stopping' | 'stopped';
  /** Why it is paused. */
  readonly reason: string | null;
  readonly host: string;
  readonly pid: number;
  readonly started: string;
  readonly updated: string;
  /** Seconds after `updated` from which on a watch that has not stopped is to be taken for dead. */
  readonly staleAfter: number;
  readonly counts: {
    /** Since the start. */
    readonly corrected: number;
    readonly skipped: number;
    readonly failed: number;
    readonly suspect: number;
    /** Now: whole and not yet in a thread; not yet whole; in threads. */
    readonly waiting: number;
    readonly settling: number;
    readonly underWay: number;
  };
  /** From the last change of an exposure to the corrected one, of the last thousand; null before the first. */
  readonly delays: { readonly median: number; readonly percentile95: number; readonly worst: number } | null;
  /** Exposures a minute: that arrived in the last minutes, and that could be corrected; null before that is known. */
  readonly arrivalsPerMinute: number;
  readonly capacityPerMinute: number | null;
  /** As when the report was last made; null: nothing was surveyed yet. */
  readonly camera: CameraVerdict | null;
  /** Newest last. */
  readonly lastErrors: readonly { readonly time: string; readonly message: string }[];
}

/** 0 all done; 1 refused; 2 some failed; 3 stopped by the environment; 129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM. */
export type ExitCode = 0 | 1 | 2 | 3 | 129 | 130 | 143;

/** `signal`: aborted with the exit code as reason, it lets what is under way finish and ends the run. */
export interface RunControl {
  readonly signal: AbortSignal;
  emit(event: RunEvent): void;
}
