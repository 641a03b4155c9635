/** The scripts as plain files with names in double braces: ours, or those of the site. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../../../model/outcome.ts';
import { systemError } from '../../../model/system-error.ts';

/** Where ours are, seen from the compiled file. */
const OURS = fileURLToPath(new URL('../../../../../samples/slurm/', import.meta.url));

/** The files, and the names without which each would not do what it is for. */
export const SCRIPTS = {
  'array.sbatch': ['arguments', 'tasks'],
  'merge.sbatch': ['folder'],
  'submit.sh': [],
} as const satisfies Record<string, readonly string[]>;

export type Script = keyof typeof SCRIPTS;

const NAME = /\{\{\s*([^{}]*?)\s*\}\}/g;

/**
 * The text of a script, filled in. `site`: a folder whose files take the place of ours, those that are in it.
 * @throws Refusal for a name that nothing is known for, or that is missing
 */
export function filled(script: Script, values: Readonly<Record<string, string>>, site: string | null): string {
  const own = site === null ? null : path.join(site, script);
  const file = own !== null && fs.existsSync(own) ? own : path.join(OURS, script);
  const text = read(file);
  const named = [...text.matchAll(NAME)].map(([, name]) => name!);
  const unknown = named.find((name) => !Object.hasOwn(values, name));
  if (unknown !== undefined)
    throw new Refusal(
      `${file}: found {{${unknown}}}, expected one of ${Object.keys(values).join(', ')}; correct the name`,
    );
  const missing = SCRIPTS[script].find((name) => !named.includes(name));
  if (missing !== undefined)
    throw new Refusal(`${file}: {{${missing}}} is not in it, without which it cannot work; see ${OURS}${script}`);
  return text.replaceAll(NAME, (_, name: string) => values[name]!);
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const name = systemError(error)?.name;
    if (name === undefined) throw error;
    throw new Refusal(`${file}: the template cannot be read (${name}); check it`, { cause: error });
  }
}
