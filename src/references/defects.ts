/**
 * The map of defects: which pixels, columns and rows are bad, how far the repair has to look, and which cannot be
 * repaired. Built once from a mask, read by all threads from the shared memory.
 */

import { extend } from '../kernels/kernels.ts';
import type { Pages } from '../kernels/pages.ts';

/** Bad lines side by side that can still be interpolated; and half the largest neighbourhood of a bad pixel. */
const LONGEST_BLOCK = 19;
const LARGEST_RADIUS = 9;

/** Single pixels beyond repair that are named. */
const NAMED = 3;

/** First and last line of a block of bad rows or columns. */
export type Block = readonly [number, number];

export interface DefectLayout {
  readonly height: number;
  /** One bit per pixel, 1: bad; rows `maskStride` bytes apart. */
  readonly mask: number;
  readonly maskStride: number;
  /** int32 `height + 1`: where a row's bad pixels begin in `columns` (int32) and `radii` (uint8). */
  readonly starts: number;
  readonly columns: number;
  readonly radii: number;
  readonly columnBlocks: readonly Block[];
  readonly rowBlocks: readonly Block[];
  /** Where bad rows can be repaired: all columns but the blocks too long, which have nothing good above or below. */
  readonly spans: readonly Block[];
  /** Rows that are bad as a whole, blocks too long to repair included. */
  readonly badRows: readonly number[];
  /** How far any bad pixel has to look, rows. */
  readonly reach: number;
  /** Bad pixels a frame, and those of them that keep their value. */
  readonly pixels: number;
  readonly hopeless: number;
  /** What cannot be repaired: the first single pixels as row and column, and blocks of columns and rows. */
  readonly beyondRepair: {
    readonly pixels: readonly (readonly [number, number])[];
    readonly columns: readonly Block[];
    readonly rows: readonly Block[];
  };
}

export class DefectMap {
  readonly layout: DefectLayout;
  readonly columnBlocks: readonly Block[];
  readonly spans: readonly Block[];
  readonly longestRows: number;
  readonly reach: number;
  readonly pixels: number;
  readonly hopeless: number;
  readonly #badRows: ReadonlySet<number>;

  constructor(layout: DefectLayout) {
    this.layout = layout;
    this.columnBlocks = layout.columnBlocks;
    this.spans = layout.spans;
    this.longestRows = Math.max(0, ...layout.rowBlocks.map(([first, last]) => last - first + 1));
    this.reach = layout.reach;
    this.pixels = layout.pixels;
    this.hopeless = layout.hopeless;
    this.#badRows = new Set(layout.badRows);
  }

  isBadRow(row: number): boolean {
    return this.#badRows.has(row);
  }

  /** The repairable block that a row belongs to. */
  rowBlock(row: number): Block | null {
    if (!this.#badRows.has(row)) return null;
    return this.layout.rowBlocks.find(([first, last]) => row >= first && row <= last) ?? null;
  }
}

/** Bad pixels while they are gathered, one bit each. */
export class DefectMask {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly bits: Uint8Array;
  /** Whether anything is marked. */
  marked = false;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.stride = Math.ceil(width / 8);
    this.bits = new Uint8Array(this.stride * height);
  }

  mark(row: number, col: number): void {
    const at = row * this.stride + (col >> 3);
    this.bits[at] = this.bits[at]! | (1 << (col & 7));
    this.marked = true;
  }

  /** Marks what `other`, of the same size, has marked. */
  join(other: DefectMask): void {
    if (!other.marked) return;
    for (let at = 0; at < this.bits.length; at++) this.bits[at] = this.bits[at]! | other.bits[at]!;
    this.marked = true;
  }

  /** Whether anything in a row is marked. */
  hasRow(row: number): boolean {
    if (!this.marked) return false;
    return this.bits.subarray(row * this.stride, (row + 1) * this.stride).some((byte) => byte !== 0);
  }

  has(row: number, col: number): boolean {
    return ((this.bits[row * this.stride + (col >> 3)]! >> (col & 7)) & 1) === 1;
  }
}

