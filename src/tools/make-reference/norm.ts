/** The norm of a dark and a bright, and the pixels that they show to be bad, as a run would compute them. */

import { named, provenance } from '../../correct/provenance.ts';
import { openExposure } from '../../formats/index.ts';
import { compileKernels, createMemory, instantiate } from '../../kernels/kernels.ts';
import type { Exposure } from '../../model/exposure.ts';
import { Refusal } from '../../model/outcome.ts';
import { refuseOtherKind, refuseOtherName } from '../../references/acceptance.ts';
import type { DefectList } from '../../references/defect-lists/list.ts';
import { listOf } from '../../references/defect-lists/mask.ts';
import { DefectMask } from '../../references/defects.ts';
import { loadReferences } from '../../references/load.ts';
import { normFromBright } from '../../references/norm.ts';
import { PlaneReader } from '../../references/plane-reader.ts';
import { misfit } from '../../references/references.ts';
import { isInside, refuseOutside, type Usable } from './usable.ts';
import type { Plane } from './write.ts';

export interface Norm {
  /** Dead pixels are 0, so that who reads it knows them for bad. */
  readonly norm: Plane;
  /** The dead pixels, and what is outside the usable area. */
  readonly defects: DefectList;
  /** What both are made of. */
  readonly said: readonly string[];
  readonly figures: NormFigures;
}

/** What a person should know of a norm. */
export interface NormFigures {
  /** Of the good pixels of the usable area. */
  readonly least: number;
  readonly most: number;
  readonly dead: number;
  /** Columns and rows of which more than half is dead. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  /** Sensitivity (1 / norm) of the quadrants against the mean: first rows left and right, last rows left and right. */
  readonly quadrants: readonly number[];
}

/**
 * @param usable outside, the norm is 1
 * @throws Refusal as a run would: sizes that differ, dark and bright exchanged, too many dead pixels
 */
export async function normOf(dark: string, bright: string, usable: Usable | null = null): Promise<Norm> {
  const { exposure, pixels, bad, files } = usable ? await within(usable, dark, bright) : await asRun(dark, bright);
  const { width, height, firstRow } = exposure;
  const figures = figuresOf(pixels, bad, usable ?? { col: 0, row: 0, width, height });
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) if (bad.has(row, col)) pixels[row * width + col] = 0;
  return {
    norm: { exposure, pixels, type: 'float32', provenance: provenance(['norm'], files) },
    defects: { ...listOf(bad, firstRow), usable },
    said: files.map(({ path: file, hash }) => named(file, hash)),
    figures,
  };
}

interface Computed {
  readonly exposure: Exposure;
  readonly pixels: Float32Array;
  readonly bad: DefectMask;
  readonly files: Parameters<typeof provenance>[1];
}

async function asRun(dark: string, bright: string): Promise<Computed> {
  const memory = createMemory();
  const kernels = instantiate(compileKernels(), memory);
  const { layout } = await loadReferences({ dark, bright, norm: null, defects: null }, false, kernels, memory);
  const { source, close } = await openExposure(dark);
  close();
  const { width, height } = layout;
  const pixels = new Float32Array(width * height);
  const bad = new DefectMask(width, height);
  for (let row = 0; row < height; row++) {
    pixels.set(new Float32Array(memory.buffer, layout.norm + row * layout.stride, width), row * width);
    if (!layout.defects) continue;
    const { mask, maskStride } = layout.defects;
    const bits = new Uint8Array(memory.buffer, mask + row * maskStride, maskStride);
    for (let col = 0; col < width; col++) if ((bits[col >> 3]! >> (col & 7)) & 1) bad.mark(row, col);
  }
  return { exposure: source.exposure, pixels, bad, files: layout.files };
}

/** The same where only a part of the camera sees the beam: a run would take the rest for dead pixels, and refuse. */
async function within(usable: Usable, dark: string, bright: string): Promise<Computed> {
  const memory = createMemory();
  const kernels = instantiate(compileKernels(), memory);
  const [first, second] = [await openExposure(dark, 'image'), await openExposure(bright, 'image')];
  try {
    const { exposure } = first.source;
    const { width, height, firstRow } = exposure;
    refuseOutside(usable, exposure);
    const odd = misfit(exposure, second.source.exposure);
    if (odd) throw new Refusal(`${bright} (bright) and ${dark} (dark) differ in size: ${odd}`);
    for (const [role, name, open] of [
      ['dark', dark, first],
      ['bright', bright, second],
    ] as const) {
      refuseOtherKind(role, name, open.source.carried.description);
      refuseOtherName(role, name);
    }
    const bad = new DefectMask(width, height);
    const darks = await new PlaneReader(dark, first, false, kernels, memory).read(bad);
    const turned = second.source.exposure.firstRow !== firstRow;
    const brights = await new PlaneReader(bright, second, turned, kernels, memory).read(bad);
    const { stride } = darks;
    const [d, b] = [darks.pixels, brights.pixels];
    let [sum, count] = [0, 0];
    for (let row = usable.row; row < usable.row + usable.height; row++) {
      for (let col = usable.col; col < usable.col + usable.width; col++) {
        if (bad.has(row, col)) continue;
        sum += b[row * stride + col]! - d[row * stride + col]!;
        count++;
      }
    }
    // Outside as bright as the mean inside: there the norm becomes 1.
    for (let row = 0; row < height; row++) {
      for (let col = 0; col < width; col++)
        if (!isInside(usable, col, row)) b[row * stride + col] = d[row * stride + col]! + sum / count;
    }
    normFromBright(brights, darks, bad, bright, kernels);
    const pixels = new Float32Array(width * height);
    for (let row = 0; row < height; row++) pixels.set(b.subarray(row * stride, row * stride + width), row * width);
    const file = (role: 'dark' | 'bright', path: string, hash: string) => ({ role, path, hash, level: null });
    return { exposure, pixels, bad, files: [file('dark', dark, darks.hash), file('bright', bright, brights.hash)] };
  } finally {
    first.close();
    second.close();
  }
}

function figuresOf(pixels: Float32Array, bad: DefectMask, usable: Usable): NormFigures {
  const [columns, rows] = [new Uint32Array(bad.width), new Uint32Array(bad.height)];
  let [least, most, dead] = [Number.POSITIVE_INFINITY, 0, 0];
  const parts = [0, 1, 2, 3].map(() => ({ sum: 0, count: 0 }));
  for (let row = usable.row; row < usable.row + usable.height; row++) {
    for (let col = usable.col; col < usable.col + usable.width; col++) {
      if (bad.has(row, col)) {
        columns[col]!++;
        rows[row]!++;
        dead++;
        continue;
      }
      const norm = pixels[row * bad.width + col]!;
      if (norm < least) least = norm;
      if (norm > most) most = norm;
      const part = parts[(2 * row < bad.height ? 0 : 2) + (2 * col < bad.width ? 0 : 1)]!;
      part.sum += 1 / norm;
      part.count++;
    }
  }
  const whole = parts.reduce((sum, part) => sum + part.sum, 0) / parts.reduce((sum, part) => sum + part.count, 0);
  const lines = (counts: Uint32Array, length: number): number[] =>
    Array.from(counts.keys()).filter((at) => 2 * counts[at]! > length);
  return {
    least,
    most,
    dead,
    columns: lines(columns, usable.height),
    rows: lines(rows, usable.width),
    quadrants: parts.map(({ sum, count }) => (count > 0 ? sum / count / whole : Number.NaN)),
  };
}
