/**
 * A list of defects: rectangles of bad pixels of a camera, whatever the format that they are written in.
 *
 * Columns and rows are counted from 0. `firstRow` says where row 0 is in the picture.
 */

import type { FirstRow } from '../../model/exposure.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of bad pixels. `width` and `height` may be infinite: up to the border. */
export interface Area {
  readonly col: number;
  readonly row: number;
  readonly width: number;
  readonly height: number;
  /** Line of the file that says so; 0: it came from a mask. */
  readonly line: number;
}

export interface DefectList {
  /** Of the camera whose pixels are counted; null: the list does not say. */
  readonly size: Size | null;
  readonly firstRow: FirstRow;
  readonly areas: readonly Area[];
  /** What is outside is bad; null: all of the camera can be used. */
  readonly usable: Omit<Area, 'line'> | null;
  /** SerialEM's RotationAndFlip of the images in which the pixels were counted, 0 to 7. */
  readonly rotationAndFlip: number;
  /** What SerialEM's file says besides, such as K2Type: kept for writing it again. */
  readonly kept: Readonly<Record<string, number>>;
}

export const EMPTY: DefectList = {
  size: null,
  firstRow: 'top',
  areas: [],
  usable: null,
  rotationAndFlip: 0,
  kept: {},
};

/** What is bad: the areas, and all that is outside the usable one. */
export function badAreas({ areas, usable }: DefectList): Area[] {
  if (usable === null) return [...areas];
  const { col, row, width, height } = usable;
  const all = Number.POSITIVE_INFINITY;
  const outside = [
    { col: 0, row: 0, width: col, height: all },
    { col: col + width, row: 0, width: all, height: all },
    { col: 0, row: 0, width: all, height: row },
    { col: 0, row: row + height, width: all, height: all },
  ];
  return [
    ...areas,
    ...outside.filter((each) => each.width > 0 && each.height > 0).map((each) => ({ ...each, line: 0 })),
  ];
}

/** The part of an area that lies in an image; null: there is none. */
export function within<Each extends Omit<Area, 'line'>>(area: Each, { width, height }: Size): Each | null {
  const [col, row] = [Math.max(0, area.col), Math.max(0, area.row)];
  const right = Math.min(width, area.col + area.width);
  const bottom = Math.min(height, area.row + area.height);
  return right > col && bottom > row ? { ...area, col, row, width: right - col, height: bottom - row } : null;
}
