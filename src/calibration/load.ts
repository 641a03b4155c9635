/** Reads dark, bright, norm and defects into the shared memory, checks them, and says what is odd about them. */

import path from 'node:path';
import { PIXELS } from '../exposure.ts';
import { type OpenExposure, openExposure } from '../formats/index.ts';
import { Bench, type Slot } from '../kernels/bench.ts';
import { extend, type Kernels, MEMORY_LIMIT, UNPACK } from '../kernels/kernels.ts';
import { Tally } from '../kernels/tally.ts';
import { Fault, Refusal } from '../outcome.ts';
import { DefectMask, layOutDefects } from './defect-map.ts';
import { Hashing } from './hashing.ts';
import { checkNorm, normFromBright, type Plane, refuseTooManyDead } from './norm.ts';
import { misfit, NO_REFERENCES, type ReferenceFile, type ReferenceLayout } from './references.ts';

export type ReferencePaths = Readonly<Record<ReferenceFile['role'], string | null>>;

/** Roles in the order in which they are read; the first one's rows decide in which order all stand in memory. */
const ROLES = ['dark', 'bright', 'norm', 'defects'] as const;

/** Bytes read at once. */
const BAND_BYTES = 1 << 20;

/** What the slots of the workers keep of the 4 GiB. */
const FOR_WORKERS = 2 ** 30;

export interface Loaded {
  readonly layout: ReferenceLayout;
  readonly notes: readonly string[];
}

/**
 * Loads the references that are given. `stored`: rows are taken as they are stored, whatever the container.
 * @throws Refusal naming the file, what was found and what to do
 */
export async function loadReferences(
  paths: ReferencePaths,
  stored: boolean,
  kernels: Kernels,
  memory: WebAssembly.Memory,
): Promise<Loaded> {
  const roles = ROLES.filter((role) => paths[role] !== null);
  if (roles.length === 0) return { layout: NO_REFERENCES, notes: [] };
  const hashing = new Hashing();
  const open: { role: ReferenceFile['role']; name: string; exposure: OpenExposure }[] = [];
  try {
    for (const role of roles)
      open.push({ role, name: paths[role]!, exposure: await openReference(role, paths[role]!) });
    hashing.begin(open.map(({ exposure }) => exposure.file));
    const notes: string[] = [];
    const [first] = open;
    const { width, height, firstRow } = first!.exposure.source.exposure;
    for (const { role, name, exposure } of open) {
      const odd = misfit({ width, height }, exposure.source.exposure);
      if (odd) throw new Refusal(`${name} (${role}) and ${first!.name} (${first!.role}) differ in size: ${odd}`);
    }

    const stride = Math.ceil(width / 8) * 8;
    const planes = open.filter(({ role }) => role !== 'defects').length;
    if ((planes + 0.1) * stride * 4 * height > MEMORY_LIMIT - FOR_WORKERS) {
      throw new Refusal(
        `${first!.name}: ${width} x ${height} px; references of more than ${Math.floor((MEMORY_LIMIT - FOR_WORKERS) / 8e6)} million pixels do not fit into the memory of the kernels (4 GiB)`,
      );
    }
    // Pixels that the references show to be bad, and those that the map says: only the former tell of a wrong reference.
    const mask = new DefectMask(width, height);
    const map = new DefectMask(width, height);
    const loaded: Partial<Record<ReferenceFile['role'], Plane & { address: number }>> = {};
    for (const { role, name, exposure } of open) {
      const { source } = exposure;
      const turned = !stored && source.exposure.firstRow !== firstRow;
      if (turned) notes.push(`${name}: rows turned over to match ${first!.name}`);
      if (source.exposure.frames > 1) notes.push(`${name}: a stack of ${source.exposure.frames} frames, averaged`);
      const reader = new PlaneReader(name, source, turned, kernels, memory);
      if (role === 'defects') await reader.mark(map);
      else loaded[role] = await reader.read(mask);
    }

    if (loaded.bright) normFromBright(loaded.bright, loaded.dark!, mask, paths.bright!);
    if (loaded.norm) checkNorm(loaded.norm, mask, paths.norm!, kernels);
    mask.join(map);
    const hashes = await hashing.end();
    const blank = extend(memory, 2 * stride * 4);
    new Float32Array(memory.buffer, blank + stride * 4, stride).fill(1);
    const layout: ReferenceLayout = {
      width,
      height,
      stride: stride * 4,
      firstRow: stored ? null : firstRow,
      dark: loaded.dark?.address ?? 0,
      norm: (loaded.bright ?? loaded.norm)?.address ?? 0,
      zeros: blank,
      ones: blank + stride * 4,
      defects: mask.marked ? layOutDefects(mask, memory) : null,
      files: open.map(({ role, name }, i) => ({ role, path: path.resolve(name), hash: hashes[i]! })),
    };
    return { layout, notes };
  } catch (error) {
    throw error instanceof Fault ? new Refusal(error.message, { cause: error }) : error;
  } finally {
    for (const { exposure } of open) exposure.close();
    await hashing.close();
  }
}

