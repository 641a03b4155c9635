/** HDF5 files, in one piece and in chunks, of Velox and of others: their addresses, counts and types set to what hurts. */

import fs from 'node:fs';
import path from 'node:path';
import { type MadeDataset, madeHdf5, madeVelox } from '../made/hdf5.ts';
import type { SerType } from '../made/ser.ts';
import { anyChange, type Change, EDGES, number } from './changes.ts';
import type { Random } from './random.ts';
import { checkImage } from './reading.ts';
import type { Target } from './target.ts';

export const hdf5: Target = {
  name: 'hdf5',
  extension: '.emd',
  async make(random) {
    const changes = Array.from({ length: random.between(1, 3) }, () =>
      random.chance(0.8) ? numberChange(random) : anyChange(random),
    );
    return { base: madeFile(random), changes };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'case.emd');
    fs.writeFileSync(file, bytes);
    return await checkImage(file, folder, () => null);
  },
};

function madeFile(random: Random): Uint8Array {
  const type = random.pick<SerType>(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32']);
  const [width, height, frames] = [random.between(1, 40), random.between(1, 20), random.pick([1, 1, 2, 4])];
  const numbers = Array.from({ length: width * height * frames }, () => random.below(120));
  const velox = random.chance(0.4);
  const shape = velox ? [height, width, frames] : frames === 1 ? [height, width] : [frames, height, width];
  const way = random.pick([{}, { chunk: shape }, { chunk: shape.map((size) => Math.ceil(size / 2)) }]);
  const made: MadeDataset = { shape, type, numbers, ...way, deflate: 'chunk' in way && random.chance(0.5) };
  return velox ? madeVelox(made, { BinaryResult: { Detector: 'BM-Ceta' } }) : madeHdf5({ entry: { data: made } });
}

/** A number that is none of the pixels: it is one of few, or an address in the file. */
function numberChange(random: Random): Change {
  const [where, size] = [random.uniform(), random.pick([1, 2, 4, 8])];
  const [value, address] = [random.chance(0.5) ? random.below(40) : random.pick(EDGES), random.uniform()];
  const leads = random.chance(0.4);
  return (bytes) => {
    const set = Array.from({ length: bytes.length / 8 }, (_, i) => 8 * i).filter((at) => bytes[at] !== 0);
    const at = set[Math.floor(where * set.length)] ?? 0;
    return number(bytes, at, leads ? 8 : size, leads ? 8 * Math.floor((address * bytes.length) / 8) : value, true);
  };
}
