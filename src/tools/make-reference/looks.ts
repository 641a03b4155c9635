/**
 * A first look at each exposure of a series, before any is averaged: some of its rows show its level, its large-scale
 * picture and whether it is saturated, and a lattice of single pixels is kept to compare it with the others.
 */

import { unchanged } from '../../files/input-file.ts';
import { type OpenExposure, openExposure } from '../../formats/index.ts';
import { GrowingArena } from '../../kernels/growing-arena.ts';
import { compileKernels, createMemory, instantiate, type Kernels, UNPACK } from '../../kernels/kernels.ts';
import { Tally } from '../../kernels/tally.ts';
import { type Exposure, PIXELS } from '../../model/exposure.ts';
import { Fault, Refusal } from '../../model/outcome.ts';
import { median } from '../../model/rank.ts';
import { Blocks } from '../../references/blocks.ts';
import { misfit } from '../../references/references.ts';
import { refuseStranger } from './belonging.ts';
import type { Kind, Lattice, Member } from './member.ts';
import { NoiseOfSeries, type ShotNoise } from './shot-noise.ts';

export interface Looked {
  /** Of the first file. */
  readonly exposure: Exposure;
  readonly members: readonly Member[];
  readonly lattice: Lattice;
  readonly noise: ShotNoise | null;
}

/** Rows of a row of blocks that are looked at. */
const ROWS_OF_BLOCK = 24;
/** Pixels of the lattice in a row, and its rows: 20 000 pixels tell enough, and series may be long. */
const ACROSS = 160;
const DOWN = 128;
/** Parts of the pixels at the highest counts: of the type, and of any other camera. */
const SATURATED = { type: 0.0005, other: 0.01 } as const;
/** With fewer counts many pixels have the highest by chance. */
const LEAST_FULL = 1000;

/**
 * @param begun called before each file
 * @throws Refusal naming the file that cannot be read, or is of another size or type; Fault
 */
export async function lookAt(kind: Kind, files: readonly string[], begun: (file: string) => void): Promise<Looked> {
  const rows = new Rows();
  const members: Member[] = [];
  let looking: Looking | null = null;
  for (const name of files) {
    begun(name);
    const open = await openExposure(name, 'image').catch(refused);
    try {
      const { exposure, carried } = open.source;
      refuseStranger(kind, name, carried.description);
      looking ??= new Looking(name, exposure);
      looking.refuseOther(name, exposure);
      for (let frame = 0; frame < exposure.frames; frame++) {
        members.push(await looking.look(open, rows, name, frame));
      }
      if (!unchanged(open.file))
        throw new Refusal(`${name}: it changed while it was read; try again when it is written`);
    } catch (error) {
      refused(error);
    } finally {
      open.close();
    }
  }
  if (!looking) throw new Refusal('found no exposures, expected a series');
  return { exposure: looking.exposure, members, lattice: looking.lattice, noise: looking.noise.measured() };
}

export function refused(error: unknown): never {
  throw error instanceof Fault ? new Refusal(error.message, { cause: error }) : error;
}

class Looking {
  readonly exposure: Exposure;
  readonly lattice: Lattice;
  readonly noise: NoiseOfSeries;
  readonly #name: string;
  readonly #looked: ReadonlySet<number>;
  readonly #rows: readonly number[];

  constructor(name: string, exposure: Exposure) {
    this.#name = name;
    this.exposure = exposure;
    const { width, height } = exposure;
    this.noise = new NoiseOfSeries(exposure);
    const blocks = new Blocks(width, height);
    const step = Math.max(1, Math.floor(height / (blocks.down * ROWS_OF_BLOCK)));
    const columnStep = Math.max(1, Math.floor(width / ACROSS));
    const looked = every(height, step);
    const rowStep = Math.max(1, Math.floor(looked.length / DOWN));
    this.lattice = { rows: looked.filter((_, i) => i % rowStep === 0), columns: every(width, columnStep) };
    this.#looked = new Set(looked);
    const wanted = new Set([...looked, ...this.noise.rows]);
    this.#rows = [...wanted].sort((a, b) => a - b);
  }