/** Sorts a mask into pixels, columns and rows and lays it out in the shared memory. */
export function layOutDefects(mask: DefectMask, memory: Pages): DefectLayout {
  const { width, height } = mask;
  const badRows = linesOf(height, (row) => everyColumn(mask, row));
  const badColumns = linesOf(width, (col) => everyRow(mask, col));
  const isBadRow = new Set(badRows);
  const isBadColumn = new Set(badColumns);

  const starts = new Int32Array(height + 1);
  const columns: number[] = [];
  const radii: number[] = [];
  const named: [number, number][] = [];
  for (let row = 0; row < height; row++) {
    starts[row] = columns.length;
    if (isBadRow.has(row)) continue;
    for (let byte = 0; byte < mask.stride; byte++) {
      if (mask.bits[row * mask.stride + byte] === 0) continue;
      for (let col = byte * 8; col < Math.min(width, byte * 8 + 8); col++) {
        if (!mask.has(row, col) || isBadColumn.has(col)) continue;
        columns.push(col);
        const radius = radiusOf(mask, row, col);
        radii.push(radius);
        if (radius === 0 && named.length < NAMED) named.push([row, col]);
      }
    }
  }
  starts[height] = columns.length;

  const allRowBlocks = blocksOf(badRows);
  const allColumnBlocks = blocksOf(badColumns);
  // A border-to-border block has no good line at all.
  const repairable = (blocks: Block[], lines: number): Block[] =>
    blocks.filter((block) => !tooLong(block) && block[1] - block[0] + 1 < lines);
  const rowBlocks = repairable(allRowBlocks, height);
  const columnBlocks = repairable(allColumnBlocks, width);
  const hopelessRows = badRows.length - count(rowBlocks);
  const hopelessColumns = allColumnBlocks.filter((block) => !columnBlocks.includes(block));

  return {
    height,
    maskStride: mask.stride,
    mask: place(memory, mask.bits),
    starts: place(memory, new Uint8Array(starts.buffer)),
    columns: place(memory, new Uint8Array(Int32Array.from(columns).buffer)),
    radii: place(memory, Uint8Array.from(radii)),
    columnBlocks,
    rowBlocks,
    spans: between(hopelessColumns, width),
    badRows,
    reach: radii.reduce((most, radius) => Math.max(most, radius), 0),
    pixels: columns.length + badRows.length * width + badColumns.length * (height - badRows.length),
    hopeless:
      radii.filter((radius) => radius === 0).length +
      hopelessRows * width +
      count(hopelessColumns) * (height - hopelessRows),
    beyondRepair: {
      pixels: named,
      columns: hopelessColumns,
      rows: allRowBlocks.filter((block) => !rowBlocks.includes(block)),
    },
  };
}

/** What to tell of pixels that no neighbour can repair; null: there are none. Rows are those of the references in memory. */
export function toldBeyondRepair({ hopeless, beyondRepair }: DefectLayout): string | null {
  if (hopeless === 0) return null;
  const { pixels, columns, rows } = beyondRepair;
  const lines = (what: string, [first, last]: Block): string =>
    first === last ? `${what} ${first}` : `${what}s ${first} to ${last}`;
  const named = [
    ...columns.slice(0, NAMED).map((block) => lines('column', block)),
    ...rows.slice(0, NAMED).map((block) => lines('row', block)),
    ...pixels.map(([row, col]) => `column ${col}, row ${row}`),
  ].join('; ');
  return `${hopeless} defects keep their value: no good pixel is near enough (${named}${hopeless > 1 ? ', ...' : ''}); at most ${LONGEST_BLOCK} columns or rows side by side can be interpolated`;
}

const tooLong = ([first, last]: Block): boolean => last - first + 1 > LONGEST_BLOCK;

const count = (blocks: readonly Block[]): number => blocks.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** The stretches of `length` lines that `blocks` leave. */
function between(blocks: readonly Block[], length: number): Block[] {
  const firsts = [0, ...blocks.map(([, last]) => last + 1)];
  const lasts = [...blocks.map(([first]) => first - 1), length - 1];
  return firsts.map((first, i): Block => [first, lasts[i]!]).filter(([first, last]) => first <= last);
}

function linesOf(length: number, isBad: (line: number) => boolean): number[] {
  return Array.from({ length }, (_, line) => line).filter(isBad);
}

function everyColumn(mask: DefectMask, row: number): boolean {
  for (let col = 0; col < mask.width; col++) if (!mask.has(row, col)) return false;
  return true;
}

function everyRow(mask: DefectMask, col: number): boolean {
  for (let row = 0; row < mask.height; row++) if (!mask.has(row, col)) return false;
  return true;
}

function blocksOf(lines: readonly number[]): Block[] {
  const blocks: [number, number][] = [];
  for (const line of lines) {
    const last = blocks.at(-1);
    if (last && last[1] === line - 1) last[1] = line;
    else blocks.push([line, line]);
  }
  return blocks;
}

/** Half the side of the smallest neighbourhood, 3 x 3 to 19 x 19, with a good pixel in it; 0 when there is none. */
function radiusOf(mask: DefectMask, row: number, col: number): number {
  for (let radius = 1; radius <= LARGEST_RADIUS; radius++) {
    for (let y = Math.max(0, row - radius); y <= Math.min(mask.height - 1, row + radius); y++) {
      for (let x = Math.max(0, col - radius); x <= Math.min(mask.width - 1, col + radius); x++) {
        if (!mask.has(y, x)) return radius;
      }
    }
  }
  return 0;
}

function place(memory: Pages, bytes: Uint8Array): number {
  const address = extend(memory, Math.max(1, bytes.length));
  new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
  return address;
}
