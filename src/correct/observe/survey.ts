/**
 * The survey of the camera: what all exposures of a session have in common, gathered by all threads in one place of the
 * shared memory. Sums of columns show what a reference leaves or puts in; a counter for each pixel tells hot ones from
 * X-rays, which hit a pixel once. In the references' order of rows, and only where there are references: their size is
 * that of every exposure.
 */

import { extend, type Kernels } from '../../kernels/kernels.ts';
import type { FirstRow } from '../../model/exposure.ts';
import { usable } from '../../model/sample.ts';
import type { ReferenceLayout } from '../../references/references.ts';
import { type Evenness, partsOf, rowsOfBands } from './evenness.ts';
import type { Observer } from './observer.ts';
import type { Places, Spikes } from './spikes.ts';
import { boxOf, type ColumnSums, everyOf, type Size, type Thumbnails } from './thumbnails.ts';

/**
 * Address in the shared memory: exposures, exposures despiked and their spikes, exposures whose far pixels were counted and
 * those pixels (int64); sums; counters of spikes, and of far pixels.
 */
export interface SurveyLayout {
  readonly width: number;
  readonly height: number;
  readonly address: number;
  readonly bytes: number;
}

/** Where the pieces are, in bytes from the address. */
function placesOf({ width, height }: Size) {
  const { segments, bands } = partsOf({ width, height });
  const sums = HEAD * 8;
  const columns = sums + SUMS * width * 8;
  const rows = columns + bands * width * 8;
  const counts = rows + height * segments * 8;
  const far = Math.ceil((counts + width * height) / 8) * 8;
  return { sums, columns, rows, counts, far, bytes: far + width * height };
}

/** What one exposure adds, while it stands in the memory of its thread. */
interface Gathered {
  readonly columns: { readonly raw: ColumnSums; readonly corrected: ColumnSums };
  /** Null: more than can be spikes. */
  readonly places: Places | null;
  /** Despike ran: a pixel that is not among the spikes is known to be good. */
  readonly despiked: boolean;
  readonly evenness: Evenness;
}

/** Mean counts of each column over the rows looked at, in two halves that share no row: what both show is no chance. */
export type Columns = readonly [Float64Array, Float64Array];

/** Pixels that were far from the level around them again and again. */
export interface FarPixels {
  /** Exposures whose far pixels were counted, and how many those were. */
  readonly exposures: number;
  readonly events: number;
  /** Those that were far in a quarter of the exposures at least, rising: row * width + column. */
  readonly pixels: Uint32Array;
  /** How often: above 0 bright, below 0 dark; 127: as often or more. */
  readonly counts: Int8Array;
}

/** Mean counts of the corrected images in parts, so that one bad pixel spoils one part: see `partsOf`. */
export interface Grids {
  /** Of each band of rows all columns. */
  readonly columns: Float32Array;
  /** Of each row all segments. */
  readonly rows: Float32Array;
}

/** The survey of a session so far. */
export interface Surveyed {
  readonly width: number;
  readonly height: number;
  /** Null: rows as they are stored, whatever the container. */
  readonly firstRow: FirstRow | null;
  readonly exposures: number;
  /** Exposures whose spikes were counted, and how many those were. */
  readonly despiked: number;
  readonly spikes: number;
  readonly raw: Columns;
  readonly corrected: Columns;
  /** Of the references: dark counts, and 1 / norm. */
  readonly dark: Columns;
  readonly sensitivity: Columns;
  /** 1 / norm of each row, over a part of its columns: what the columns would be, were the reference turned. Null: not known. */
  readonly sensitivityRows: Columns | null;
  /** Null: the journal was written by a version that did not look. */
  readonly far: FarPixels | null;
  readonly grids: Grids | null;
  /** How often each pixel was a spike, row by row; 255: as often or more. */
  readonly counts: Uint8Array;
}

/** The same without what is known of each pixel: little to read. */
export type SurveyedColumns = Omit<Surveyed, 'counts'>;

/** Integer sums are the same in any order: counts are added in 256ths. */
const PARTS = 256;

const HEAD = 5;

/** Pixels that were far less often than in one of so many exposures are not kept: they are not bad. */
const FEWEST = 4;

/** Raw even, raw odd, corrected even, corrected odd. */
const SUMS = 4;

/** An empty survey in the shared memory; null without references. */
export function layOutSurvey(references: ReferenceLayout, memory: WebAssembly.Memory): Survey | null {
  const { width, height } = references;
  if (width === 0) return null;
  const { bytes } = placesOf({ width, height });
  return new Survey({ width, height, address: extend(memory, bytes), bytes }, references, memory);
}

