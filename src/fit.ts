/** Whether an exposure that was opened may be corrected at all: asked by the correction itself and by `--dry-run`. */

import { misfit } from './calibration/references.ts';
import type { OpenExposure } from './formats/index.ts';
import { saysMask } from './mask.ts';
import { Fault } from './outcome.ts';

/**
 * @param references their size in px; width 0: there are none
 * @throws Fault 'geometry', 'unsupported'
 */
export function refuseUnfit(
  { file, source }: OpenExposure,
  references: { readonly width: number; readonly height: number },
): void {
  const odd = references.width > 0 ? misfit(references, source.exposure) : null;
  if (odd) throw new Fault('geometry', `${file.path}: ${odd}`);
  if (saysMask(source.carried.description)) {
    throw new Fault(
      'unsupported',
      `${file.path}: found a mask of spikes that darkroom wrote, expected an exposure; leave it out with --exclude '*_spikes.*'`,
    );
  }
}
