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
  | { readonly event: 'note'; readonly message: string }
  | { readonly event: 'outcome'; readonly outcome: Outcome }
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
    };

/** 0 all done; 1 refused; 2 some failed; 3 stopped by the environment; 130, 143 stopped by SIGINT, SIGTERM. */
export type ExitCode = 0 | 1 | 2 | 3 | 130 | 143;

/** `signal`: aborted with the exit code as reason, it lets what is under way finish and ends the run. */
export interface RunControl {
  readonly signal: AbortSignal;
  emit(event: RunEvent): void;
}
