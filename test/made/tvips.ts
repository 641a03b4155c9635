/** TVIPS streams as bytes, in one file or several; good and odd ones. */

import { pixelBytes } from './dm.ts';

export interface MadeTvips {
  readonly width: number;
  readonly height: number;
  readonly type: 'uint8' | 'uint16';
  /** One array for each frame, in stored order. */
  readonly frames: readonly ArrayLike<number>[];
  /** Bytes before the pixels of a frame. */
  readonly frameHeader?: number;
  readonly version?: number;
  readonly binning?: number;
  /** Side of a pixel of the camera, nm. */
  readonly pitch?: number;
  /** 1: image, 2: diffraction. */
  readonly mode?: number;
  /** s since 1970. */
  readonly seconds?: number;
}

export function tvipsHeader(made: MadeTvips): Buffer {
  const { width, height, type, frameHeader = 60, version = 2, binning = 2, pitch = 15_500 } = made;
  const header = Buffer.alloc(256);
  const bits = type === 'uint8' ? 8 : 16;
  const numbers = [256, version, width, height, bits, 0, 0, binning, binning, pitch, 200, 50_000, frameHeader];
  for (const [i, number] of numbers.entries()) header.writeUInt32LE(number, 4 * i);
  header.write('TVIPS '.repeat(34), 52, 'latin1');
  return header;
}

/** Frames as a later part has them: without a header of the stream. */
export const tvipsFrames = ({ type, frames, frameHeader = 60, mode = 1, seconds = 1_600_000_000 }: MadeTvips): Buffer =>
  Buffer.concat(
    frames.flatMap((pixels, i) => {
      const header = Buffer.alloc(frameHeader);
      for (const [j, number] of [i, seconds, 250].entries()) header.writeUInt32LE(number, 4 * j);
      header.writeUInt32LE(mode, 24);
      return [header, pixelBytes(pixels, type)];
    }),
  );

/** The whole stream as one file. */
export const madeTvips = (made: MadeTvips): Uint8Array =>
  Uint8Array.from(Buffer.concat([tvipsHeader(made), tvipsFrames(made)]));
