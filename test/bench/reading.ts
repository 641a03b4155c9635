/** Reading TIFF against libtiff: both read a file and write it again uncompressed. */

import fs from 'node:fs';
import path from 'node:path';
import { openExposure } from '../../src/formats/index.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../src/kernels/kernels.ts';
import { noise } from '../../src/tools/simulate/noise.ts';
import { simulate } from '../../src/tools/simulate/session.ts';
import { grey, makeTiff } from '../formats/tiff/maker.ts';
import { call, installed } from './child.ts';
import type { Section, Stage } from './stage.ts';
import { fold, type Row } from './table.ts';
import { inTurns } from './turns.ts';

const WAYS = [
  { name: 'LZW, predictor', flags: 'lzw:2', from: 'exposure' },
  { name: 'Deflate, predictor', flags: 'zip:2', from: 'exposure' },
  { name: 'Zstandard, predictor', flags: 'zstd:2', from: 'exposure' },
  { name: 'LZW, movie of 50 frames of 8 bits', flags: 'lzw', from: 'movie' },
] as const;

export const read: Section = {
  name: 'read',
  describe: 'reading compressed TIFF against libtiff (tiffcp to uncompressed)',
  async run(stage) {
    const whats = WAYS.map(({ name }) => `reading TIFF: ${name}`);
    if (!installed('tiffcp')) return whats.map((what) => ({ what, missing: 'tiffcp is not installed' }));
    const plain = { exposure: await exposure(stage), movie: movie(stage) };
    const [packed, out] = [path.join(stage.folder, 'packed.tif'), path.join(stage.folder, 'plain.tif')];
    const rows: Row[] = [];
    for (const [i, { flags, from }] of WAYS.entries()) {
      try {
        call('tiffcp', '-c', flags, plain[from], packed);
      } catch {
        rows.push({ what: whats[i]!, missing: `tiffcp cannot write ${flags}` });
        continue;
      }
      const ours = rewriter(packed, out);
      const clean = (): void => fs.rmSync(out, { force: true });
      const duel = await inTurns(stage.pairs, ours, () => call('tiffcp', '-c', 'none', packed, out), clean);
      rows.push({
        what: whats[i]!,
        ms: duel.ours,
        bytes: fs.statSync(plain[from]).size,
        against: { name: 'tiffcp -c none', ms: duel.theirs, ratio: duel.ratio },
        target: { measured: duel.ratio, must: 2, aim: 1.2, shown: fold },
      });
    }
    return rows;
  },
};

/** A simulated exposure as uncompressed TIFF. */
export async function exposure({ folder, quick }: Stage): Promise<string> {
  const side = quick ? 1024 : 4096;
  const made = path.join(folder, 'tiff');
  const options = { count: 1, seed: 2007, dose: 500, format: 'tiff', darks: 0, brights: 0 } as const;
  await simulate(made, { ...options, width: side, height: side });
  return path.join(made, 'raw', 'exposure_0001.tif');
}

/** Counted electrons: mostly 0, some 1, few more. Frames of 2048 x 2048 px repeat one long row of noise, shifted. */
function movie({ folder, quick }: Stage): string {
  const side = quick ? 256 : 2048;
  const { poisson } = noise(2007, 8);
  const some = Uint8Array.from({ length: side * side + 50 * 997 }, () => poisson(0.6));
  const file = path.join(folder, 'movie.tif');
  const pages = Array.from({ length: 50 }, (_, frame) => ({
    fields: grey(side, side, 8),
    blocks: [some.subarray(frame * 997, frame * 997 + side * side)],
  }));
  fs.writeFileSync(file, makeTiff(pages));
  return file;
}

const BAND_BYTES = 1 << 20;

/** Reads with our source, in bands, and writes the bytes as they are: what `tiffcp -c none` does, without a process. */
function rewriter(file: string, out: string): () => Promise<void> {
  const memory = createMemory();
  const kernels = instantiate(compileKernels(), memory);
  let slot = { address: 0, bytes: 0 };
  return async () => {
    const { source, close } = await openExposure(file);
    const fd = fs.openSync(out, 'wx');
    try {
      const { width, height, frames, type } = source.exposure;
      const rowBytes = width * (type === 'uint8' ? 1 : 2);
      const most = Math.max(1, Math.floor(BAND_BYTES / rowBytes));
      let arena = new Arena(kernels, memory, slot);
      let address = arena.take(most * rowBytes);
      source.prepare(arena);
      if (arena.shortage > 0) {
        slot = { address: extend(memory, arena.shortage), bytes: arena.shortage };
        arena = new Arena(kernels, memory, slot);
        address = arena.take(most * rowBytes);
        source.prepare(arena);
      }
      for (let frame = 0; frame < frames; frame++) {
        for (let row = 0; row < height; row += most) {
          const rows = Math.min(most, height - row);
          await source.read(frame, row, rows, address);
          fs.writeSync(fd, arena.bytes(address, rows * rowBytes));
        }
      }
    } finally {
      fs.closeSync(fd);
      close();
    }
  };
}
