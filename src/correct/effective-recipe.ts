/**
 * What a recipe comes to: defaults that depend on the method or on the exposures filled in, and options of what does not
 * run left out. For people who ask with what an image was made; pixels depend on the recipe itself.
 */

import { PIXELS, type PixelType, type WrittenType } from '../model/exposure.ts';
import type { Recipe } from './recipe.ts';
import { clipRange } from './steps/clip.ts';
import { counted, despikeInUse } from './steps/despike.ts';

/** What exposures a recipe met. */
export interface Met {
  readonly read: PixelType;
  readonly written: WrittenType;
  readonly frames: number;
}

type Single = string | number | boolean | null | readonly string[];

export interface EffectiveOption {
  readonly name: string;
  /** Where exposures of several types were met and it differs, by type. "none": an end of clip that is off. */
  readonly value: Single | Readonly<Record<string, Single>>;
  /** Where a value comes from that the recipe does not name; else null. */
  readonly from: string | null;
}

/** In the order of the recipe. A recipe of old may lack options: what it lacks is not told. `met`: none is met yet. */
export function effectiveRecipe(recipe: Partial<Recipe>, met: readonly Met[]): EffectiveOption[] {
  const clips = recipe.steps?.includes('clip') ?? false;
  const despiked = recipe.steps?.includes('despike') && recipe.despike !== undefined && recipe.despike !== 'off';
  const inUse: Record<string, unknown> = despiked ? despikeInUse(recipe as Recipe) : {};
  return Object.entries(recipe).flatMap(([name, given]): EffectiveOption[] => {
    const as = (value: EffectiveOption['value'], from: string | null = null) => [{ name, value, from }];
    if (name === 'despike') return despiked ? [despikeOf(recipe, met)] : as('off');
    if (name === 'despikeThreshold' && despiked)
      return as(inUse[name] as Single, given === null ? `default of ${recipe.despike}` : null);
    if (name === 'despikeFrames' || name === 'maxSpikes') return despiked ? as(given as Single) : [];
    if (name.startsWith('despike') || name === 'diffraction') return name in inUse ? as(inUse[name] as Single) : [];
    if (name === 'clipLow' || name === 'clipHigh') return clips ? [clipOf(name, recipe, met)] : [];
    if (name === 'saturation' && given === null) return [saturationOf(met)];
    return as(given as Single);
  });
}

/** Counted electrons are not despiked by themselves. */
function despikeOf({ despike, despikeFrames }: Partial<Recipe>, met: readonly Met[]): EffectiveOption {
  const left = despikeFrames ? 0 : met.filter(({ read, frames }) => counted(frames, read)).length;
  const all = left > 0 && left === met.length;
  return {
    name: 'despike',
    value: all ? 'off' : (despike ?? null),
    from: left === 0 ? null : `${all ? '' : 'off for '}stacks and 8-bit pixels${all ? ' are not despiked' : ''}`,
  };
}

function clipOf(name: 'clipLow' | 'clipHigh', recipe: Partial<Recipe>, met: readonly Met[]): EffectiveOption {
  const { clipLow = null, clipHigh = null, scale = 1, offset = 0 } = recipe;
  const given = recipe[name] ?? null;
  if (given !== null) return { name, value: given, from: null };
  const ends = byType(
    met.map(({ written }) => written),
    (written) => {
      const range = clipRange({ clipLow, clipHigh, scale, offset, written });
      const end = name === 'clipLow' ? range.low : range.high;
      return Number.isFinite(end) ? end : 'none';
    },
  );
  const seen = scale === 1 && offset === 0 ? '' : ', seen through scale and offset';
  return { name, value: ends.value, from: `range of ${ends.types || 'the type written'}${seen}` };
}

function saturationOf(met: readonly Met[]): EffectiveOption {
  const limits = byType(
    met.map(({ read }) => read),
    (read) => (Number.isFinite(PIXELS[read].highest) ? PIXELS[read].highest : 'none'),
  );
  return { name: 'saturation', value: limits.value, from: `largest value of ${limits.types || 'the raw type'}` };
}

/** One value where it is the same for all types, null where none is known. */
function byType<T extends string>(
  met: readonly T[],
  of: (type: T) => Single,
): { value: EffectiveOption['value']; types: string } {
  const types = [...new Set(met)].sort();
  const values = types.map(of);
  const same = values.every((value) => value === values[0]);
  const value = same ? (values[0] ?? null) : Object.fromEntries(types.map((type, i) => [type, values[i]!]));
  return { value, types: types.join(', ') };
}
