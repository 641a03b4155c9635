/** Writes a list of defects in any of the formats that `--defects` takes: as a text, or as an image of 0 and 1. */

import path from 'node:path';
import { provenance } from '../../correct/provenance.ts';
import { OutputFile } from '../../files/output-file.ts';
import { type Permit, permitText } from '../../files/ownership.ts';
import { permitImage } from '../../formats/ours.ts';
import { WRITTEN_FORMATS, type WrittenFormat } from '../../model/exposure.ts';
import { TOOL } from '../../model/version.ts';
import { LISTS } from '../../references/defect-lists/index.ts';
import type { DefectList } from '../../references/defect-lists/list.ts';
import { maskOf } from '../../references/defect-lists/mask.ts';
import { writeReference } from './write.ts';

/** Ways to write defects, by their name. */
export const DEFECT_FORMATS: readonly string[] = [...LISTS.map(({ name }) => name), ...WRITTEN_FORMATS];

const isImage = (format: string): format is WrittenFormat => WRITTEN_FORMATS.some((name) => name === format);

/** The format of a file with this ending; null: its ending says nothing. `images`: by their endings. */
export function formatNamed(file: string, images: ReadonlyMap<string, WrittenFormat>): string | null {
  const extension = path.extname(file).toLowerCase();
  return images.get(extension) ?? LISTS.find(({ extensions }) => extensions.includes(extension))?.name ?? null;
}

export interface Target {
  readonly file: string;
  readonly overwrite: boolean;
  /** What to do where it may not be written. */
  readonly way: string;
}

/** @throws Fault 'collision' when a file of that name may not be replaced */
export async function permitDefects(format: string, { file, overwrite, way }: Target): Promise<Permit> {
  const place = { file, within: null, way };
  if (isImage(format)) return await permitImage({ ...place, replaces: overwrite ? 'reference' : null });
  return permitText({ ...place, replaces: overwrite ? 'defects' : null });
}

/**
 * @param said what the list comes from, item by item
 * @throws Fault 'disk', 'output', 'away', 'collision'
 */
export async function writeDefectsAs(
  format: string,
  permit: Permit,
  list: DefectList,
  said: readonly string[],
): Promise<void> {
  if (isImage(format)) {
    const mask = maskOf(permit.file, list);
    const { width, height } = mask;
    const pixels = new Float32Array(width * height);
    for (let row = 0; row < height; row++)
      for (let col = 0; col < width; col++) if (mask.has(row, col)) pixels[row * width + col] = 1;
    const exposure = { width, height, firstRow: list.firstRow };
    const type = format === 'mrc' ? 'mask' : 'uint16';
    await writeReference(permit, format, { exposure, pixels, type, provenance: provenance(['defects', ...said], []) });
    return;
  }
  const text = await LISTS.find(({ name }) => name === format)!.write(list, `${TOOL}: defects, ${said.join(', ')}`);
  const part = OutputFile.begin(permit.file);
  try {
    part.write(Buffer.from(text), 0);
    part.publish(permit);
  } finally {
    part.discard();
  }
}