interface Seen {
  readonly thumbnails: Thumbnails;
  readonly spikes: Spikes;
  readonly evenness: Evenness;
}

/** Adds an exposure to the survey once it is published: only what is done counts, and only once. */
export const surveyed = (
  layout: SurveyLayout,
  { kernels, memory }: { readonly kernels: Kernels; readonly memory: WebAssembly.Memory },
  despiked: boolean,
  { thumbnails, spikes, evenness }: Seen,
): Observer => ({
  published() {
    const { columns } = thumbnails;
    addTo(layout, { columns, places: spikes.places, despiked, evenness }, kernels, memory);
  },
});

/** Adds an exposure. Safe from any thread. */
function addTo(
  { width, height, address }: SurveyLayout,
  { columns, places, despiked, evenness }: Gathered,
  kernels: Kernels,
  memory: WebAssembly.Memory,
): void {
  if (!places) return;
  const at = placesOf({ width, height });
  const { segments, bands } = partsOf({ width, height });
  const floats = (from: number, count: number): Float32Array => new Float32Array(memory.buffer, from, count);
  const inBands = Array.from({ length: bands }, (_, band) => evenness.column(band));
  // One exposure of sums that overflowed would spoil the figures of all others.
  for (const column of [...columns.raw, ...columns.corrected, ...inBands])
    if (!floats(column, width).every(usable)) return;
  if (!floats(evenness.rows, height * segments).every(usable)) return;
  for (const [i, from] of [...columns.raw, ...columns.corrected].entries()) {
    kernels.addSums(from, width, address + at.sums + i * width * 8, PARTS);
  }
  for (const [band, from] of inBands.entries())
    kernels.addSums(from, width, address + at.columns + band * width * 8, PARTS);
  kernels.addSums(evenness.rows, height * segments, address + at.rows, PARTS);
  kernels.countSpikes(places.address, places.count, address + at.counts);
  const head = new BigInt64Array(memory.buffer, address, HEAD);
  Atomics.add(head, 0, 1n);
  if (despiked) Atomics.add(head, 1, 1n);
  Atomics.add(head, 2, BigInt(places.count));
  if (!evenness.far) return;
  kernels.countFar(evenness.far.address, evenness.far.count, address + at.far);
  Atomics.add(head, 3, 1n);
  Atomics.add(head, 4, BigInt(evenness.far.count));
}

/** The main thread's side: reads while others add. */
export class Survey {
  readonly layout: SurveyLayout;
  readonly #references: ReferenceLayout;
  readonly #memory: WebAssembly.Memory;
  #ofReferences: Pick<Surveyed, 'dark' | 'sensitivity' | 'sensitivityRows'> | null = null;

  constructor(layout: SurveyLayout, references: ReferenceLayout, memory: WebAssembly.Memory) {
    this.layout = layout;
    this.#references = references;
    this.#memory = memory;
  }

