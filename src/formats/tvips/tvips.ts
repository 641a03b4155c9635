/**
 * TVIPS streams (EM-MENU), which are only read: a header, then frames, each behind a header of its own, in one file or in
 * several (`files/parts.ts`), of which only the first has the header of the stream. All numbers are little-endian. The top
 * row of the picture comes first. TVIPS publishes no description: after RosettaSciIO.
 */

import type { OpenFile } from '../../files/input-file.ts';
import { readFully } from '../../files/input-file.ts';
import type { Arena } from '../../kernels/arena.ts';
import { type Exposure, PIXELS, type PixelType } from '../../model/exposure.ts';
import type { Metadata } from '../../model/metadata.ts';
import { Fault } from '../../model/outcome.ts';
import { FileCursor } from '../file-cursor.ts';
import type { Carried, Format, Source } from '../format.ts';
import { int32 } from '../signatures.ts';
import { stated } from '../stated.ts';
import { refuseOversize } from '../stored-rows.ts';

const HEADER_BYTES = 256;

/** Version 1 has headers of another length, which nobody has described. */
const VERSION = 2;

const TYPES: Readonly<Record<number, PixelType>> = { 8: 'uint8', 16: 'uint16' };

/** No camera has smaller pixels, nm. */
const SMALLEST_PITCH = 1000;

/** What a header of a frame holds at least, and at most. */
const FRAME_HEADER = { least: 60, most: 1 << 16 } as const;

/** What the header says is meant by `mode` in those of frames. */
const [IMAGE, DIFFRACTION] = [1, 2];

interface Header {
  readonly width: number;
  readonly height: number;
  readonly type: PixelType;
  readonly frameHeader: number;
  readonly binning: number;
  /** Side of a pixel of the camera, nm. */
  readonly pitch: number;
  readonly kilovolts: number;
  readonly magnification: number;
}

/** The length of the header, its version, bits per pixel. */
const recognises = (head: Uint8Array): boolean =>
  int32(head, 0) === HEADER_BYTES && [1, 2].includes(int32(head, 4)) && [8, 16].includes(int32(head, 16));

function headerOf(file: OpenFile): Header {
  const cursor = new FileCursor(file, 4, true);
  const version = cursor.uint32();
  if (version !== VERSION) {
    throw new Fault(
      'unsupported',
      `${file.path}: found a TVIPS stream of version ${version}, expected ${VERSION}; export its frames from EM-MENU as 16-bit TIFF`,
    );
  }
  const [width, height, bits] = [cursor.uint32(), cursor.uint32(), cursor.uint32()];
  // Offsets of the frame on the camera.
  cursor.skip(8);
  const binning = cursor.uint32();
  // Binning along y.
  cursor.skip(4);
  const pitch = cursor.uint32();
  const [kilovolts, magnification, frameHeader] = [cursor.uint32(), cursor.uint32(), cursor.uint32()];
  const type = TYPES[bits]!;
  if (width === 0 || height === 0 || frameHeader < FRAME_HEADER.least || frameHeader > FRAME_HEADER.most) {
    throw new Fault(
      'format',
      `${file.path}: found frames of ${width} x ${height} px behind ${frameHeader} bytes in a TVIPS stream; is it damaged?`,
    );
  }
  return { width, height, type, frameHeader, binning, pitch, kilovolts, magnification };
}

/** A stretch of frames in one file. */
interface Part {
  readonly file: OpenFile;
  /** Byte of its first frame's header. */
  readonly begin: number;
  readonly frames: number;
}

/** @throws Fault 'incomplete' where a file ends within a frame */
function partsOf(file: OpenFile, frameBytes: number): Part[] {
  return (file.parts ?? [file]).map((part, i) => {
    const begin = i === 0 ? HEADER_BYTES : 0;
    const frames = (part.size - begin) / frameBytes;
    if (Number.isInteger(frames) && frames > 0) return { file: part, begin, frames };
    throw new Fault(
      'incomplete',
      `${part.path}: found ${part.size} bytes, expected ${begin ? `${begin} and ` : ''}a multiple of ${frameBytes} (one frame); it is truncated or still being written: copy it again, or run again later`,
    );
  });
}

function metadataOf(file: OpenFile, { binning, pitch, kilovolts, magnification }: Header): Metadata {
  const cursor = new FileCursor(file, HEADER_BYTES + 4, true);
  const [seconds, milliseconds] = [cursor.uint32(), cursor.uint32()];
  cursor.skip(12);
  const mode = cursor.uint32();
  // Nobody has said whether the pitch is that of binned pixels, and HyperSpy writes the size in the specimen instead.
  const sure = mode === IMAGE && binning === 1 && pitch >= SMALLEST_PITCH && magnification > 0;
  const taken = seconds === 0 ? {} : { taken: 1000 * seconds + milliseconds, takenFrom: 'TVIPS frame header' };
  return stated({
    ...taken,
    pixelSize: sure ? (10 * pitch) / magnification : undefined,
    binning: binning || undefined,
    kilovolts: kilovolts || undefined,
    magnification: mode === IMAGE ? magnification || undefined : undefined,
    diffraction: mode === DIFFRACTION || undefined,
  });
}

class Stream implements Source {
  readonly exposure: Exposure;
  readonly carried: Carried = { description: [] };
  readonly #parts: readonly Part[];
  readonly #frameHeader: number;
  readonly #frameBytes: number;
  #arena: Arena | null = null;

  constructor(file: OpenFile) {
    const header = headerOf(file);
    const { width, height, type, frameHeader } = header;
    refuseOversize(file.path, { width, height, frames: 1 });
    this.#frameHeader = frameHeader;
    this.#frameBytes = frameHeader + width * height * PIXELS[type].bytes;
    this.#parts = partsOf(file, this.#frameBytes);
    const frames = this.#parts.reduce((sum, part) => sum + part.frames, 0);
    refuseOversize(file.path, { width, height, frames });
    const metadata = metadataOf(file, header);
    this.exposure = { width, height, frames, format: 'tvips', type, firstRow: 'top', notes: [], metadata };
  }

  prepare(arena: Arena): void {
    this.#arena = arena;
  }

  read(frame: number, row: number, rows: number, address: number): void {
    const { width, type } = this.exposure;
    const rowBytes = width * PIXELS[type].bytes;
    let before = 0;
    for (const { file, begin, frames } of this.#parts) {
      if (frame < before + frames) {
        const at = begin + (frame - before) * this.#frameBytes + this.#frameHeader + row * rowBytes;
        readFully(file, this.#arena!.bytes(address, rows * rowBytes), at);
        return;
      }
      before += frames;
    }
  }
}

export const tvips: Format = {
  name: 'tvips',
  titles: ['TVIPS'],
  extensions: ['.tvips'],
  recognises,
  // Nothing in it says how many frames there will be.
  grows: recognises,
  open: async (file) => new Stream(file),
  description: async () => [],
};
