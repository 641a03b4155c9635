/** Means of exposures that a simulated camera takes. */

import type { Camera } from '../../src/tools/simulate/camera.ts';
import type { Noise } from '../../src/tools/simulate/noise.ts';
import type { Image } from '../oracle/image.ts';

/** The mean of `exposures` under an even beam of `dose` counts: shot noise and 3 counts of the amplifiers, averaged. */
export function exposed(
  { width, height, sensitivity, dark }: Camera,
  dose: number,
  exposures: number,
  { gaussian }: Noise,
): Image {
  const pixels = Float32Array.from(dark, (offset, i) => {
    const signal = dose * sensitivity[i]!;
    return offset + signal + Math.sqrt((signal + 9) / exposures) * gaussian();
  });
  return { width, height, pixels };
}
