/** README and manual are kept true: what they name is compared with the code, and the SQL that they show is run. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { SIGNAL_EXITS } from '../src/cli/terminal/signals.ts';
import { RECIPE_ONLY } from '../src/correct/recipe.ts';
import { EXTENSIONS } from '../src/formats/index.ts';
import { toFlag } from '../src/model/option.ts';
import { FAULTS } from '../src/model/outcome.ts';
import { night } from './report/night.ts';

const ROOT = new URL('../../', import.meta.url);
const MANUAL = fileURLToPath(new URL('src/cli/manual/', ROOT));
const readme = fs.readFileSync(new URL('README.md', ROOT), 'utf8');
const topics = new Map(
  fs
    .readdirSync(MANUAL)
    .filter((name) => name.endsWith('.md'))
    .map((name) => [name.slice(0, -'.md'.length), fs.readFileSync(MANUAL + name, 'utf8')] as const),
);
const topic = (name: string): string => topics.get(name) ?? assert.fail(`src/cli/manual/${name}.md is missing`);
const all: readonly (readonly [name: string, text: string])[] = [['README', readme], ...topics];
const lines = (text: string): string[] => text.trimEnd().split('\n');
const missing = (names: readonly string[], text: string): string[] => names.filter((name) => !text.includes(name));

const flagsOf = (names: readonly string[]): string[] =>
  COMMANDS.filter(({ name }) => names.includes(name)).flatMap(({ options }) =>
    Object.keys(options).map((option) => `--${toFlag(option)}`),
  );

test('the README can be skimmed: at most 150 lines', () => {
  assert.ok(lines(readme).length <= 150, `${lines(readme).length} lines`);
});

test('the README names every command and every topic of the manual', () => {
  const commands = COMMANDS.map(({ name }) => `\`darkroom ${name}`);
  assert.deepEqual(missing(commands, readme), []);
  assert.deepEqual(
    missing(
      [...topics.keys()].map((name) => `\`${name}\``),
      readme,
    ),
    [],
  );
});

test('the README shows every room of the source', () => {
  const tree = /```\nbin.*?```/s.exec(readme)![0];
  const rooms = fs.readdirSync(new URL('src', ROOT), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(
    missing(
      rooms.map(({ name }) => `\n  ${name}/ `),
      tree,
    ),
    [],
  );
});

test('every topic begins with its title and a paragraph, and its lines fit', () => {
  for (const [name, text] of topics) {
    assert.match(text, /^# [^\n]+\n\n[A-Z`][^\n]+/, name);
    const long = lines(text).filter((line) => line.length > 120 && !line.startsWith('|'));
    assert.deepEqual(long, [], name);
  }
});

test('the manual has the place of the table of options, and names the options of all other commands', () => {
  const options = topic('options');
  assert.equal(lines(options).filter((line) => line === '<!-- options of run and watch -->').length, 1);
  const others = COMMANDS.map(({ name }) => name).filter((name) => !['run', 'watch', 'recipe', 'slurm'].includes(name));
  // Those of run are named above already.
  const forTasks = flagsOf(['slurm']).filter((flag) => !flagsOf(['run']).includes(flag));
  assert.deepEqual(
    [...flagsOf(others), ...forTasks].filter((flag) => !options.includes(`\`${flag}\``)),
    [],
  );
});

test('README and manual name no option, command or topic that does not exist', () => {
  const flags = new Set(['--help', '--version', ...flagsOf(COMMANDS.map(({ name }) => name))]);
  const commands = new Set(['help', 'completion', ...COMMANDS.map(({ name }) => name)]);
  for (const [name, text] of all) {
    const named = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag);
    assert.deepEqual(
      named.filter((flag) => !flags.has(flag)),
      [],
      name,
    );
    const called = [...text.matchAll(/(?:`|^ {4})darkroom ([a-z]+)/gm)].map(([, command]) => command!);
    assert.deepEqual(
      called.filter((command) => !commands.has(command)),
      [],
      name,
    );
    const pages = [...text.matchAll(/darkroom help ([a-z-]+)/g)].map(([, page]) => page!);
    assert.deepEqual(
      pages.filter((page) => !topics.has(page)),
      [],
      name,
    );
  }
});

test('the manual has every kind of failure, exit code, extension and key of recipes', () => {
  assert.deepEqual(
    missing(
      Object.keys(FAULTS).map((kind) => `| \`${kind}\` |`),
      topic('troubleshooting'),
    ),
    [],
  );
  const codes = [0, 1, 2, 3, ...Object.values(SIGNAL_EXITS)].map((code) => `| ${code} |`);
  assert.deepEqual(missing(codes, topic('exit-codes')), []);
  assert.deepEqual(
    missing(
      EXTENSIONS.map((extension) => `\`${extension}\``),
      topic('inputs'),
    ),
    [],
  );
  assert.deepEqual(
    missing(
      Object.keys(RECIPE_ONLY).map((key) => `| \`${key}`),
      topic('recipes'),
    ),
    [],
  );
});

test('the SQL of the manual runs on a real journal, and the manual names its tables', (t) => {
  const { journal } = night(t);
  const page = topic('journal');
  const queries = /```sql\n(.*?)```/s
    .exec(page)![1]!
    .split(';')
    .filter((query) => query.trim() !== '');
  const database = new DatabaseSync(journal.file, { readOnly: true });
  t.after(() => database.close());
  const found = queries.map((query) => database.prepare(query).all().length);
  assert.deepEqual(found, [1, 10, 1]);
  const shell = /sqlite3 \S+ "(SELECT [^"]+)"/.exec(page)![1]!;
  assert.equal(database.prepare(shell).all().length, 2, 'the exposures that failed');
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").all();
  const shown = [...page.split('\n## ')[0]!.matchAll(/^\| (`.*?) \|/gm)].flatMap(
    ([, cell]) => cell!.match(/(?<=`)\w+(?=`)/g)!,
  );
  assert.deepEqual(shown.toSorted(), tables.map(({ name }) => name as string).toSorted());
});
