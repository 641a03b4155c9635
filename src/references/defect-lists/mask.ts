/** A list of defects becomes a mask, and a mask becomes a list. */

import type { FirstRow } from '../../model/exposure.ts';
import { Refusal } from '../../model/outcome.ts';
import { DefectMask } from '../defects.ts';
import { type Area, badAreas, type DefectList, EMPTY, within } from './list.ts';

/** Marks what is bad. `turned`: row 0 of the mask is the last one of the list. The list's size is that of the mask. */
export function markList(mask: DefectMask, list: DefectList, turned: boolean): void {
  for (const area of badAreas(list)) {
    const inside = within(area, mask);
    if (!inside) continue;
    for (let row = inside.row; row < inside.row + inside.height; row++) {
      const at = turned ? mask.height - 1 - row : row;
      for (let col = inside.col; col < inside.col + inside.width; col++) mask.mark(at, col);
    }
  }
}

/** The mask of a list in its own order of rows. @throws Refusal when the list does not say the size of its camera */
export function maskOf(name: string, list: DefectList): DefectMask {
  const { size } = list;
  if (size === null)
    throw new Refusal(
      `${name}: it does not say how large the image is; name an exposure or a reference with --like FILE`,
    );
  const mask = new DefectMask(size.width, size.height);
  markList(mask, list, false);
  return mask;
}

/** The fewest rectangles that are easily found: whole columns and rows, then runs that follow one another unchanged. */
export function listOf(mask: DefectMask, firstRow: FirstRow): DefectList {
  const { width, height } = mask;
  const all = Number.POSITIVE_INFINITY;
  const badCol = Array.from({ length: width }, (_, col) => {
    for (let row = 0; row < height; row++) if (!mask.has(row, col)) return false;
    return height > 0;
  });
  const areas: Area[] = [];
  for (let col = 0; col < width; col++) if (badCol[col]) areas.push({ col, row: 0, width: 1, height: all, line: 0 });
  if (badCol.every(Boolean)) return { ...EMPTY, size: { width, height }, firstRow, areas };
  // Runs of the row above that may go on.
  let open = new Map<string, { col: number; row: number; width: number; height: number }>();
  const close = (run: { col: number; row: number; width: number; height: number }): void => {
    areas.push({ ...run, line: 0 });
  };
  for (let row = 0; row < height; row++) {
    const next: typeof open = new Map();
    const runs = runsOf(mask, row, badCol);
    if (isWhole(mask, row)) areas.push({ col: 0, row, width: all, height: 1, line: 0 });
    else
      for (const [col, count] of runs) {
        const key = `${col} ${count}`;
        const above = open.get(key);
        open.delete(key);
        next.set(key, above ? { ...above, height: above.height + 1 } : { col, row, width: count, height: 1 });
      }
    for (const run of open.values()) close(run);
    open = next;
  }
  for (const run of open.values()) close(run);
  return { ...EMPTY, size: { width, height }, firstRow, areas };
}

function isWhole(mask: DefectMask, row: number): boolean {
  for (let col = 0; col < mask.width; col++) if (!mask.has(row, col)) return false;
  return true;
}

/** Stretches of bad pixels that are not in bad columns: first column and length. */
function runsOf(mask: DefectMask, row: number, badCol: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  for (let byte = 0; byte < mask.stride; byte++) {
    if (mask.bits[row * mask.stride + byte] === 0) continue;
    for (let col = byte * 8; col < Math.min(mask.width, byte * 8 + 8); col++) {
      if (!mask.has(row, col) || badCol[col]) continue;
      const last = runs.at(-1);
      if (last && last[0] + last[1] === col) last[1]++;
      else runs.push([col, 1]);
    }
  }
  return runs;
}
