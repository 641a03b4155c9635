/** One picture as every format that is read, the same way up in each. */

import { grey, makeTiff } from '../formats/tiff/maker.ts';
import { madeDmFile } from './dm.ts';
import { madeVelox } from './hdf5.ts';
import { madeMrc } from './mrc.ts';
import { madeSer } from './ser.ts';
import { madeTvips } from './tvips.ts';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Counts of 16 bits without sign, the top row first. */
  readonly pixels: ArrayLike<number>;
}

/** The bottom row first, or again the top row. */
export const turned = ({ width, height, pixels }: Picture): number[] =>
  Array.from(pixels, (_, i) => pixels[(height - 1 - Math.floor(i / width)) * width + (i % width)]!);

/** By extension; MRC and SER have the bottom row first. */
export const CAMERA_FILES: Readonly<Record<string, (picture: Picture) => Uint8Array>> = {
  mrc: (picture) => madeMrc({ ...picture, mode: 6, pixels: turned(picture) }),
  tif: ({ width, height, pixels }) => {
    const block = Buffer.from(Uint16Array.from(Array.from(pixels)).buffer);
    return makeTiff([{ fields: grey(width, height, 16), blocks: [block] }]);
  },
  dm3: ({ width, height, pixels }) => madeDmFile([{ type: 'uint16', dimensions: [width, height], pixels }]),
  dm4: ({ width, height, pixels }) =>
    madeDmFile([{ type: 'uint16', dimensions: [width, height], pixels }], { version: 4, littleEndian: false }),
  ser: (picture) => madeSer({ ...picture, type: 'uint16', images: [turned(picture)] }),
  tvips: (picture) => madeTvips({ ...picture, type: 'uint16', frames: [picture.pixels] }),
  emd: ({ width, height, pixels }) =>
    madeVelox(
      { shape: [height, width, 1], type: 'uint16', numbers: pixels, chunk: [height, width, 1] },
      { BinaryResult: { Detector: 'BM-Ceta' } },
    ),
};
