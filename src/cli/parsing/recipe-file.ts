/** Recipe files: the options of a run as YAML or JSON, checked by the same tables as the command line. */

import fs from 'node:fs';
import path from 'node:path';
import { openRegular, readFully } from '../../files/input-file.ts';
import { parseYaml } from '../../files/yaml.ts';
import type { Option, OptionTable } from '../../model/option.ts';
import { toFlag } from '../../model/option.ts';
import { Fault, Refusal } from '../../model/outcome.ts';
import { didYouMean, namedOptions } from './nearest.ts';
import { RUN_OPTIONS } from './options.ts';
import { readRules, readSets } from './reference-sets.ts';
import { accept, expectation, type Given, shown, type Value } from './values.ts';

/** A recipe is some lines of text; what is larger is another file by mistake. */
const LARGEST = 1 << 20;

/**
 * The options that a recipe gives; its paths are relative to its own folder and come out absolute. `elsewhere` holds
 * options that exist but may only stand on the command line.
 * @throws Refusal naming file, key, what was found and what was expected
 */
export async function readRecipe(file: string, options: OptionTable, elsewhere: OptionTable): Promise<Given> {
  const folder = path.dirname(path.resolve(file));
  const given: Record<string, Value> = {};
  for (const [name, found] of Object.entries(await parse(file, readText(file)))) {
    if (!Object.hasOwn(options, name)) throw unknownKey(file, name, options, elsewhere);
    const option = options[name]!;
    const value = accept(option, found);
    if (value === undefined)
      throw new Refusal(`${file}: ${name}: found ${shown(found)}, expected ${expectation(option)}`);
    if (option.kind === 'sets') given[name] = readSets(file, value as readonly unknown[], ofSets(options));
    else if (option.kind === 'rules') given[name] = readRules(file, value as readonly unknown[]);
    else given[name] = resolved(option, value, folder);
  }
  return given;
}

/** The references that a set may have. */
const ofSets = (options: OptionTable): OptionTable =>
  Object.fromEntries(
    ['dark', 'bright', 'norm', 'bias', 'defects'].flatMap((role) => (options[role] ? [[role, options[role]]] : [])),
  );

/** Paths from `folder` on, where the option takes paths. */
export function resolved({ kind }: Option, value: Value, folder: string): Value {
  if (kind === 'files') return (value as readonly string[]).map((each) => path.resolve(folder, each));
  return kind === 'file' || kind === 'folder' ? path.resolve(folder, String(value)) : value;
}

function readText(file: string): string {
  try {
    const open = openRegular(file);
    try {
      if (open.size > LARGEST)
        throw new Refusal(`${file}: found ${open.size} bytes, expected a recipe of some lines of YAML or JSON`);
      const bytes = new Uint8Array(open.size);
      readFully(open, bytes, 0);
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } finally {
      fs.closeSync(open.fd);
    }
  } catch (error) {
    if (error instanceof Fault) throw new Refusal(`--recipe: ${error.message}`, { cause: error });
    if (error instanceof TypeError)
      throw new Refusal(`${file}: found bytes that are not UTF-8, expected a recipe in YAML or JSON`, { cause: error });
    throw error;
  }
}

async function parse(file: string, text: string): Promise<Record<string, unknown>> {
  const { content } = await parseYaml(file, text);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new Refusal(`${file}: found ${shown(content)}, expected options such as "despikeThreshold: 4", one a line`);
  }
  return content as Record<string, unknown>;
}

function unknownKey(file: string, name: string, options: OptionTable, elsewhere: OptionTable): Refusal {
  if (Object.hasOwn(elsewhere, name)) {
    return new Refusal(
      `${file}: ${name} belongs to a run, not to a recipe; give --${toFlag(name)} on the command line${Object.hasOwn(RUN_OPTIONS, name) ? '' : ' of darkroom watch'}`,
    );
  }
  const meant = didYouMean(name, namedOptions(options)) || `; a recipe may hold ${Object.keys(options).join(', ')}`;
  return new Refusal(`${file}: there is no option ${JSON.stringify(name)}${meant}`);
}
