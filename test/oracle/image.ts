/** The image that the definitions work on: one frame, as simple as it gets. They never change the image they are given. */

/** `width` x `height` px, row-major in stored order; float32 counts between steps. */
export interface Image<Pixels = Float32Array> {
  readonly width: number;
  readonly height: number;
  readonly pixels: Pixels;
}

export const copyOf = (image: Image): Image => ({ ...image, pixels: Float32Array.from(image.pixels) });
