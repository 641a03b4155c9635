/** Flat-field: f = (raw - dark) * norm, so that an even beam gives an even image. */

import type { Step } from './step.ts';

export const flatField: Step<unknown, 'flat-field'> = {
  name: 'flat-field',
  stage: 'flatField',
  options: {},
  references: ['dark', 'bright', 'norm', 'bias'],
  key: () => ({}),
  open(_options, { references, firstRow, geometry, arena }) {
    if (!references.dark && !references.norm) return null;
    let nonFinite = 0;
    return {
      ahead: 0,
      behind: 0,
      label: 'flat-field',
      applied: [...(references.dark ? (['dark'] as const) : []), ...(references.norm ? (['norm'] as const) : [])],
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
