/** Whether an exposure is done already, and if not why: the decision behind resume and `--dry-run`. */

import type { PixelType } from '../exposure.ts';
import type { FaultKind, Identity } from '../outcome.ts';

/** What the journal holds for an output. */
export interface Seen {
  /** The input at that time; absolute. */
  readonly input: string;
  /** Null when the input could not be looked at. */
  readonly identity: Identity | null;
  /** Hash of the recipe and references that the output depended on. */
  readonly key: string;
  /** Null when it is done. */
  readonly failed: FaultKind | null;
  /** Size of the output; null when it failed. */
  readonly bytesOut: number | null;
  /** Size of the mask beside the output; null where none was written. */
  readonly maskBytes: number | null;
  /** What kind of exposure it was; null when its header could not be read. */
  readonly frames: number | null;
  readonly type: PixelType | null;
}

/**
 * The reason to correct an exposure, for people; null when it is done. Where the input lies is not asked: raw folders
 * are moved and mounted elsewhere, and the size with a time in nanoseconds tells files apart.
 * @param outputBytes size of the output as it is there now, null when it is not
 * @param maskBytes the same of its mask
 */
export function whyNot(
  seen: Seen | undefined,
  input: string,
  identity: Identity,
  key: string,
  outputBytes: number | null,
  maskBytes: number | null = null,
): string | null {
  if (!seen) return 'new';
  if (seen.failed) return `failed before: ${seen.failed}`;
  if (seen.identity?.size !== identity.size || seen.identity.mtimeNs !== identity.mtimeNs) {
    return seen.input === input ? 'the exposure changed' : `another exposure: it was corrected from ${seen.input}`;
  }
  if (seen.key !== key) return 'other recipe or references';
  if (outputBytes === null) return 'the output is missing';
  if (outputBytes !== seen.bytesOut) return 'the output has another size';
  if (maskBytes !== seen.maskBytes) return maskBytes === null ? 'the mask is missing' : 'the mask has another size';
  return null;
}
