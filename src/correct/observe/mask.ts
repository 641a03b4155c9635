/**
 * The mask of spikes: an image of 0 and 1 beside a corrected exposure that says which pixels despike replaced. It has the
 * exposure's container, rows, frames and care: whole or not at all, the same bytes for the same exposure and recipe.
 */

import fs from 'node:fs';
import path from 'node:path';
import { OutputFile } from '../../files/output-file.ts';
import type { Permit, Target } from '../../files/ownership.ts';
import type { Plan, Provenance, Sink } from '../../formats/format.ts';
import { FORMATS } from '../../formats/index.ts';
import { permitImage } from '../../formats/ours.ts';
import type { Arena } from '../../kernels/arena.ts';
import type { Exposure, FormatName } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import { TOOL } from '../../model/version.ts';
import type { Onlooker } from '../pipeline.ts';

const SUFFIX = '_spikes';

/** Where the mask of an output stands: `a/b.mrc` has `a/b_spikes.mrc`. */
export function maskOf(output: string): string {
  const { dir, name, ext } = path.parse(output);
  return path.join(dir, `${name}${SUFFIX}${ext}`);
}

/** Where masks are written no output has the name of one. @throws Fault 'collision' */
export function refuseNameOfMask(final: string): void {
  if (!path.parse(final).name.endsWith(SUFFIX)) return;
  throw new Fault(
    'collision',
    `${final}: with --write-masks names that end in ${SUFFIX} are those of masks; rename the exposure, or leave it out with --exclude '*${SUFFIX}.*'`,
  );
}

const provenanceOf = (said: string): Provenance => ({
  software: TOOL,
  lines: [`${TOOL} mask of spikes: 1 where a pixel was replaced by`, `darkroom: ${said}`],
});

/** Where a mask goes: beside its output, which may be written. */
const targetOf = (final: string): Target<'mask'> => ({
  file: maskOf(final),
  within: path.dirname(final),
  replaces: 'mask',
  way: 'choose another --out',
});

/** Removes the mask that an earlier correction left beside an output: it tells of other pixels. Returns null: no mask. */
export async function removeMask(final: string): Promise<null> {
  try {
    const { file, standing } = await permitImage(targetOf(final));
    if (standing) fs.rmSync(file, { force: true });
  } catch (error) {
    // Something else of that name, which stays.
    if (!(error instanceof Fault)) throw error;
  }
  return null;
}

/** What is masked. `said`: how the spikes were found. */
export interface Masked extends Pick<Plan, 'width' | 'height' | 'frames' | 'turned'> {
  readonly container: FormatName;
  readonly exposure: Exposure;
  readonly said: string;
}

/** Does `work` with a mask for the output `final`, or with none where nothing is masked; a mask not published is discarded. */
export async function withMask<Result>(
  final: string,
  temporary: string,
  masked: Masked | null,
  arena: Arena,
  work: (mask: Mask | null) => Promise<Result>,
): Promise<Result> {
  const mask = masked && (await Mask.create(final, temporary, masked, arena));
  try {
    return await work(mask);
  } finally {
    mask?.discard();
  }
}

/** Bytes written at once. */
const LOAD_BYTES = 1 << 20;

export class Mask implements Onlooker {
  readonly #permit: Permit;
  readonly #masked: Masked;
  readonly #arena: Arena;
  readonly #sink: Sink;
  readonly #bits: 1 | 8;
  readonly #rowBytes: number;
  readonly #loadRows: number;
  readonly #load: number;
  readonly #file: OutputFile;
  #ones = 0;

  private constructor(permit: Permit, temporary: string, masked: Masked, arena: Arena) {
    const { width, height, container, exposure, said, ...shape } = masked;
    const { pixelSize } = exposure;
    const format = FORMATS[container];
    this.#permit = permit;
    this.#masked = masked;
    this.#arena = arena;
    this.#bits = format.maskBits;
    this.#rowBytes = Math.ceil((width * this.#bits) / 8);
    this.#loadRows = Math.max(1, Math.min(height, Math.floor(LOAD_BYTES / this.#rowBytes)));
    this.#load = arena.take(this.#loadRows * this.#rowBytes);
    fs.rmSync(temporary, { force: true });
    this.#file = OutputFile.create(temporary, path.dirname(permit.file));
    this.#sink = format.create(this.#file, {
      ...shape,
      width,
      height,
      path: permit.file,
      type: 'mask',
      // ImageJ opens no compressed image of one bit; an uncompressed one is a sixteenth of its exposure.
      compression: 'none',
      carried: { description: [], ...(pixelSize !== undefined && { pixelSize }) },
      provenance: provenanceOf(said),
    });
    this.#sink.prepare(arena);
  }

  /**
   * A mask for the output `final`, written into `temporary`; its memory is reserved from the arena, none is touched.
   * @throws Fault 'collision' when something else stands where the mask would
   */
  static async create(final: string, temporary: string, masked: Masked, arena: Arena): Promise<Mask> {
    return new Mask(await permitImage(targetOf(final)), temporary, masked, arena);
  }

  row(frame: number, row: number, replaced: Uint32Array): Promise<void> | void {
    const { height, turned } = this.#masked;
    const index = row % this.#loadRows;
    const place = turned ? this.#loadRows - 1 - index : index;
    const bytes = this.#arena.bytes(this.#load + place * this.#rowBytes, this.#rowBytes).fill(0);
    for (const col of replaced) {
      if (this.#bits === 8) bytes[col] = 1;
      else bytes[col >> 3]! |= 0x80 >> (col & 7);
    }
    this.#ones += replaced.length;
    if (index + 1 < this.#loadRows && row + 1 < height) return;
    const rows = index + 1;
    if (turned) return this.#sink.write(frame, height - row - 1, rows, this.#load + place * this.#rowBytes);
    return this.#sink.write(frame, row - index, rows, this.#load);
  }

  /** Completes the mask and puts it in its place; returns its size in bytes. */
  async publish(): Promise<number> {
    const { width, height, frames } = this.#masked;
    const pixels = width * height * frames;
    const mean = this.#ones / pixels;
    const bytes = await this.#sink.finish({
      min: this.#ones === pixels ? 1 : 0,
      max: this.#ones > 0 ? 1 : 0,
      mean,
      deviation: Math.sqrt(mean * (1 - mean)),
    });
    this.#file.publish(this.#permit);
    return bytes;
  }

  /** Leaves nothing of a mask that was not published. */
  discard(): void {
    this.#file.discard();
  }
}
