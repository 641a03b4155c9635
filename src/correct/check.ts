/** Whether an exposure that was opened may be corrected at all: asked by the correction itself and by `--dry-run`. */

import type { OpenExposure } from '../formats/index.ts';
import { saysMask, saysOurs } from '../formats/ours.ts';
import { Fault } from '../model/outcome.ts';
import { misfit } from '../references/references.ts';
import type { Recipe } from './recipe.ts';

/**
 * @param references their size in px; width 0: there are none
 * @throws Fault 'geometry', 'unsupported', 'corrected'
 */
export function refuseUnfit(
  { file, source }: OpenExposure,
  references: { readonly width: number; readonly height: number },
  { allowCorrected }: Pick<Recipe, 'allowCorrected'>,
): void {
  const odd = references.width > 0 ? misfit(references, source.exposure) : null;
  if (odd) throw new Fault('geometry', `${file.path}: ${odd}`);
  const { description } = source.carried;
  if (saysMask(description)) {
    throw new Fault(
      'unsupported',
      `${file.path}: found a mask of spikes that darkroom wrote, expected an exposure; leave it out with --exclude '*_spikes.*'`,
    );
  }
  if (allowCorrected || !saysOurs(description)) return;
  throw new Fault(
    'corrected',
    `${file.path}: found an image that darkroom wrote, expected a raw exposure; leave it out with --exclude, or give --allow-corrected to correct it again`,
  );
}
