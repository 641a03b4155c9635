/** Flat-field: f = (raw - dark) * norm, so that an even beam gives an even image. */

import type { Step } from './step.ts';

export const flatField: Step<unknown> = {
  name: 'flat-field',
  stage: 'flatField',
  options: {},
  open(_options, { references, firstRow, geometry, arena }) {
    if (!references.dark && !references.norm) return null;
    let nonFinite = 0;
    return {
      ahead: 0,
      behind: 0,
      said: 'flat-field',
      work(line, row, rows) {
        for (let at = row; at < row + rows; at++) {
          const { dark, norm } = references.rows(at, firstRow, geometry.height);
          nonFinite += arena.kernels.flatField(line.address(at), dark, norm, geometry.width);
        }
      },
      counts: () => ({ nonFinite }),
    };
  },
};
