/**
 * Defects: bad pixels become the median of the good ones around them, bad columns and rows are interpolated between their
 * good neighbours. First pixels, then columns, then rows: good pixels feed bad ones, never the other way round.
 */

import type { OptionTable } from '../option.ts';
import type { Step } from './step.ts';

const options: OptionTable = {
  defects: {
    kind: 'file',
    fallback: null,
    group: 'References',
    describe: 'map of bad pixels, rows and columns: an image of 0 (good) and 1 (bad)',
  },
};

export const defects: Step<unknown> = {
  name: 'defects',
  stage: 'defects',
  options,
  open(_options, { references, firstRow, geometry, bench }) {
    const map = references.defects;
    if (!map) return null;
    const { width, height } = geometry;
    const turned = references.turned(firstRow);
    const values = bench.take(361 * 4);
    const { kernels } = bench;
    let repaired = 0;
    let pixelsDone = 0; // rows of this frame whose bad pixels and columns are repaired

    const pixelsAndColumns = (at: number, address: number, stride: number): void => {
      const mapRow = turned ? height - 1 - at : at;
      const { columns, radii, count, mask } = map.row(mapRow);
      const step = turned ? -map.maskStride : map.maskStride;
      if (count > 0)
        repaired += kernels.repairPixels(address, stride, at, height, width, columns, radii, count, mask, step, values);
      if (map.isBadRow(mapRow)) return;
      for (const [first, last] of map.columnBlocks) {
        kernels.repairColumns(address, first, last, width);
        repaired += last - first + 1;
      }
    };

    return {
      ahead: map.reach + map.longestRows,
      behind: Math.max(map.reach, map.longestRows) + 1,
      said: `defects ${map.pixels}`,
      work(line, row, rows) {
        if (row === 0) pixelsDone = 0;
        const until = Math.min(height, row + rows + map.longestRows);
        for (; pixelsDone < until; pixelsDone++) pixelsAndColumns(pixelsDone, line.address(pixelsDone), line.stride);
        for (let at = row; at < row + rows; at++) {
          const block = map.rowBlock(turned ? height - 1 - at : at);
          if (!block) continue;
          const [first, last] = turned ? [height - 1 - block[1], height - 1 - block[0]] : block;
          const above = line.address(first > 0 ? first - 1 : last + 1);
          const below = line.address(last < height - 1 ? last + 1 : first - 1);
          for (const [left, right] of map.spans) {
            const columns = right - left + 1;
            const from = 4 * left;
            kernels.repairRow(
              line.address(at) + from,
              above + from,
              below + from,
              at - first + 1,
              last - first + 2,
              columns,
            );
            repaired += columns;
          }
        }
      },
      counts: () => ({ defects: repaired, unrepaired: map.hopeless * geometry.frames }),
    };
  },
};
