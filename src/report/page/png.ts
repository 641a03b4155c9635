/**
 * Grey pictures of 8 bits as PNG files (https://www.w3.org/TR/png-3/). What the page shows is mostly noise: bytes are packed
 * by how frequent they are, and looking for what repeats would take longer to gain nothing.
 */

import { constants, crc32, deflateSync } from 'node:zlib';

/** Pixels below which a picture is stored as it is: there are a hundred crops on a page, and little to gain. */
const SMALL = 1024;

const STORED = { level: 0 } as const;
/** Short blocks (`memLevel`), since what is frequent changes from one part of a picture to the next. */
const PACKED = { level: 1, strategy: constants.Z_RLE, memLevel: 7 } as const;

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** @param pixels row by row, the picture's top row first */
export function png(pixels: Uint8Array, width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Bits of a sample; the zeros that follow: grey, deflated, filters row by row, not interlaced.
  header[8] = 8;
  const rows = new Uint8Array((1 + width) * height);
  // The byte before each row names its filter: 0 is none.
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (1 + width) + 1);
  const packed = deflateSync(rows, pixels.length < SMALL ? STORED : PACKED);
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))]);
}

/** Length of the content, name, content, CRC-32 of name and content. */
function chunk(name: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(name, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}
