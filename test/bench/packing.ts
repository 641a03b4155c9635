/** Writing compressed TIFF against libtiff: both read an uncompressed exposure and write it packed, on one core. */

import fs from 'node:fs';
import path from 'node:path';
import { OutputFile } from '../../src/files/output-file.ts';
import type { Compression } from '../../src/formats/format.ts';
import { openExposure } from '../../src/formats/index.ts';
import { tiff } from '../../src/formats/tiff/tiff.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../src/kernels/kernels.ts';
import { call, installed } from './child.ts';
import { exposure } from './reading.ts';
import type { Section } from './stage.ts';
import { fold, type Row } from './table.ts';
import { inTurns } from './turns.ts';

const WAYS = [
  { name: 'LZW', compression: 'lzw', flags: 'lzw' },
  { name: 'Deflate', compression: 'deflate', flags: 'zip' },
  { name: 'Zstandard', compression: 'zstd', flags: 'zstd' },
] as const;

export const pack: Section = {
  name: 'pack',
  describe: 'writing compressed TIFF against libtiff (tiffcp from uncompressed)',
  async run(stage) {
    const whats = WAYS.map(({ name }) => `writing TIFF: ${name}`);
    if (!installed('tiffcp')) return whats.map((what) => ({ what, missing: 'tiffcp is not installed' }));
    const plain = await exposure(stage);
    const out = path.join(stage.folder, 'packed.tif');
    const rows: Row[] = [];
    for (const [i, { compression, flags }] of WAYS.entries()) {
      const sizes = { ours: 0, theirs: 0 };
      const ours = packer(plain, out, compression);
      const theirs = (): void => call('tiffcp', '-c', flags, plain, out);
      const clean = (): void => fs.rmSync(out, { force: true });
      try {
        theirs();
        sizes.theirs = fs.statSync(out).size;
      } catch {
        rows.push({ what: whats[i]!, missing: `tiffcp cannot write ${flags}` });
        continue;
      }
      clean();
      await ours();
      sizes.ours = fs.statSync(out).size;
      const duel = await inTurns(stage.pairs, ours, theirs, clean);
      rows.push({
        what: `${whats[i]!}, ${(sizes.ours / 1e6).toFixed(1)} MB (tiffcp ${(sizes.theirs / 1e6).toFixed(1)} MB)`,
        ms: duel.ours,
        bytes: fs.statSync(plain).size,
        against: { name: `tiffcp -c ${flags}`, ms: duel.theirs, ratio: duel.ratio },
        target: { measured: duel.ratio, must: 1, aim: 0.5, shown: fold },
      });
    }
    return rows;
  },
};

const BAND_BYTES = 1 << 20;

/** Reads with our source, in bands, and writes with our sink. */
function packer(file: string, out: string, compression: Compression): () => Promise<void> {
  const memory = createMemory();
  const kernels = instantiate(compileKernels(), memory);
  const slot = { address: extend(memory, 64 << 20), bytes: 64 << 20 };
  return async () => {
    const { source, close } = await openExposure(file);
    const output = OutputFile.create(out);
    try {
      const { width, height, frames } = source.exposure;
      const most = Math.max(1, Math.floor(BAND_BYTES / (2 * width)));
      const arena = new Arena(kernels, memory, slot);
      const address = arena.take(most * 2 * width);
      source.prepare(arena);
      const plan = { width, height, frames, path: out, type: 'uint16', turned: false } as const;
      const provenance = { software: 'darkroom bench', lines: ['packed'] };
      const sink = tiff.create(output, { ...plan, compression, carried: source.carried, provenance });
      sink.prepare(arena);
      if (arena.shortage > 0) throw new Error('the slot is too small');
      for (let row = 0; row < height; row += most) {
        const rows = Math.min(most, height - row);
        await source.read(0, row, rows, address);
        await sink.write(0, row, rows, address);
      }
      await sink.finish({ min: 0, max: 0, mean: 0, deviation: 0 });
    } finally {
      output.close();
      close();
    }
  };
}
