/** Gathers defects from lists and maps, of one camera, into one list; whole files keep all that they say. */

import { named } from '../../correct/provenance.ts';
import { openExposure } from '../../formats/index.ts';
import { compileKernels, createMemory, instantiate } from '../../kernels/kernels.ts';
import type { Exposure } from '../../model/exposure.ts';
import { Refusal } from '../../model/outcome.ts';
import { fitted } from '../../references/defect-lists/fit.ts';
import { readDefectList } from '../../references/defect-lists/index.ts';
import type { DefectList, Size } from '../../references/defect-lists/list.ts';
import { listOf, markList, maskOf } from '../../references/defect-lists/mask.ts';
import { turnedTo } from '../../references/defect-lists/turn.ts';
import { DefectMask } from '../../references/defects.ts';
import { PlaneReader } from '../../references/plane-reader.ts';

/** The size and the order of rows of the images that the defects are for; null: those of the first source. */
export type Like = Pick<Exposure, 'width' | 'height' | 'firstRow'> | null;

/** Where some defects come from, and what is to be said of it. */
export interface Source {
  readonly name: string;
  readonly list: DefectList;
  /** What labels say of it. */
  readonly said: string;
}

export interface Gathered {
  /** It knows its size. */
  readonly list: DefectList;
  readonly notes: readonly string[];
}

/** A list or a map, from a file. @throws Fault, Refusal */
export async function sourceFrom(name: string): Promise<Source> {
  const read = await readDefectList(name);
  if (read) return { name, list: read.list, said: named(name, read.hash) };
  const exposure = await openExposure(name, 'defects');
  try {
    const memory = createMemory();
    const { width, height, firstRow } = exposure.source.exposure;
    const mask = new DefectMask(width, height);
    const reader = new PlaneReader(name, exposure, false, instantiate(compileKernels(), memory), memory);
    const hash = await reader.mark(mask);
    return { name, list: listOf(mask, firstRow), said: named(name, hash) };
  } finally {
    exposure.close();
  }
}

/**
 * The defects of all sources, for images like `like`.
 * @param rotationAndFlip the images' RotationAndFlip; null: that of the lists
 * @throws Refusal when sizes do not fit, or no size is known
 */
export function gather(sources: readonly Source[], like: Like, rotationAndFlip: number | null): Gathered {
  const size = like ?? sources.find(({ list }) => list.size !== null)?.list.size ?? null;
  if (size === null)
    throw new Refusal(
      `${sources[0]!.name}: it does not say how large the camera is; name an exposure or a reference of it with --like FILE`,
    );
  const notes: string[] = [];
  const lists = sources.map(({ name, list }) => {
    const known = list.size === null ? { ...list, size: sizeOf(size) } : list;
    const turned = rotationAndFlip === null ? known : turnedTo(known, rotationAndFlip);
    // Without an image that says otherwise the first list keeps its size, whichever way it is turned.
    const fits = fitted(name, turned, like === null && sources.length === 1 ? turned.size! : sizeOf(size));
    if (fits.note !== null) notes.push(fits.note);
    return { name, list: fits.list };
  });
  const firstRow = like?.firstRow ?? lists[0]!.list.firstRow;
  if (lists.length === 1 && lists[0]!.list.firstRow === firstRow) return { list: lists[0]!.list, notes };
  const mask = new DefectMask(lists[0]!.list.size!.width, lists[0]!.list.size!.height);
  for (const { list } of lists) markList(mask, list, list.firstRow !== firstRow);
  return { list: { ...listOf(mask, firstRow), rotationAndFlip: lists[0]!.list.rotationAndFlip }, notes };
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });

/** How many pixels a list marks. */
export function pixelsOf(name: string, list: DefectList): number {
  const { bits } = maskOf(name, list);
  let count = 0;
  for (const byte of bits) for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}
