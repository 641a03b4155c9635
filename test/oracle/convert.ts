/** Definition of the pixels written: scale, offset, rounding, limits. */

import { PIXELS, type WrittenType } from '../../src/model/exposure.ts';
import type { Image } from './image.ts';

export type WrittenPixels = Uint16Array | Int16Array | Float32Array;

const ARRAYS = { uint16: Uint16Array, int16: Int16Array, float32: Float32Array } as const;

/**
 * y = x * scale + offset in double. Integers: rounded half to even, then limited to the range of the type; `outOfRange`
 * counts what the limit changed, so 65 535.4 is not counted. float32: rounded once.
 */
export function convert(
  image: Image,
  { type, scale = 1, offset = 0 }: { type: WrittenType; scale?: number; offset?: number },
): { image: Image<WrittenPixels>; outOfRange: number } {
  const { lowest, highest } = PIXELS[type];
  const pixels = new ARRAYS[type](image.pixels.length);
  let outOfRange = 0;
  image.pixels.forEach((x, i) => {
    const y = x * scale + offset;
    if (type === 'float32') {
      pixels[i] = y;
      return;
    }
    const rounded = roundHalfToEven(y);
    const limited = Math.min(Math.max(rounded, lowest), highest);
    if (limited !== rounded) outOfRange++;
    pixels[i] = limited;
  });
  return { image: { ...image, pixels }, outOfRange };
}

function roundHalfToEven(y: number): number {
  const below = Math.floor(y);
  const over = y - below;
  if (over !== 0.5) return over < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