  refuseOther(name: string, exposure: Exposure): void {
    const odd = misfit(this.exposure, exposure);
    if (odd) throw new Refusal(`${name}: ${odd.replace('the references have', `${this.#name} has`)}`);
    const kind = ({ type, format }: Exposure): string => `${type} in ${format.toUpperCase()}`;
    if (kind(exposure) !== kind(this.exposure)) {
      throw new Refusal(
        `${name}: found ${kind(exposure)}, expected ${kind(this.exposure)} as in ${this.#name}; give one series`,
      );
    }
  }

  async look(open: OpenExposure, reader: Rows, file: string, frame: number): Promise<Member> {
    const { width, height, frames, type, metadata = {} } = open.source.exposure;
    const { rows, columns } = this.lattice;
    const ofLattice = new Set(rows);
    const blocks = new Blocks(width, height);
    const pixels = new Float32Array(rows.length * columns.length);
    const calm = new Float32Array(width);
    let [at, sum, count, highest, atHighest] = [0, 0, 0, Number.NEGATIVE_INFINITY, 0];
    await reader.read(open, frame, this.#rows, (row, counts) => {
      this.noise.add(row, counts, 0);
      if (ofLattice.has(row)) for (const col of columns) pixels[at++] = counts[col]!;
      if (!this.#looked.has(row)) return;
      for (let col = 0; col < width; col++) {
        const x = counts[col]!;
        if (x > highest) [highest, atHighest] = [x, 1];
        else if (x === highest) atHighest++;
      }
      limit(counts, calm);
      for (let col = 0; col < width; col++) sum += calm[col]!;
      blocks.add(row, calm);
      count += width;
    });
    const part = atHighest / count;
    const full =
      highest >= PIXELS[type].highest ? part > SATURATED.type : highest >= LEAST_FULL && part > SATURATED.other;
    return {
      name: frames > 1 ? `${file}, frame ${frame + 1}` : file,
      file,
      frame,
      level: sum / count,
      blocks,
      saturated: full ? part : 0,
      pixels,
      metadata,
    };
  }
}

/** Pixels of a row that tell what is usual in it, and deviations beyond which a pixel is hot, dead or hit by an X-ray. */
const SAMPLE = 129;
const OUTLIER = 8;

/** Puts `counts` into `calm` without outliers: hot pixels and X-rays would hide what is there at large scale. */
function limit(counts: Float32Array, calm: Float32Array): void {
  const step = Math.max(1, Math.floor(counts.length / SAMPLE));
  const sample = Float64Array.from({ length: Math.ceil(counts.length / step) }, (_, i) => counts[i * step]!);
  const middle = median(sample, 0);
  const most =
    OUTLIER *
      1.4826 *
      median(
        sample.map((x) => Math.abs(x - middle)),
        0,
      ) +
    1;
  for (let col = 0; col < counts.length; col++) {
    const x = counts[col]!;
    calm[col] = Number.isFinite(x) ? Math.max(middle - most, Math.min(middle + most, x)) : middle;
  }
}

const every = (length: number, step: number): number[] =>
  Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step);

/** Reads single rows of one exposure after another as float32. */
class Rows {
  readonly #memory = createMemory();
  readonly #kernels: Kernels = instantiate(compileKernels(), this.#memory);
  readonly #growing = new GrowingArena(this.#kernels, this.#memory);

  async read(
    { source }: OpenExposure,
    frame: number,
    rows: readonly number[],
    use: (row: number, counts: Float32Array) => void,
  ): Promise<void> {
    const { width, type } = source.exposure;
    const { raw, unpack } = this.#growing.lay((arena) => {
      source.prepare(arena);
      const raw = arena.take(width * PIXELS[type].bytes + 64);
      return { raw, unpack: unpackerOf(arena, width, type) };
    });
    for (const row of rows) {
      await source.read(frame, row, 1, raw);
      use(row, unpack(raw));
    }
  }
}

/** Makes float32 counts of a raw row, which last until the next one. What is not finite stays so. */
export function unpackerOf(
  arena: Parameters<OpenExposure['source']['prepare']>[0],
  width: number,
  type: Exposure['type'],
): (raw: number) => Float32Array {
  const out = arena.take(width * 4 + 64);
  const flags = arena.take(Math.ceil(width / 8) + 8);
  const tally = new Tally(arena, 'float32');
  let begun = false;
  return (raw) => {
    if (type === 'float32') return arena.floats(raw, width);
    if (!begun) tally.reset();
    begun = true;
    arena.kernels[UNPACK[type]](raw, out, width, Number.POSITIVE_INFINITY, flags, tally.address);
    if (tally.nonFinite > 0)
      throw new Refusal(`found pixels that are not finite in ${type}; convert the series to float32`);
    return arena.floats(out, width);
  };
}
