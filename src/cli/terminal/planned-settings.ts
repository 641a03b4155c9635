/** What `--dry-run` says of the settings: each with its value as it takes effect, and where that comes from. */

import type { EffectiveOption } from '../../correct/effective-recipe.ts';
import type { RunSettings } from '../../correct/settings.ts';
import { referenceFiles } from '../../references/references.ts';

/** `derived`: from other options, or from the exposures themselves. */
export type Source = 'command line' | 'recipe' | 'derived' | 'default';

export interface PlannedSetting {
  readonly name: string;
  readonly value: EffectiveOption['value'];
  readonly source: Source;
  /** What it is derived from, or what else is to be said of it; else null. */
  readonly from: string | null;
}

/** References and threads first, then the options of the recipe in its order. `givenIn`: null for what nobody gave. */
export function plannedSettings(
  { references, threads }: Pick<RunSettings, 'references' | 'threads'>,
  effective: readonly EffectiveOption[],
  givenIn: (name: string) => 'command line' | 'recipe' | null,
): PlannedSetting[] {
  const files = referenceFiles(references).map(({ role, file }) => ({ name: role, value: file, from: null }));
  const free = givenIn('threads') === null ? 'processor cores' : null;
  return [...files, { name: 'threads', value: threads, from: free }, ...effective].map(({ name, value, from }) => ({
    name,
    value,
    source: givenIn(name) ?? (from === null ? 'default' : 'derived'),
    from,
  }));
}

/** One line for each that is not a plain default, and one line of those that are. */
export function linesOf(settings: readonly PlannedSetting[]): string[] {
  const plain = settings.filter(({ source }) => source === 'default');
  const others = settings.filter(({ source }) => source !== 'default');
  const width = Math.max(0, ...others.map(({ name }) => name.length));
  const line = ({ name, value, source, from }: PlannedSetting): string =>
    `  ${name.padEnd(width)}  ${inText(value)} (${source}${from === null ? '' : `: ${from}`})`;
  const defaults = plain.map(({ name, value }) => `${name} ${inText(value)}`).join(', ');
  return ['settings', ...others.map(line), ...(defaults === '' ? [] : [`  defaults: ${defaults}`])];
}

function inText(value: EffectiveOption['value']): string {
  if (value === null) return 'none';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : 'none';
  return Object.entries(value)
    .map(([type, each]) => `${String(each)} for ${type}`)
    .join(', ');
}
