/**
 * HDF5 files, which are only read: EMD files of Velox and of openNCEM, and plain images and stacks of other programs. The
 * top row of the picture comes first. Files are read by our own reader, not by the library of The HDF Group: that gives
 * zeros for what is not written yet, and does not say where pixels stand.
 */

import type { OpenFile } from '../../files/input-file.ts';
import { type Choice, type Format, LARGEST, type Source } from '../format.ts';
import { starts } from '../signatures.ts';
import { refuseOversize } from '../stored-rows.ts';
import { choose } from './images.ts';
import { openPixels } from './pixels.ts';
import { BEGINS, Hdf5, SIGNATURE } from './structure.ts';
import { veloxMetadata } from './velox.ts';

function open(file: OpenFile, choice: Choice): Source {
  const hdf5 = new Hdf5(file);
  const image = choose(hdf5, choice);
  const { width, height, frames, numbers, axes, dataset, velox, path, number, of } = image;
  refuseOversize(file.path, { width, height, frames });
  const metadata = velox ? veloxMetadata(hdf5, file, path) : undefined;
  const size = metadata?.pixelSize === undefined ? {} : { pixelSize: metadata.pixelSize };
  const notes =
    of > 1 ? [`files with several images: the largest is read, such as image ${number}; --image chooses another`] : [];
  return openPixels(hdf5, file, dataset, {
    exposure: {
      ...{ width, height, frames, format: 'hdf5', type: numbers.type, firstRow: 'top', notes },
      ...size,
      ...(metadata && { metadata }),
    },
    carried: { ...size, description: [] },
    axes,
    numbers,
  });
}

export const hdf5: Format = {
  name: 'hdf5',
  titles: ['EMD', 'HDF5'],
  extensions: ['.emd', '.h5', '.hdf5'],
  recognises: (head) => BEGINS.some((at) => starts(SIGNATURE, at)(head)),
  open: async (file, choice = LARGEST) => open(file, choice),
  description: async () => [],
};
