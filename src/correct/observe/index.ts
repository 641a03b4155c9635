/** Every observer of an exposure. A new one is a file and a line here. */

import type { ReferenceRows } from '../../references/references.ts';
import { Evenness } from './evenness.ts';
import { type Masking, maskFor } from './mask.ts';
import type { Observed, Observer } from './observer.ts';
import { PATCH_SIZES, Patches } from './patches.ts';
import { Spikes } from './spikes.ts';
import { type SurveyLayout, surveyed } from './survey.ts';
import { Thumbnails } from './thumbnails.ts';

/** What observers may know of an exposure. */
export interface Observing extends Masking {
  /** The references' rows that belong to the exposure's. */
  readonly references: ReferenceRows;
  /** Where the exposure leaves what it tells of the camera; null: it has done so before, or nobody asks. */
  readonly survey: SurveyLayout | null;
  /** Where the survey is. */
  readonly memory: WebAssembly.Memory;
}

/** What is true where no observer says anything else. */
export const NOTHING_SEEN: Pick<Observed, 'patches' | 'maskBytes'> = {
  patches: new Array<number>(PATCH_SIZES).fill(0),
  maskBytes: null,
};

/**
 * Opens the observers of an exposure. Reserves their memory from the arena, touches none.
 * @throws Fault 'collision' when something else stands where a mask would
 */
export async function openObservers(asked: Observing): Promise<readonly Observer[]> {
  const { arena, memory, exposure, references, marking, survey } = asked;
  const shared = { kernels: arena.kernels, memory };
  const thumbnails = new Thumbnails(arena, exposure);
  const spikes = new Spikes(arena, exposure, references);
  const evenness = survey && new Evenness(arena, exposure, references);
  return [
    thumbnails,
    spikes,
    ...(marking === null ? [] : [new Patches(exposure.width)]),
    ...(evenness ? [evenness, surveyed(survey, shared, marking !== null, { thumbnails, spikes, evenness })] : []),
    await maskFor(asked),
  ];
}
