/** Reads the sets of references and the rules of a recipe: plain values from YAML become checked ones, key by key. */

import path from 'node:path';
import type { OptionTable } from '../../model/option.ts';
import { Refusal } from '../../model/outcome.ts';
import { CONDITION_NAMES, conditionNamed, shownTime, type When } from '../../references/conditions.ts';
import { type ReferencePaths, referenceFiles } from '../../references/references.ts';
import { DEEDS, type ReferenceSet, type Rule } from '../../references/sets.ts';
import { didYouMean } from './nearest.ts';
import { accept, expectation, type Given, shown, type Value } from './values.ts';

/** Where something stands in a recipe, for messages. */
interface At {
  readonly file: string;
  readonly key: string;
}

/** The references that a set may have: options of the command line. */
export type SetOptions = OptionTable;

/** @throws Refusal with the key, what was found and what was expected */
export function readSets(file: string, list: readonly unknown[], options: SetOptions): ReferenceSet[] {
  const sets = list.map((found, i) => readSet({ file, key: `references[${i + 1}]` }, found, options));
  for (const [i, { name }] of sets.entries()) {
    const other = sets.findIndex((each) => each.name === name);
    if (other < i)
      throw new Refusal(
        `${file}: references[${other + 1}] and references[${i + 1}] have the same name, ${JSON.stringify(name)}; give each a name of its own`,
      );
  }
  return sets;
}

/** @throws Refusal as `readSets` */
export function readRules(file: string, list: readonly unknown[]): Rule[] {
  return list.map((found, i) => {
    const at = { file, key: `rules[${i + 1}]` };
    const values = entries(at, found, ['when', 'do'], 'a rule such as {when: {width: 1024}, do: ignore}');
    const deed = DEEDS.find((each) => each === values.do);
    if (!deed) throw odd({ file, key: `${at.key}.do` }, values.do, 'correct, copy or ignore');
    return { when: readWhen({ file, key: `${at.key}.when` }, values.when), do: deed };
  });
}

function readSet(at: At, found: unknown, options: SetOptions): ReferenceSet {
  const { file, key } = at;
  const roles = Object.keys(options);
  const values = entries(at, found, ['name', 'when', ...roles], 'a set such as {dark: dark.mrc, bright: bright.mrc}');
  const given: Record<string, Value> = {};
  for (const role of roles) {
    if (values[role] === undefined) continue;
    const option = options[role]!;
    const value = accept(option, values[role]);
    if (value === undefined) throw odd({ file, key: `${key}.${role}` }, values[role], expectation(option));
    given[role] = value;
  }
  const paths = pathsIn(given, path.dirname(path.resolve(file)));
  if (Object.keys(given).length === 0)
    throw new Refusal(`${file}: ${key}: found no references, expected dark and bright, or norm`);
  const name = values.name === undefined ? nameOf(paths, at) : values.name;
  if (typeof name !== 'string' || name.trim() === '') throw odd({ file, key: `${key}.name` }, name, 'a text');
  return { name, paths, when: readWhen({ file, key: `${key}.when` }, values.when) };
}

function pathsIn(given: Given, folder: string): ReferencePaths {
  const resolved = (value: Value | undefined): unknown =>
    value === undefined
      ? null
      : Array.isArray(value)
        ? value.map((each) => path.resolve(folder, String(each)))
        : path.resolve(folder, String(value));
  return Object.fromEntries(
    (['dark', 'bright', 'norm', 'bias', 'defects'] as const).map((role) => [role, resolved(given[role])]),
  ) as unknown as ReferencePaths;
}

/** After its folder and its main file. */
function nameOf(paths: ReferencePaths, { key }: At): string {
  const files = referenceFiles(paths);
  const main = files.find(({ role }) => role === 'norm' || role === 'bright') ?? files[0];
  return main ? path.join(path.basename(path.dirname(main.file)), path.basename(main.file)) : key;
}

function readWhen({ file, key }: At, found: unknown): When {
  if (found === undefined) return {};
  const values = entries({ file, key }, found, CONDITION_NAMES, 'conditions such as {width: 4096}');
  const when: Record<string, unknown> = {};
  for (const name of CONDITION_NAMES) {
    if (values[name] === undefined) continue;
    const { accept: taken, expects } = conditionNamed(name);
    const value = taken(values[name]);
    if (value === undefined) throw odd({ file, key: `${key}.${name}` }, values[name], expects);
    when[name] = value;
  }
  const { from, to } = when as When;
  if (from !== undefined && to !== undefined && from >= to)
    throw new Refusal(`${file}: ${key}: from ${shownTime(from)} is not before to ${shownTime(to)}; exchange them`);
  return when as When;
}

function entries(
  { file, key }: At,
  found: unknown,
  known: readonly string[],
  expected: string,
): Readonly<Record<string, unknown>> {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw odd({ file, key }, found, expected);
  for (const name of Object.keys(found)) {
    if (known.includes(name)) continue;
    const meant = didYouMean(
      name,
      known.map((each) => ({ name: each })),
    );
    throw new Refusal(
      `${file}: ${key}: there is no key ${JSON.stringify(name)}${meant || `; it may hold ${known.join(', ')}`}`,
    );
  }
  return found as Readonly<Record<string, unknown>>;
}

const odd = ({ file, key }: At, found: unknown, expected: string): Refusal =>
  new Refusal(`${file}: ${key}: found ${shown(found)}, expected ${expected}`);