  get exposures(): number {
    return Number(Atomics.load(new BigInt64Array(this.#memory.buffer, this.layout.address, 1), 0));
  }

  /** As it stands now, the counters as they go on; an exposure that is being added may be in it in part. */
  read(): Surveyed {
    const { width, height, address } = this.layout;
    const at = placesOf({ width, height });
    const [exposures, despiked, spikes] = Array.from(new BigInt64Array(this.#memory.buffer, address, HEAD), Number);
    const rows = rowsOf({ width, height });
    const mean = (which: number): Float64Array => {
      const sums = new BigInt64Array(this.#memory.buffer, address + at.sums + which * width * 8, width);
      return Float64Array.from(sums, (sum) => Number(sum) / PARTS / (rows[which % 2]! * exposures!));
    };
    this.#ofReferences ??= this.#readReferences(rows);
    return {
      width,
      height,
      firstRow: this.#references.firstRow,
      exposures: exposures!,
      despiked: despiked!,
      spikes: spikes!,
      raw: [mean(0), mean(1)],
      corrected: [mean(2), mean(3)],
      ...this.#ofReferences,
      far: this.#farPixels(),
      grids: this.#grids(),
      counts: new Uint8Array(this.#memory.buffer, address + at.counts, width * height),
    };
  }

  #farPixels(): FarPixels {
    const { width, height, address } = this.layout;
    const [, , , exposures, events] = Array.from(new BigInt64Array(this.#memory.buffer, address, HEAD), Number);
    const counts = new Int8Array(this.#memory.buffer, address + placesOf({ width, height }).far, width * height);
    const least = Math.min(127, Math.max(1, exposures! / FEWEST));
    const pixels: number[] = [];
    // Nearly all are 0: they are passed over by the four.
    const whole = counts.length & ~3;
    const fours = new Int32Array(this.#memory.buffer, counts.byteOffset, whole >> 2);
    const look = (i: number): void => {
      if (Math.abs(counts[i]!) >= least) pixels.push(i);
    };
    for (let four = 0; four < fours.length; four++)
      if (fours[four] !== 0) for (let i = 4 * four; i < 4 * four + 4; i++) look(i);
    for (let i = whole; i < counts.length; i++) look(i);
    return {
      ...{ exposures: exposures!, events: events! },
      pixels: Uint32Array.from(pixels),
      counts: Int8Array.from(pixels, (i) => counts[i]!),
    };
  }

  #grids(): Grids {
    const { width, height, address } = this.layout;
    const at = placesOf({ width, height });
    const rows = rowsOfBands({ width, height });
    const { segments } = partsOf({ width, height });
    const mean = (from: number, count: number, of: (i: number) => number): Float32Array => {
      // Little-endian int64 as two halves: a BigInt for each would take longer than all the rest.
      const halves = new Int32Array(this.#memory.buffer, address + from, 2 * count);
      const means = new Float32Array(count);
      for (let i = 0; i < count; i++)
        means[i] = (halves[2 * i + 1]! * 2 ** 32 + (halves[2 * i]! >>> 0)) / (PARTS * of(i));
      return means;
    };
    const exposures = Math.max(1, this.exposures);
    return {
      columns: mean(at.columns, rows.length * width, (i) => exposures * Math.max(1, rows[Math.floor(i / width)]!)),
      rows: mean(at.rows, height * segments, () => exposures),
    };
  }

  /** The rows that exposures are looked at; where exposures are flipped vertically theirs are others, and as good. */
  #readReferences(rows: readonly [number, number]): Pick<Surveyed, 'dark' | 'sensitivity' | 'sensitivityRows'> {
    const { width, height } = this.layout;
    const { dark, norm, stride } = this.#references;
    const blank = (): Columns => [new Float64Array(width), new Float64Array(width)];
    const sums = { dark: blank(), sensitivity: blank() };
    const box = boxOf({ width, height });
    for (let row = 0; row < height; row += everyOf({ width, height })) {
      const half = Math.floor(row / box) % 2;
      if (dark) add(sums.dark[half]!, new Float32Array(this.#memory.buffer, dark + row * stride, width), (x) => x);
      if (norm)
        add(sums.sensitivity[half]!, new Float32Array(this.#memory.buffer, norm + row * stride, width), (x) => 1 / x);
    }
    const mean = ([even, odd]: Columns): Columns => [even.map((x) => x / rows[0]), odd.map((x) => x / rows[1])];
    return {
      dark: mean(sums.dark),
      sensitivity: norm ? mean(sums.sensitivity) : [even(width), even(width)],
      sensitivityRows: norm ? this.#rowsOfNorm(norm, stride) : null,
    };
  }

  #rowsOfNorm(norm: number, stride: number): Columns {
    const { width, height } = this.layout;
    const box = boxOf({ width, height });
    const every = everyOf({ width, height });
    const looked = rowsOf({ width: height, height: width });
    const means: Columns = [new Float64Array(height), new Float64Array(height)];
    for (let row = 0; row < height; row++) {
      const values = new Float32Array(this.#memory.buffer, norm + row * stride, width);
      const sums: [number, number] = [0, 0];
      for (let col = 0; col < width; col += every) sums[Math.floor(col / box) % 2]! += 1 / values[col]!;
      means[0][row] = sums[0] / looked[0];
      means[1][row] = sums[1] / looked[1];
    }
    return means;
  }
}

const even = (width: number): Float64Array => new Float64Array(width).fill(1);

function add(sums: Float64Array, row: Float32Array, of: (value: number) => number): void {
  for (let col = 0; col < sums.length; col++) sums[col]! += of(row[col]!);
}

/** How many rows of an exposure are looked at, in even and in odd rows of boxes; an image of one row of boxes has no odd ones. */
function rowsOf(size: Size): [number, number] {
  const rows: [number, number] = [0, 0];
  for (let row = 0; row < size.height; row += everyOf(size)) rows[Math.floor(row / boxOf(size)) % 2]!++;
  return [Math.max(1, rows[0]), Math.max(1, rows[1])];
}
