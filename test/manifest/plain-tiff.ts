/** Plain uint16 TIFF files of one page a frame, cut into strips: what a camera's software would write. */

import { grey, type MadePage, makeTiff } from '../formats/tiff/maker.ts';

interface Strips {
  readonly rowsPerStrip: number;
  readonly bigEndian?: boolean;
  readonly description?: string;
}

export function plainTiff(
  { width, height }: { readonly width: number; readonly height: number },
  frames: readonly Float32Array[],
  { rowsPerStrip, bigEndian = false, description }: Strips,
): Buffer {
  const pages = frames.map((pixels): MadePage => {
    const bytes = Buffer.alloc(2 * pixels.length);
    pixels.forEach((count, i) => {
      if (bigEndian) bytes.writeUInt16BE(count, 2 * i);
      else bytes.writeUInt16LE(count, 2 * i);
    });
    const strip = 2 * width * rowsPerStrip;
    const blocks = Array.from({ length: Math.ceil(height / rowsPerStrip) }, (_, i) =>
      bytes.subarray(i * strip, (i + 1) * strip),
    );
    const text = description === undefined ? [] : [{ tag: 270, type: 2, values: description }];
    return { fields: grey(width, height, 16, [{ tag: 278, type: 4, values: [rowsPerStrip] }, ...text]), blocks };
  });
  return makeTiff(pages, { bigEndian });
}
