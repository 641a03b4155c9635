/** How a run ends: its exit code, and why it is not 0. */

import type { RunSettings } from '../correct/settings.ts';
import type { CameraVerdict, ExitCode, Why } from '../model/events.ts';

interface Totals {
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  /** By rules of the recipe. */
  readonly copied: number;
  readonly ignored: number;
  readonly camera: CameraVerdict | null;
  /** Exposures that are other shards' to correct. */
  readonly elsewhere: number;
}

/** Why the exit code is to be 2, and what to say about it. */
export function reasons(
  { done, skipped, failed, copied, ignored, camera, elsewhere }: Totals,
  { expect, strictCamera }: RunSettings,
): { readonly why: readonly Why[]; readonly notes: readonly string[] } {
  const found = done + skipped + failed + copied + ignored + elsewhere;
  const notes: string[] = [];
  if (expect === null && found === 0) notes.push('no exposure was found; --expect 1 makes this exit code 2');
  if (expect !== null && found < expect) notes.push(`found ${found} exposures, expected at least ${expect} (--expect)`);
  const reasons: Record<Why, boolean> = {
    failed: failed > 0,
    expect: found < (expect ?? 0),
    camera: strictCamera && camera !== null && camera.warnings.length > 0,
  };
  return { why: (Object.keys(reasons) as Why[]).filter((why) => reasons[why]), notes };
}

interface Stop {
  /** Aborted with the exit code for who asked. */
  readonly signal: AbortSignal;
  /** The environment stopped the run before a signal did. */
  readonly stoppedFirst: boolean;
  readonly why: readonly Why[];
}

export function exitCode({ signal, stoppedFirst, why }: Stop): ExitCode {
  if (stoppedFirst) return 3;
  const asked = signal.aborted ? (signal.reason as ExitCode) : 0;
  return asked || (why.length > 0 ? 2 : 0);
}
