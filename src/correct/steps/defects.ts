/**
 * Defects: bad pixels become the median of the good ones around them, bad columns and rows are interpolated between their
 * good neighbours. First pixels, then columns, then rows: good pixels feed bad ones, never the other way round. Raw pixels
 * of floating point that are no finite numbers are bad pixels of their exposure.
 */

import { PIXELS } from '../../model/exposure.ts';
import type { OptionTable } from '../../model/option.ts';
import type { Turn } from '../../references/turns.ts';
import type { LineBuffer } from '../line-buffer.ts';
import { orientation } from './flat-field.ts';
import { MOST_LOST, type Step } from './step.ts';

interface DefectsOptions {
  /** See `Treatment`. */
  readonly defectsOrientation: Turn;
}

const options: OptionTable = {
  defects: {
    kind: 'files',
    fallback: [],
    group: 'References',
    describe:
      'bad pixels, rows and columns: an image of 0 (good) and 1 (bad), or a list (SerialEM, MotionCor, Thermo XML, YAML); given several times, all count',
    synonyms: ['badpixels', 'badpixelmap', 'defectmap', 'defectfile', 'hotpixels', 'mask'],
  },
  defectsOrientation: orientation('the maps and lists of defects'),
};

/** Half the largest neighbourhood: how far a lost pixel may have to look, rows. */
const FARTHEST = 9;

/** So many lost pixels are repaired in any exposure; of more, only what may still be published. */
const ALWAYS_REPAIRED = 1 << 16;

export const defects: Step<DefectsOptions, 'defects'> = {
  name: 'defects',
  stage: 'defects',
  options,
  contradictions: [
    [
      ({ defectsOrientation, defects: given }) => (defectsOrientation ?? 'none') !== 'none' && given === undefined,
      '--defects-orientation turns the map of defects, but none is given; give --defects, or leave it out',
    ],
  ],
  // Dead pixels of the other references join the map.
  references: ['dark', 'bright', 'norm', 'defects'],
  replacesLost: 'the median of their neighbours',
  // As none it leaves the keys of exposures that are finished as they are.
  key: ({ defectsOrientation = 'none' }) => (defectsOrientation === 'none' ? {} : { defectsOrientation }),
  open(_options, { read, references, firstRow, geometry, arena, tally }) {
    const map = references.defects;
    const floats = PIXELS[read].highest === Number.POSITIVE_INFINITY;
    if (!map && !floats) return null;
    const { width, height, frames } = geometry;
    const turned = references.turned(firstRow);
    const { kernels } = arena;
    const state = arena.take(kernels.repairBytes());
    const most = Math.max(ALWAYS_REPAIRED, MOST_LOST * width * height * frames);
    const reach = Math.max(map?.reach ?? 0, floats ? FARTHEST : 0);
    const longestRows = map?.longestRows ?? 0;
    let repaired = 0;
    let beyondHelp = 0; // lost pixels that no good one is near
    let pixelsDone = 0; // rows of this frame whose bad pixels and columns are repaired

    const mapRowOf = (at: number): number => (turned ? height - 1 - at : at);

    const openRepair = (line: LineBuffer): void => {
      const { mask, maskStride, starts, columns, radii } = map?.layout ?? NO_MAP;
      kernels.openRepair(state, line.layout, mask, maskStride, starts, columns, radii, turned);
    };

    const pixelsOf = (line: LineBuffer, at: number): void => {
      const address = line.address(at);
      const near = floats && line.lacks(at - FARTHEST, at + FARTHEST) && tally.nonFinite <= most;
      repaired += kernels.repairPixels(state, address, at, near);
      if (near && line.lacks(at, at)) beyondHelp += kernels.repairLost(state, address, at);
    };

    const columnsOf = (line: LineBuffer, at: number): void => {
      if (!map || map.isBadRow(mapRowOf(at))) return;
      for (const [first, last] of map.columnBlocks) {
        kernels.repairColumns(line.address(at), first, last, width);
        repaired += last - first + 1;
      }
    };

    const rowOf = (line: LineBuffer, at: number): void => {
      const block = map?.rowBlock(mapRowOf(at));
      if (!map || !block) return;
      const [first, last] = turned ? [height - 1 - block[1], height - 1 - block[0]] : block;
      const above = line.address(first > 0 ? first - 1 : last + 1);
      const below = line.address(last < height - 1 ? last + 1 : first - 1);
      for (const [left, right] of map.spans) {
        const columns = right - left + 1;
        const from = 4 * left;
        const [part, parts] = [at - first + 1, last - first + 2];
        kernels.repairRow(line.address(at) + from, above + from, below + from, part, parts, columns);
        repaired += columns;
      }
    };

    return {
      ahead: reach + longestRows,
      behind: Math.max(reach, longestRows) + 1,
      label: map ? `defects ${map.pixels}` : '',
      work(line, row, rows) {
        if (row === 0) {
          pixelsDone = 0;
          openRepair(line);
          if (map) {
            const { mask, maskStride: stride } = map.layout;
            line.repaired = turned
              ? { address: mask + (height - 1) * stride, stride: -stride }
              : { address: mask, stride };
          }
        }
        const until = Math.min(height, row + rows + longestRows);
        for (; pixelsDone < until; pixelsDone++) {
          pixelsOf(line, pixelsDone);
          columnsOf(line, pixelsDone);
        }
        for (let at = row; at < row + rows; at++) rowOf(line, at);
      },
      counts: () => ({ defects: repaired, unrepaired: (map?.pixels ?? 0) * frames - repaired + beyondHelp }),
    };
  },
};

/** As the kernel wants it. */
const NO_MAP = { mask: 0, maskStride: 0, starts: 0, columns: 0, radii: 0 } as const;
