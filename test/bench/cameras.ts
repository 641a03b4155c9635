/** Reading what cameras write against uncompressed MRC: the same pixels, read in bands as the pipeline reads them. */

import fs from 'node:fs';
import path from 'node:path';
import { openExposure } from '../../src/formats/index.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../src/kernels/kernels.ts';
import { PIXELS } from '../../src/model/exposure.ts';
import { noise } from '../../src/tools/simulate/noise.ts';
import { CAMERA_FILES } from '../made/cameras.ts';
import { madeDmFile } from '../made/dm.ts';
import type { Section } from './stage.ts';
import { fold, type Row } from './table.ts';
import { inTurns } from './turns.ts';

const NAMES: Readonly<Record<string, string>> = {
  dm3: 'DM3, little-endian',
  dm4: 'DM4, little-endian',
  ser: 'SER',
  tvips: 'TVIPS',
  emd: 'EMD of Velox',
};

export const cameras: Section = {
  name: 'cameras',
  describe: 'reading DM3, DM4, SER, TVIPS and EMD against uncompressed MRC',
  async run(stage) {
    const side = stage.quick ? 1024 : 4096;
    const { uniform } = noise(2007, 9);
    const some = Uint16Array.from({ length: side * 64 }, () => Math.floor(65_536 * uniform()));
    const pixels = Uint16Array.from({ length: side * side }, (_, i) => some[i % some.length]!);
    const write = (extension: string): string => {
      const file = path.join(stage.folder, `camera.${extension}`);
      const size = { width: side, height: side };
      // Cameras write little-endian files; big-endian ones take the swap of their bytes longer.
      const dm4 = (): Uint8Array =>
        madeDmFile([{ type: 'uint16', dimensions: [side, side], pixels }], { version: 4, littleEndian: true });
      fs.writeFileSync(file, extension === 'dm4' ? dm4() : CAMERA_FILES[extension]!({ ...size, pixels }));
      return file;
    };
    const mrc = reader(write('mrc'));
    const rows: Row[] = [];
    for (const [extension, name] of Object.entries(NAMES)) {
      const file = write(extension);
      const { ours, theirs, ratio } = await inTurns(stage.pairs, reader(file), mrc);
      rows.push({
        what: `reading ${name}, processor time`,
        ms: ours,
        bytes: 2 * side * side,
        against: { name: 'uncompressed MRC', ms: theirs, ratio },
        target: { measured: ratio, must: 1.5, aim: 1.1, shown: fold },
      });
      fs.rmSync(file);
    }
    return rows;
  },
};

const BAND_BYTES = 1 << 20;

/** Opens an exposure and reads all rows into memory that stays, from the cache of the system; ms of the processor. */
function reader(file: string): () => Promise<number> {
  const memory = createMemory();
  const kernels = instantiate(compileKernels(), memory);
  const bytes = 4 * BAND_BYTES;
  const slot = { address: extend(memory, bytes), bytes };
  return async () => {
    const before = process.cpuUsage();
    const { source, close } = await openExposure(file);
    try {
      const { width, height, frames, type } = source.exposure;
      const most = Math.max(1, Math.floor(BAND_BYTES / (width * PIXELS[type].bytes)));
      const arena = new Arena(kernels, memory, slot);
      const address = arena.take(BAND_BYTES);
      source.prepare(arena);
      for (let frame = 0; frame < frames; frame++) {
        for (let row = 0; row < height; row += most)
          await source.read(frame, row, Math.min(most, height - row), address);
      }
    } finally {
      close();
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}
