/** Writes the proposed defects of a session, joined with the map in use, as a map that `--defects` takes. */

import path from 'node:path';
import type { Surveyed } from '../../correct/observe/survey.ts';
import { OutputFile } from '../../files/output-file.ts';
import { makeFolder, type Permit } from '../../files/ownership.ts';
import { FORMATS } from '../../formats/index.ts';
import { permitImage } from '../../formats/ours.ts';
import { writeImage } from '../../formats/write-image.ts';
import { GrowingArena } from '../../kernels/growing-arena.ts';
import { compileKernels, createMemory, instantiate, type Kernels } from '../../kernels/kernels.ts';
import { Refusal } from '../../model/outcome.ts';
import { TOOL } from '../../model/version.ts';
import type { DefectMask } from '../../references/defects.ts';
import { loadReferences } from '../../references/load.ts';
import { AS_GIVEN } from '../../references/treatment.ts';
import type { Turn } from '../../references/turns.ts';
import { proposedDefects } from './proposed.ts';

/** Pixels that the map marks. */
export interface Written {
  readonly hot: number;
  readonly dead: number;
  readonly stuck: number;
  readonly columns: number;
  readonly rows: number;
  /** Of all, the map in use and whole columns included. */
  readonly marked: number;
}

/**
 * Writes the MRC file `file`, which must not be there yet. `known`: the maps in use, turned as they were for the
 * exposures.
 * @throws Fault 'collision' when the file exists; Refusal when the map in use cannot be read or is of another size
 */
export async function writeDefects(
  survey: Surveyed,
  file: string,
  known: readonly string[],
  turn: Turn = 'none',
): Promise<Written> {
  const way = 'name another file for the map of defects';
  const permit = await permitImage({ file, within: null, replaces: null, way });
  const memory = createMemory();
  const kernels = instantiate(compileKernels(), memory);
  const { mask, ...counted } = proposedDefects(survey);
  if (known.length > 0) await joinKnown(mask, { known, turn }, survey, kernels, memory);
  const marked = await write(mask, permit, survey, new GrowingArena(kernels, memory));
  return { ...counted, marked };
}

async function joinKnown(
  mask: DefectMask,
  { known, turn }: { readonly known: readonly string[]; readonly turn: Turn },
  { width, height, firstRow }: Surveyed,
  kernels: Kernels,
  memory: WebAssembly.Memory,
): Promise<void> {
  const paths = { dark: null, bright: null, norm: null, defects: known };
  const { layout } = await loadReferences(paths, firstRow === null, kernels, memory, {
    ...AS_GIVEN,
    defects: turn,
  });
  if (layout.width !== width || layout.height !== height)
    throw new Refusal(
      `${known.join(' and ')}: found a map of ${layout.width} x ${layout.height} px, the exposures have ${width} x ${height}; name the map that they were corrected with`,
    );
  if (!layout.defects) return;
  const turned = layout.firstRow !== firstRow;
  const bits = new Uint8Array(memory.buffer, layout.defects.mask, mask.bits.length);
  for (let row = 0; row < height; row++) {
    const from = (turned ? height - 1 - row : row) * mask.stride;
    for (let col = 0; col < width; col++) if ((bits[from + (col >> 3)]! >> (col & 7)) & 1) mask.mark(row, col);
  }
}

/** Returns how many pixels are marked. */
async function write(
  mask: DefectMask,
  permit: Permit,
  { exposures, firstRow }: Surveyed,
  growing: GrowingArena,
): Promise<number> {
  const { width, height } = mask;
  const format = FORMATS.mrc;
  const flipped = firstRow !== null && firstRow !== format.firstRow;
  let marked = 0;
  const fill = (first: number, rows: number, band: Uint8Array): void => {
    for (let i = 0; i < rows; i++) {
      const row = flipped ? height - 1 - first - i : first + i;
      for (let col = 0; col < width; col++) {
        const bad = mask.has(row, col) ? 1 : 0;
        band[i * width + col] = bad;
        marked += bad;
      }
    }
  };
  makeFolder(path.dirname(permit.file));
  const output = OutputFile.begin(permit.file);
  try {
    const image = {
      ...{ path: permit.file, width, height, frames: 1, type: 'mask' as const },
      carried: { description: [] },
      provenance: { software: TOOL, lines: [`${TOOL} map of defects, proposed from ${exposures} exposures`] },
    };
    await writeImage(output, format, image, growing, fill);
    output.publish(permit);
    return marked;
  } finally {
    output.discard();
  }
}
