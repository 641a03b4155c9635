/**
 * The references as all threads see them: dark, norm and defects in the shared memory, described by a plain layout that
 * crosses into workers. How they get there is `load.ts`.
 */

import type { FirstRow } from '../model/exposure.ts';
import type { ReferenceFile } from '../model/reference-file.ts';
import { type DefectLayout, DefectMap } from './defects.ts';

export type { ReferenceFile } from '../model/reference-file.ts';

/** Where references are; null: there is none. There may be several maps and lists of defects: all count. */
export interface ReferencePaths extends Readonly<Record<'dark' | 'bright' | 'norm', string | null>> {
  readonly defects: string | readonly string[] | null;
  /** The dark at no exposure time, which does not grow with it; absent as long as nobody gives one. */
  readonly bias?: string | null;
}

/** One by one, in the order in which they are read. */
export const referenceFiles = (paths: ReferencePaths): { role: ReferenceFile['role']; file: string }[] =>
  (['dark', 'bright', 'norm', 'bias', 'defects'] as const).flatMap((role) =>
    [paths[role] ?? []].flat().map((file) => ({ role, file })),
  );

/** Addresses in the shared memory; rows are float32, `stride` bytes apart; 0 where there is none. */
export interface ReferenceLayout {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  /** The order in which their rows stand in memory; null: that of the exposure, whatever it is. */
  readonly firstRow: FirstRow | null;
  readonly dark: number;
  readonly norm: number;
  /** A row of zeros and a row of ones, for the reference that is missing. */
  readonly zeros: number;
  readonly ones: number;
  readonly defects: DefectLayout | null;
  readonly files: readonly ReferenceFile[];
}

export const NO_REFERENCES: ReferenceLayout = {
  width: 0,
  height: 0,
  stride: 0,
  firstRow: null,
  dark: 0,
  norm: 0,
  zeros: 0,
  ones: 0,
  defects: null,
  files: [],
};

export class References {
  readonly layout: ReferenceLayout;
  readonly defects: DefectMap | null;

  constructor(layout: ReferenceLayout) {
    this.layout = layout;
    this.defects = layout.defects && new DefectMap(layout.defects);
  }

  get dark(): boolean {
    return this.layout.dark > 0;
  }

  get norm(): boolean {
    return this.layout.norm > 0;
  }

  /** Whether an exposure of this order meets the references upside down. */
  turned(firstRow: FirstRow): boolean {
    return this.layout.firstRow !== null && this.layout.firstRow !== firstRow;
  }

  /** Addresses of the dark and the norm that belong to stored row `row` of an exposure. */
  rows(row: number, firstRow: FirstRow, height: number): { dark: number; norm: number } {
    const { dark, norm, stride, zeros, ones } = this.layout;
    const at = (this.turned(firstRow) ? height - 1 - row : row) * stride;
    return { dark: dark ? dark + at : zeros, norm: norm ? norm + at : ones };
  }

  /** The same for all rows of an exposure. */
  rowsFrom(firstRow: FirstRow, height: number): ReferenceRows {
    const { dark, norm, stride } = this.layout;
    const turned = this.turned(firstRow);
    const first = turned ? height - 1 : 0;
    const turn = turned ? -1 : 1;
    const at = first * stride;
    return { dark: dark && dark + at, norm: norm && norm + at, step: turn * stride, first, turn };
  }
}

/** Where the references have the rows of an exposure. */
export interface ReferenceRows {
  /** Addresses of what belongs to its row 0; 0 where there is none. The next rows follow `step` bytes apart. */
  readonly dark: number;
  readonly norm: number;
  readonly step: number;
  /** The number of that row there; the next ones are `turn` apart. */
  readonly first: number;
  readonly turn: 1 | -1;
}

/** The sizes that such a message tells, "4096 x 4096"; null for another message. */
export function misfitIn(message: string): { readonly exposure: string; readonly references: string } | null {
  const [, exposure, references] =
    /found (\d+ x \d+) px, the references have (\d+ x \d+(?:, \d+ x \d+)*)/.exec(message) ?? [];
  return exposure === undefined || references === undefined ? null : { exposure, references };
}

/**
 * Why references of one size do not fit exposures of another, with the figures, or null when they do. Camera software
 * turns images by 90 degrees and bins them: both are said by name.
 */
export function misfit(
  reference: { readonly width: number; readonly height: number },
  exposure: { readonly width: number; readonly height: number },
): string | null {
  const { width, height } = reference;
  if (width === exposure.width && height === exposure.height) return null;
  const sizes = `found ${exposure.width} x ${exposure.height} px, the references have ${width} x ${height}`;
  if (width === exposure.height && height === exposure.width) {
    return `${sizes}: turned by 90 degrees; turn them, such as with --norm-orientation rot90 (or rot270) and --dark-orientation, or take references with the rotation of the exposures`;
  }
  const [larger, smaller] = width > exposure.width ? [reference, exposure] : [exposure, reference];
  const factor = larger.width / smaller.width;
  if (Number.isInteger(factor) && larger.height === smaller.height * factor) {
    return `${sizes}: ${factor} times; take references at the binning of the exposures`;
  }
  return `${sizes}; take references of the exposures' camera and binning`;
}
