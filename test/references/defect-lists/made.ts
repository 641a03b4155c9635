/** Seeded lists of defects, and their plain definition: which pixels of an image they make bad. */

import type { Area, DefectList, Size } from '../../../src/references/defect-lists/list.ts';
import type { Random } from '../../fuzz/random.ts';

const all = Number.POSITIVE_INFINITY;

/** Columns, rows, parts of them, pixels, rectangles, and perhaps a usable area; some of them overlap. */
export function randomList(random: Random, { width, height }: Size): DefectList {
  const upTo = (end: number): number => random.below(end);
  const stretch = (end: number): [number, number] => {
    const first = upTo(end);
    return [first, random.between(1, end - first)];
  };
  const kinds: (() => Omit<Area, 'line'>)[] = [
    () => ({ col: upTo(width), row: 0, width: 1, height: all }),
    () => ({ col: 0, row: upTo(height), width: all, height: 1 }),
    () => ({ col: upTo(width), row: upTo(height), width: 1, height: 1 }),
    () => {
      const [[col, across], [row, down]] = [stretch(width), stretch(height)];
      return { col, row, width: Math.min(across, 4), height: Math.min(down, 9) };
    },
  ];
  const areas = Array.from({ length: random.below(12) }, () => ({ ...random.pick(kinds)(), line: 0 }));
  const usable = random.chance(0.4) ? usableIn(random, { width, height }) : null;
  const kept = random.chance(0.5) ? { K2Type: random.below(3), FalconType: 0, NumToAvgSuperRes: 0, WasScaled: 0 } : {};
  return {
    size: { width, height },
    firstRow: random.pick(['top', 'bottom'] as const),
    areas,
    usable,
    rotationAndFlip: random.below(8),
    kept,
  };
}

function usableIn(random: Random, { width, height }: Size): Omit<Area, 'line'> {
  const [col, row] = [random.below(Math.ceil(width / 4)), random.below(Math.ceil(height / 4))];
  return { col, row, width: random.between(1, width - col), height: random.between(1, height - row) };
}

/** 1 where a pixel is bad, rows in the list's order. */
export function drawn({ areas, usable }: DefectList, { width, height }: Size): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [col, row] = [i % width, Math.floor(i / width)];
    const inside = (area: Omit<Area, 'line'>): boolean =>
      col >= area.col && col < area.col + area.width && row >= area.row && row < area.row + area.height;
    return areas.some(inside) || (usable !== null && !inside(usable)) ? 1 : 0;
  });
}

export const turnedOver = (pixels: Uint8Array, { width, height }: Size): Uint8Array =>
  pixels.map((_, i) => pixels[(height - 1 - Math.floor(i / width)) * width + (i % width)]!);
