/** The usable area of a camera, as `--usable-area` says it: what is outside is in the shadow of something, or dead. */

import { Refusal } from '../../model/outcome.ts';
import type { Area, Size } from '../../references/defect-lists/list.ts';

export type Usable = Omit<Area, 'line'>;

/** `16,16,4079,4079`: first column, first row, last column, last row, from 0 and as they are stored. Null: it is not that. */
export function usableFrom(text: string): Usable | null {
  const numbers = text.split(',').map((word) => (/^\s*\d{1,6}\s*$/.test(word) ? Number(word) : Number.NaN));
  const [left, top, right, bottom] = numbers as [number, number, number, number];
  if (numbers.length !== 4 || !(left <= right && top <= bottom)) return null;
  return { col: left, row: top, width: right - left + 1, height: bottom - top + 1 };
}

/** @throws Refusal when it leaves the image */
export function refuseOutside({ col, row, width, height }: Usable, size: Size): void {
  if (col + width <= size.width && row + height <= size.height) return;
  throw new Refusal(
    `--usable-area: found column ${col + width - 1}, row ${row + height - 1}, expected pixels of ${size.width} x ${size.height} px`,
  );
}

export const isInside = ({ col, row, width, height }: Usable, x: number, y: number): boolean =>
  x >= col && x < col + width && y >= row && y < row + height;
