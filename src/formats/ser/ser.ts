/**
 * SER files (TIA on Tecnai and Titan), which are only read: a series of images becomes frames. What the EMI file beside
 * them says is metadata. The bottom row of the picture comes first.
 */

import type { OpenFile } from '../../files/input-file.ts';
import { PIXELS } from '../../model/exposure.ts';
import type { Format, Source } from '../format.ts';
import { inAngstrom } from '../length.ts';
import { starts } from '../signatures.ts';
import { stated } from '../stated.ts';
import { StoredRows } from '../stored-rows.ts';
import { besideSer } from './emi.ts';
import { countsIn, HEAD_BYTES, readSeries } from './series.ts';

const recognises = starts('II\x97\x01');

/** A larger pixel is none of a microscope: a diffraction pattern has 1/m here. */
const LARGEST_PIXEL = 1e-3;

function open(file: OpenFile): Source {
  const { type, width, height, frames, total, pixels, delta, seconds } = readSeries(file);
  const emi = besideSer(file.path);
  const pixelSize = emi.diffraction || delta > LARGEST_PIXEL ? undefined : inAngstrom(delta, 'm');
  const size = pixelSize === undefined ? {} : { pixelSize };
  const taken = seconds === null ? {} : { taken: 1000 * seconds, takenFrom: 'SER tag' };
  const notes = frames < total ? ['SER files with fewer images than were asked for: the series was ended early'] : [];
  const rowBytes = width * PIXELS[type].bytes;
  return new StoredRows(file, {
    exposure: {
      ...{ width, height, frames, format: 'ser', type, firstRow: 'bottom', notes },
      ...size,
      metadata: stated({ ...taken, ...size, ...emi }),
    },
    carried: { ...size, description: [] },
    littleEndian: true,
    at: (frame, row) => pixels[frame]! + row * rowBytes,
  });
}

export const ser: Format = {
  name: 'ser',
  titles: ['SER'],
  extensions: ['.ser'],
  recognises,
  // While a series is going on its header says how many images there are so far.
  grows: (head) => {
    if (head.length < HEAD_BYTES || !recognises(head)) return false;
    const { total, valid } = countsIn(head);
    return valid < total;
  },
  open: async (file) => open(file),
  description: async () => [],
};
