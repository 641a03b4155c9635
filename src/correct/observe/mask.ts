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
import type { Exposure, WrittenFormat } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import { TOOL } from '../../model/version.ts';
import type { Batch, Observed, Observer } from './observer.ts';

const SUFFIX = '_spikes';

/** Where the mask of an output stands: `a/b.mrc` has `a/b_spikes.mrc`. */
export function maskOf(output: string): string {
  const { dir, name, ext } = path.parse(output);
  return path.join(dir, `${name}${SUFFIX}${ext}`);
}

/** Where masks are written no output has the name of one. @throws Fault 'collision' */
export function refuseNameOfMask({ final, marking, writeMasks }: Masking): void {
  if (marking === null || !writeMasks || !path.parse(final).name.endsWith(SUFFIX)) return;
  throw new Fault(
    'collision',
    `${final}: with --write-masks names that end in ${SUFFIX} are those of masks; rename the exposure, or leave it out with --exclude '*${SUFFIX}.*'`,
  );
}

const provenanceOf = (label: string): Provenance => ({
  software: TOOL,
  lines: [`${TOOL} mask of spikes: 1 where a pixel was replaced by`, `darkroom: ${label}`],
});

/** Where a mask goes: beside its output, which may be written. */
const targetOf = (final: string): Target<'mask'> => ({
  file: maskOf(final),
  within: path.dirname(final),
  replaces: 'mask',
  way: 'choose another --out',
});

/** Removes the mask that an earlier correction left beside an output: it tells of other pixels. */
async function removeMask(final: string): Promise<void> {
  try {
    const { file, standing } = await permitImage(targetOf(final));
    if (standing) fs.rmSync(file, { force: true });
  } catch (error) {
    // Something else of that name, which stays.
    if (!(error instanceof Fault)) throw error;
  }
}

/** What is masked. `label`: how the spikes were found. */
interface Masked extends Pick<Plan, 'width' | 'height' | 'frames' | 'turned'> {
  readonly container: WrittenFormat;
  readonly exposure: Exposure;
  readonly label: string;
}

/** What a mask needs to know of an exposure. */
export interface Masking {
  readonly arena: Arena;
  readonly exposure: Exposure;
  /** The label of the step that marks what it replaces; null: there is none, and no mask. */
  readonly marking: string | null;
  readonly writeMasks: boolean;
  readonly final: string;
  readonly temporaryMask: string;
  readonly container: WrittenFormat;
  readonly turned: boolean;
}

/**
 * The mask of an exposure where one is asked for; else what removes an older one.
 * @throws Fault 'collision' when something else stands where the mask would
 */
export async function maskFor(asked: Masking): Promise<Observer> {
  const { arena, exposure, marking, writeMasks, final, temporaryMask, container, turned } = asked;
  if (marking === null || !writeMasks) {
    return {
      async accepted() {
        await removeMask(final);
        return { maskBytes: null };
      },
    };
  }
  const { width, height, frames } = exposure;
  const masked = { width, height, frames, turned, container, exposure, label: marking };
  return new Mask(await permitImage(targetOf(final)), temporaryMask, masked, arena);
}

/** Bytes written at once. */
const LOAD_BYTES = 1 << 20;

class Mask implements Observer {
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

  /** Written into `temporary`; reserves its memory from the arena, touches none. */
  constructor(permit: Permit, temporary: string, masked: Masked, arena: Arena) {
    const { width, height, container, exposure, label, ...shape } = masked;
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
      provenance: provenanceOf(label),
    });
    this.#sink.prepare(arena);
  }

  async leaves({ frame, from, to, line }: Batch): Promise<void> {
    for (let row = from; row < to; row++) await this.#row(frame, row, line.replaced(row));
  }

  #row(frame: number, row: number, replaced: Uint32Array): Promise<void> | void {
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

  /** Completes the mask and puts it in its place. */
  async accepted(): Promise<Pick<Observed, 'maskBytes'>> {
    const { width, height, frames } = this.#masked;
    const pixels = width * height * frames;
    const mean = this.#ones / pixels;
    const maskBytes = await this.#sink.finish({
      min: this.#ones === pixels ? 1 : 0,
      max: this.#ones > 0 ? 1 : 0,
      mean,
      deviation: Math.sqrt(mean * (1 - mean)),
    });
    this.#file.publish(this.#permit);
    return { maskBytes };
  }

  /** Leaves nothing of a mask that was not published. */
  discard(): void {
    this.#file.discard();
  }
}
