/** Recipes in YAML and JSON: options with odd values, odd keys, and text that is neither. */

import fs from 'node:fs';
import path from 'node:path';
import { runSettings } from '../../src/cli/parsing/settings.ts';
import { RECIPE_ONLY, RECIPE_OPTIONS } from '../../src/correct/recipe.ts';
import { Refusal } from '../../src/model/outcome.ts';
import { anyChange, type Change, EDGES } from './changes.ts';
import type { Random } from './random.ts';
import { ACCEPTED, REFUSED, type Target, unexpected } from './target.ts';

export const recipe: Target = {
  name: 'recipe',
  extension: '.yaml',
  async make(random) {
    const changes = Array.from({ length: random.between(0, 3) }, () =>
      random.chance(0.6) ? insertion(random) : anyChange(random),
    );
    return { base: Buffer.from(text(random)), changes };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'recipe.yaml');
    fs.writeFileSync(file, bytes);
    try {
      await runSettings({
        given: { recipe: file, out: path.join(folder, 'out') },
        words: [folder],
        line: 'darkroom run',
      });
      return ACCEPTED;
    } catch (error) {
      return error instanceof Refusal ? REFUSED : unexpected(error);
    }
  },
};

const KEYS = [...Object.keys({ ...RECIPE_OPTIONS, ...RECIPE_ONLY }), '__proto__', 'constructor', 'toString', 'threads'];
const WORDS = [
  'true',
  'null',
  '~',
  'none',
  'off',
  'robust',
  'leginon',
  '[]',
  '{}',
  '[flat-field, clip]',
  '.inf',
  '.nan',
];
const PIECES = [
  '&a ',
  '*a',
  '<<: ',
  '!!binary ',
  '!!set ',
  '? ',
  '- ',
  '---\n',
  '...\n',
  '\t',
  '%YAML 1.2\n',
  '\u0000',
  '"',
  '|\n',
  '\ufeff',
  '&a [*a, *a]',
];

const value = (random: Random): string =>
  random.pick([random.pick(WORDS), String(random.pick(EDGES)), String(-random.uniform()), '1e400', '0x1F', '"a b"']);

function text(random: Random): string {
  const keys = Array.from({ length: random.between(0, 6) }, () => random.pick(KEYS));
  if (random.chance(0.3))
    return JSON.stringify(Object.fromEntries(keys.map((key) => [key, random.pick([...EDGES, ...WORDS])])));
  const start = random.chance(0.5) ? 'noFlatField: true\n' : '';
  return start + keys.map((key) => `${key}: ${value(random)}\n`).join('');
}

function insertion(random: Random): Change {
  const [where, piece] = [random.uniform(), random.pick(PIECES)];
  return (bytes) => {
    const at = Math.floor(where * bytes.length);
    return Uint8Array.from(Buffer.concat([bytes.subarray(0, at), Buffer.from(piece), bytes.subarray(at)]));
  };
}
