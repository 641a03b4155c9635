/** Gzipped MRC files: whatever is read of a damaged one is what the one-shot decompressor makes of it. */

import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readPlainStack } from '../oracle/plain-mrc.ts';
import { anyChange, joined } from './changes.ts';
import { madeMrcFile } from './mrc.ts';
import { checkImage } from './reading.ts';
import type { Target } from './target.ts';

export const gzip: Target = {
  name: 'gzip',
  extension: '.gz',
  async make(random) {
    const level = random.between(0, 9);
    const content = madeMrcFile(random);
    const cut = random.chance(0.3) ? random.below(content.length) : content.length;
    const base = joined(gzipSync(content.subarray(0, cut), { level }), gzipSync(content.subarray(cut), { level }));
    return { base, changes: Array.from({ length: random.between(0, 2) }, () => anyChange(random)) };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'case.mrc.gz');
    fs.writeFileSync(file, bytes);
    return await checkImage(file, folder, () => {
      const plain = readPlainStack(gunzipSync(bytes));
      return plain && { ...plain, pixels: Float64Array.from(plain.pixels) };
    });
  },
};
