/** Definition of the flat-field correction. */

import type { Image } from './image.ts';

/**
 * (raw - dark) * norm, each operation rounded to float32. Raw pixels that are not finite become 0 first, results that
 * are not finite become 0 last; `nonFinite` counts both. Without a dark, 0; without a norm, 1.
 */
export function flatField(raw: Image, dark: Image | null, norm: Image | null): { image: Image; nonFinite: number } {
  let nonFinite = 0;
  const finite = (value: number): number => {
    if (Number.isFinite(value)) return value;
    nonFinite++;
    return 0;
  };
  const pixels = raw.pixels.map((value, i) => {
    const signal = Math.fround(finite(value) - (dark?.pixels[i] ?? 0));
    return finite(Math.fround(signal * (norm?.pixels[i] ?? 1)));
  });
  return { image: { ...raw, pixels }, nonFinite };
}
