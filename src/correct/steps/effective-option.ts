/** What an option of a recipe comes to, for people who ask with what an image was made. */

import type { PixelType, WrittenType } from '../../model/exposure.ts';

/** The kinds of exposures that a recipe met. */
export interface Met {
  readonly read: PixelType;
  readonly written: WrittenType;
  readonly frames: number;
}

export type Single = string | number | boolean | null | readonly string[];

export interface EffectiveOption {
  readonly name: string;
  /** Where exposures of several types were met and it differs, by type. "none": an end of clip that is off. */
  readonly value: Single | Readonly<Record<string, Single>>;
  /** Where a value comes from that the recipe does not name; else null. */
  readonly from: string | null;
}

/** One value where it is the same for all types, null where none is known. */
export function byType<T extends string>(
  met: readonly T[],
  of: (type: T) => Single,
): { value: EffectiveOption['value']; types: string } {
  const types = [...new Set(met)].sort();
  const values = types.map(of);
  const same = values.every((value) => value === values[0]);
  const value = same ? (values[0] ?? null) : Object.fromEntries(types.map((type, i) => [type, values[i]!]));
  return { value, types: types.join(', ') };
}
