/** Writes the exposures of simulated sessions, all in one format. */

import path from 'node:path';
import { OutputFile } from '../../files/output-file.ts';
import { FORMATS } from '../../formats/index.ts';
import { permitImage } from '../../formats/ours.ts';
import { type Fill, type Pixels, writeImage } from '../../formats/write-image.ts';
import { GrowingArena } from '../../kernels/growing-arena.ts';
import { compileKernels, createMemory, instantiate } from '../../kernels/kernels.ts';
import type { WrittenFormat, WrittenType } from '../../model/exposure.ts';

/** Angstrom per pixel. */
const PIXEL_SIZE = 1.2;

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

export class Writer {
  /** With the dot. */
  readonly extension: string;
  readonly #format: WrittenFormat;
  readonly #label: string;
  readonly #growing: GrowingArena;

  /** `label`: at most 80 ASCII characters, what made the files. */
  constructor(format: WrittenFormat, label: string) {
    const memory = createMemory();
    this.#format = format;
    this.#label = label.slice(0, 80);
    this.#growing = new GrowingArena(instantiate(compileKernels(), memory), memory);
    this.extension = FORMATS[format].extensions[0]!;
  }

  /** Creates `file`, which must not be there yet. */
  async write<Type extends WrittenType>(
    file: string,
    shape: Shape,
    type: Type,
    fill: Fill<Pixels[Type]>,
  ): Promise<void> {
    await permitImage({ file, within: path.dirname(file), replaces: null, way: 'choose another folder' });
    const output = OutputFile.create(file);
    try {
      const image = {
        ...shape,
        ...{ path: file, type },
        carried: { pixelSize: PIXEL_SIZE, description: [] },
        // Without the version: the same options give the same bytes as long as the model stays.
        provenance: { software: 'darkroom simulate', lines: [this.#label] },
      };
      await writeImage(output, FORMATS[this.#format], image, this.#growing, fill);
    } finally {
      output.close();
    }
  }
}
