/**
 * MotionCor's list of defects (-DefectFile): one rectangle a line, `x y width height`. It counts from the lower left corner,
 * as the rows of an MRC file stand. It does not say how large the camera is.
 */

import { type ListFormat, linesOf, notUnderstood, wholes } from './format.ts';
import { badAreas, EMPTY, within } from './list.ts';

const EXPECTED = 'four whole numbers: x, y, width and height of a rectangle, the last two at least 1';

export const motioncor: ListFormat = {
  name: 'motioncor',
  said: "MotionCor's list of defects",
  extensions: [],
  recognises: (text) => {
    const [first] = linesOf(text);
    return first !== undefined && wholes(first.words) !== null;
  },
  async read(name, text) {
    const areas = linesOf(text).map(({ line, words }) => {
      const numbers = wholes(words);
      const [col, row, width, height] = numbers ?? [];
      if (numbers?.length !== 4 || width === 0 || height === 0)
        throw notUnderstood(name, line, words.join(' '), EXPECTED);
      return { col: col!, row: row!, width: width!, height: height!, line };
    });
    return { ...EMPTY, firstRow: 'bottom', areas };
  },
  // Comments are not known to all programs that read this.
  async write(list) {
    const size = list.size!;
    const turned = list.firstRow !== 'bottom';
    const lines = badAreas(list).flatMap((area) => {
      const inside = within(area, size);
      if (!inside) return [];
      const { col, row, width, height } = inside;
      return [`${col} ${turned ? size.height - row - height : row} ${width} ${height}\n`];
    });
    return lines.join('');
  },
};
