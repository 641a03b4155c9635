/**
 * Definition of the repair of defects. The map is 1 where a pixel is bad. A row or column that is bad from end to end is a
 * bad line; any other bad pixel stands alone. Pixels that were no finite numbers in the raw are lost: each is a bad pixel of
 * this exposure that stands alone, unless the map has it already. Good pixels are never changed.
 */

import { copyOf, type Image } from './image.ts';

/** Side of the largest neighbourhood that a pixel is repaired from, and lines in the widest block that is bridged. */
const REACH = 19;

export interface Repaired {
  readonly image: Image;
  /** Pixels of the map that got a new value; those that were lost are counted where they were read. */
  readonly defects: number;
  /** Bad pixels that got none: they keep their value, lost ones outside bad lines become 0. */
  readonly unrepaired: number;
}

/** First single pixels, then columns, then rows: each step reads what the one before it left. `lost`: 1 where a pixel is. */
export function repairDefects(image: Image, map: Image<Uint8Array>, lost?: Uint8Array): Repaired {
  const { width, height } = image;
  const isBad = (row: number, col: number): boolean => map.pixels[row * width + col] === 1;
  const good = Uint8Array.from(map.pixels, (bad, i) => (bad === 1 || lost?.[i] === 1 ? 0 : 1));
  const badRow = upTo(height).map((row) => upTo(width).every((col) => isBad(row, col)));
  const badCol = upTo(width).map((col) => upTo(height).every((row) => isBad(row, col)));
  const rowBridges = bridges(badRow);
  const colBridges = bridges(badCol);

  const singles = copyOf(image);
  let defects = 0;
  let unrepaired = 0;
  for (const row of upTo(height)) {
    for (const col of upTo(width)) {
      const i = row * width + col;
      if (good[i] === 1) continue;
      if (isBad(row, col) && (badRow[row] || badCol[col])) {
        const bridged = badRow[row]
          ? rowBridges.has(row) && (!badCol[col] || colBridges.has(col))
          : colBridges.has(col);
        if (!bridged) unrepaired++;
        continue;
      }
      const value = medianOfGood(image, good, row, col);
      if (value !== null) singles.pixels[i] = value;
      else if (lost?.[i] === 1) singles.pixels[i] = 0;
      if (value === null) unrepaired++;
      else if (isBad(row, col)) defects++;
    }
  }

  const columns = copyOf(singles);
  for (const [col, bridge] of colBridges) {
    for (const row of upTo(height).filter((row) => !badRow[row])) {
      columns.pixels[row * width + col] = between(bridge, col, (at) => singles.pixels[row * width + at]!);
      defects++;
    }
  }

  const rows = copyOf(columns);
  for (const [row, bridge] of rowBridges) {
    for (const col of upTo(width)) {
      // Where a bad row crosses columns that are too many to bridge, nothing good stands above or below.
      if (badCol[col] && !colBridges.has(col)) continue;
      rows.pixels[row * width + col] = between(bridge, row, (at) => columns.pixels[at * width + col]!);
      defects++;
    }
  }
  return { image: rows, defects, unrepaired };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The nearest good lines on either side of a block of bad ones; null beyond the border. */
interface Bridge {
  readonly before: number | null;
  readonly after: number | null;
}

/** For each bad line that can be bridged: between which lines. Blocks wider than REACH, or without a good side, are left out. */
function bridges(bad: readonly boolean[]): Map<number, Bridge> {
  const found = new Map<number, Bridge>();
  for (let first = 0; first < bad.length; first++) {
    if (!bad[first]) continue;
    let end = first;
    while (end < bad.length && bad[end]) end++;
    const bridge = { before: first > 0 ? first - 1 : null, after: end < bad.length ? end : null };
    if (end - first <= REACH && (bridge.before !== null || bridge.after !== null)) {
      for (let line = first; line < end; line++) found.set(line, bridge);
    }
    first = end;
  }
  return found;
}

/** Linear in double, rounded once to float32; copied where only one side is there. */
function between({ before, after }: Bridge, at: number, value: (line: number) => number): number {
  if (before === null) return value(after!);
  if (after === null) return value(before);
  const left = value(before);
  const right = value(after);
  return Math.fround(left + ((right - left) * (at - before)) / (after - before));
}

/** Median of the good pixels in 3 x 3, if there are none in 5 x 5, and so on to 19 x 19; null when all are bad. */
function medianOfGood(image: Image, isGood: Uint8Array, row: number, col: number): number | null {
  for (let half = 1; half <= (REACH - 1) / 2; half++) {
    const good: number[] = [];
    for (let r = Math.max(0, row - half); r <= Math.min(image.height - 1, row + half); r++) {
      for (let c = Math.max(0, col - half); c <= Math.min(image.width - 1, col + half); c++) {
        const i = r * image.width + c;
        if (isGood[i] === 1) good.push(image.pixels[i]!);
      }
    }
    if (good.length === 0) continue;
    good.sort((a, b) => a - b);
    const middle = good.length >> 1;
    return good.length % 2 === 1 ? good[middle]! : Math.fround((good[middle - 1]! + good[middle]!) / 2);
  }
  return null;
}
