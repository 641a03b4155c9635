/** The centre of the camera, on which references are held against exposures. */

import type { ReferenceLayout } from '../references.ts';

/** Sides at most, px. */
const SIDE = 1024;

/** Its middle is that of the camera, so that it shows the same pixels when the camera is turned. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function windowOf({ width, height }: { readonly width: number; readonly height: number }): Window {
  const within = (side: number): number => (side <= SIDE ? side : SIDE + (side & 1));
  const [wide, high] = [within(width), within(height)];
  return { left: (width - wide) / 2, top: (height - high) / 2, width: wide, height: high };
}

/** The window of a plane that starts at `address`, rows in the order of the references. */
export function planeIn(
  address: number,
  { stride }: ReferenceLayout,
  { left, top, width, height }: Window,
  memory: WebAssembly.Memory,
): Float32Array {
  const out = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    out.set(new Float32Array(memory.buffer, address + (top + row) * stride + 4 * left, width), row * width);
  }
  return out;
}

/** 1 where the references have a bad pixel. */
export function badIn({ defects }: ReferenceLayout, window: Window, memory: WebAssembly.Memory): Uint8Array {
  const { left, top, width, height } = window;
  const out = new Uint8Array(width * height);
  if (!defects) return out;
  for (let row = 0; row < height; row++) {
    const bits = new Uint8Array(memory.buffer, defects.mask + (top + row) * defects.maskStride, defects.maskStride);
    for (let col = 0; col < width; col++) out[row * width + col] = (bits[(left + col) >> 3]! >> ((left + col) & 7)) & 1;
  }
  return out;
}
