/** The norm of a dark and a bright, and the pixels that they show to be bad, as a run would compute them. */

import { named, provenance } from '../../correct/provenance.ts';
import { openExposure } from '../../formats/index.ts';
import { compileKernels, createMemory, instantiate } from '../../kernels/kernels.ts';
import type { DefectList } from '../../references/defect-lists/list.ts';
import { listOf } from '../../references/defect-lists/mask.ts';
import { DefectMask } from '../../references/defects.ts';
import { loadReferences } from '../../references/load.ts';
import type { Plane } from './write.ts';

/**
 * `norm`: dead pixels are 0, so that who reads it knows them for bad. `defects`: the pixels that are. `said`: what both are made of.
 * @throws Refusal as a run would: sizes that differ, dark and bright exchanged, too many dead pixels
 */
export async function normOf(
  dark: string,
  bright: string,
): Promise<{ readonly norm: Plane; readonly defects: DefectList; readonly said: readonly string[] }> {
  const memory = createMemory();
  const kernels = instantiate(compileKernels(), memory);
  const { layout } = await loadReferences({ dark, bright, norm: null, defects: null }, false, kernels, memory);
  const { source, close } = await openExposure(dark);
  close();
  const { width, height } = layout;
  const norm = new Float32Array(width * height);
  const bad = new DefectMask(width, height);
  for (let row = 0; row < height; row++) {
    norm.set(new Float32Array(memory.buffer, layout.norm + row * layout.stride, width), row * width);
    if (!layout.defects) continue;
    const { mask, maskStride } = layout.defects;
    const bits = new Uint8Array(memory.buffer, mask + row * maskStride, maskStride);
    for (let col = 0; col < width; col++) {
      if (((bits[col >> 3]! >> (col & 7)) & 1) === 0) continue;
      bad.mark(row, col);
      norm[row * width + col] = 0;
    }
  }
  const { exposure } = source;
  return {
    norm: { exposure, pixels: norm, type: 'float32', provenance: provenance(['norm'], layout.files) },
    defects: listOf(bad, exposure.firstRow),
    said: layout.files.map(({ path: file, hash }) => named(file, hash)),
  };
}