async function openReference(role: string, name: string): Promise<OpenExposure> {
  try {
    return await openExposure(name);
  } catch (error) {
    if (error instanceof Fault) throw new Refusal(`--${role}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Reads one reference, band by band, in the order in which references stand in memory. */
class PlaneReader {
  readonly #name: string;
  readonly #source: OpenExposure['source'];
  readonly #turned: boolean;
  readonly #kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #stride: number;
  readonly #bandRows: number;

  constructor(
    name: string,
    source: OpenExposure['source'],
    turned: boolean,
    kernels: Kernels,
    memory: WebAssembly.Memory,
  ) {
    this.#name = name;
    this.#source = source;
    this.#turned = turned;
    this.#kernels = kernels;
    this.#memory = memory;
    const { width, height, type } = source.exposure;
    this.#stride = Math.ceil(width / 8) * 8;
    this.#bandRows = Math.min(height, Math.max(1, Math.floor(BAND_BYTES / (width * PIXELS[type].bytes))));
  }

  /** The mean of all frames as float32, averaged in double. Pixels that are not finite become 0 and are marked. */
  async read(mask: DefectMask): Promise<Plane & { address: number }> {
    const { width, height, frames } = this.#source.exposure;
    const stride = this.#stride;
    const address = extend(this.#memory, stride * 4 * height + 64);
    const pixels = new Float32Array(this.#memory.buffer, address, stride * height);
    const sums = frames > 1 ? new Float64Array(stride * height) : null;
    let lost = 0;
    // A single frame is unpacked to where it stays.
    await this.#eachRow(sums ? null : address, (row, counts, raw) => {
      const at = row * stride;
      if (sums) for (let col = 0; col < width; col++) sums[at + col] = sums[at + col]! + counts[col]!;
      if (!raw) return;
      for (let col = 0; col < width; col++) {
        if (Number.isFinite(raw[col]!)) continue;
        if (!mask.has(row, col)) lost++;
        mask.mark(row, col);
      }
    });
    if (sums) for (let at = 0; at < sums.length; at++) pixels[at] = sums[at]! / frames;
    // In a stack one frame is enough: the others' mean is not the mean.
    for (let row = 0; lost > 0 && row < height; row++) {
      for (let col = 0; col < width; col++) if (mask.has(row, col)) pixels[row * stride + col] = 0;
    }
    refuseTooManyDead(lost, width * height, this.#name, 'is the file damaged?');
    return { address, pixels, width, height, stride };
  }

  /** Marks the ones of a 0/1 map. */
  async mark(mask: DefectMask): Promise<void> {
    const { frames, width } = this.#source.exposure;
    if (frames > 1)
      throw new Refusal(`${this.#name}: found ${frames} frames, expected one image of 0 (good) and 1 (bad)`);
    await this.#eachRow(null, (row, counts) => {
      for (let col = 0; col < width; col++) {
        const value = counts[col]!;
        if (value !== 0 && value !== 1) {
          throw new Refusal(
            `${this.#name}: found the value ${value} at column ${col}, row ${row}; expected a map of 0 (good) and 1 (bad): is it an image?`,
          );
        }
        if (value === 1) mask.mark(row, col);
      }
    });
  }

  /**
   * Unpacks each row to its place in the plane at `into`, or (null) always to the same place, which `use` gets as `counts`.
   * `raw`: the row before its non-finite pixels became 0; null where there are none, and for integers.
   */
  async #eachRow(
    into: number | null,
    use: (row: number, counts: Float32Array, raw: Float32Array | null) => void,
  ): Promise<void> {
    const { width, height, frames, type } = this.#source.exposure;
    const bench = this.#benchFor();
    const rowBytes = width * PIXELS[type].bytes;
    const band = bench.take(this.#bandRows * rowBytes);
    const out = bench.take(this.#stride * 4);
    const flags = bench.take(this.#stride / 8);
    const tally = new Tally(bench, 'float32');
    tally.reset();
    let lost = 0;
    const counts = new Float32Array(this.#memory.buffer, out, this.#stride);
    for (let frame = 0; frame < frames; frame++) {
      for (let first = 0; first < height; first += this.#bandRows) {
        const rows = Math.min(this.#bandRows, height - first);
        await this.#source.read(frame, first, rows, band);
        for (let i = 0; i < rows; i++) {
          const at = band + i * rowBytes;
          const row = this.#turned ? height - 1 - first - i : first + i;
          const place = into === null ? out : into + row * this.#stride * 4;
          this.#kernels[UNPACK[type]](at, place, width, Number.POSITIVE_INFINITY, flags, tally.address);
          const odd = type === 'float32' && tally.nonFinite > lost;
          const raw = odd ? new Float32Array(this.#memory.buffer, at, width) : null;
          if (odd) lost = tally.nonFinite;
          use(row, counts, raw);
        }
      }
    }
    if (type === 'float16' && tally.nonFinite > 0) {
      throw new Refusal(`${this.#name}: found pixels that are not finite in float16; convert the reference to float32`);
    }
  }

  /** A bench with what the source wants and one band; asked twice, since the source alone knows how much. */
  #benchFor(): Bench {
    const asked = new Bench(this.#kernels, this.#memory, { address: 0, bytes: 0 });
    this.#source.prepare(asked);
    const room = asked.shortage + BAND_BYTES + this.#stride * 16 + 4096;
    const slot: Slot = { address: extend(this.#memory, room), bytes: room };
    const bench = new Bench(this.#kernels, this.#memory, slot);
    this.#source.prepare(bench);
    return bench;
  }
}
