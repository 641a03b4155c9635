/** The methods that are compared: ours through the real pipeline, other people's in a Python of their own. */

import { pass } from '../correct/passing.ts';
import type { Image } from '../oracle/image.ts';

export interface Method {
  readonly name: string;
  /** The image despiked and the seconds that took, or why that cannot be. */
  run(image: Image): Promise<{ out: Image; seconds: number } | string>;
}

export const ours = (name: string, recipe: object): Method => ({
  name,
  async run(image) {
    let seconds = Number.POSITIVE_INFINITY;
    let out = image;
    // The first run compiles, and others may have been busy: the fastest counts.
    for (let run = 0; run < 3; run++) {
      const { frames, times } = await pass([image], { steps: ['despike'], recipe, bandRows: 16 });
      out = frames[0]!;
      seconds = Math.min(seconds, times.despike / 1e6);
    }
    return { out, seconds };
  },
});

export const OURS: readonly Method[] = [
  ours('robust', { despike: 'robust' }),
  ours('leginon 3.5', { despike: 'leginon' }),
  ours('leginon 6', { despike: 'leginon', despikeThreshold: 6 }),
];
