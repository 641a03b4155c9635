/** The layout of the source: rooms in one order, no circles, one door for each package, few places that write. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** Rooms, and the files beside them, from the lowest to the highest: a file imports from its own room or from lower ones. */
const ROOMS = [
  ...['model', 'files', 'kernels', 'formats', 'references', 'correct', 'journal', 'intake', 'report', 'conveyor'],
  ...['run', 'watch', 'run-thread', 'run-thread-entry', 'tools', 'cli'],
];

/** Where each package comes in: a file, or a folder ending in a slash. */
const DOORS: Record<string, string> = {
  yargs: 'cli/parsing/parser.ts',
  ora: 'cli/terminal/live.ts',
  marked: 'cli/commands/help/markdown.ts',
  yaml: 'files/yaml.ts',
  piscina: 'conveyor/pool.ts',
  chokidar: 'intake/hints.ts',
  picomatch: 'intake/patterns.ts',
  '@photostructure/sqlite': 'journal/',
  geotiff: 'formats/tiff/directory.ts',
  '@observablehq/plot': 'report/page/chart.ts',
  linkedom: 'report/page/chart.ts',
  htmlparser2: 'formats/sidecars/xml.ts',
  '@bokuweb/zstd-wasm': 'formats/tiff/zstd.ts',
  zstddec: 'formats/tiff/zstd.ts',
};

interface Import {
  readonly from: string;
  readonly what: string;
}

const files = fs
  .readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith(path.join('kernels', 'assembly')));

const imports: Import[] = files.flatMap((from) => {
  const text = fs.readFileSync(path.join(src, from), 'utf8');
  const statements = [
    ...text.matchAll(/^(?:import|export)\b[^;'"]*?from\s+['"]([^'"]+)['"]/gm),
    ...text.matchAll(/^import\s+['"]([^'"]+)['"]/gm),
    ...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g),
  ];
  return statements.map(([, what]) => ({ from, what: what! }));
});

/** The room of a file: its folder, or itself. */
const roomOf = (file: string): string => file.split(path.sep)[0]!.replace(/\.ts$/, '');
const rank = (file: string): number => ROOMS.indexOf(roomOf(file));

/** Files by file that imports them. */
const uses = new Map(
  files.map((from) => [
    from,
    imports
      .filter((each) => each.from === from && each.what.startsWith('.'))
      .map(({ what }) => path.join(path.dirname(from), what)),
  ]),
);

test('the sources were found, and imports in them', () => {
  assert.ok(files.length > 40 && imports.length > 150, `${files.length} files, ${imports.length} imports`);
  assert.ok(uses.get(path.join('correct', 'correct.ts'))!.includes(path.join('formats', 'index.ts')));
});

test('every file has a room, and at most eight files stand beside the rooms', () => {
  assert.deepEqual(
    files.filter((file) => rank(file) < 0),
    [],
  );
  assert.ok(files.filter((file) => !file.includes(path.sep)).length <= 8);
});

test('a file imports from its own room or a lower one, never upwards', () => {
  const upwards = [...uses].flatMap(([from, what]) =>
    what.filter((target) => rank(target) > rank(from)).map((target) => `${from} imports ${target}`),
  );
  assert.deepEqual(upwards, []);
});

test('no files import each other in a circle', () => {
  const state = new Map<string, 'open' | 'closed'>();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (state.get(file) === 'open') circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (state.has(file)) return;
    state.set(file, 'open');
    for (const target of uses.get(file) ?? []) visit(target, [...way, file]);
    state.set(file, 'closed');
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(circles, []);
});

test('each package comes in at one door', () => {
  const elsewhere = imports.flatMap(({ from, what }) => {
    if (what.startsWith('.') || what.startsWith('node:')) return [];
    const name = what
      .split('/')
      .slice(0, what.startsWith('@') ? 2 : 1)
      .join('/');
    const door = DOORS[name];
    const open = door?.endsWith('/') ? from.startsWith(door) : from === door;
    return open ? [] : [`${from} imports ${name}, whose door is ${door ?? 'nowhere'}`];
  });
  assert.deepEqual(elsewhere, []);
});

/** Who makes, moves and removes files. Whoever else writes does it through these, and thereby asks `ownership.ts` first. */
const WRITERS: Record<string, string> = {
  'files/ownership.ts': 'makes folders',
  'files/output-file.ts': 'writes, and publishes what is permitted',
  'files/unpacked.ts': 'a file without a name among the temporary ones',
  'files/workshop.ts': 'sweeps what is unfinished',
  'files/folding.ts': 'probes the workshop',
  'correct/observe/mask.ts': 'removes masks that are shown to be ours',
  'correct/publish.ts': 'begins anew in the workshop',
  'journal/lock.ts': 'the lock, in the workshop',
  'journal/opening.ts': 'the journal, which is permitted',
  'journal/copy.ts': 'a copy of the journal, in the workshop',
  'journal/merging.ts': 'copies of the journals of shards, in the workshop',
  'journal/shards.ts': 'removes the folders of shards that are merged',
  'conveyor/output-folder.ts': 'removes the journal of a shard that may not begin',
  'report/alone.ts': 'removes that copy',
  'tools/speed/speed.ts': 'a folder of its own, which it makes',
  'tools/speed/disk-speed.ts': 'in that folder',
  'tools/simulate/samples.ts': "the repository's own samples",
  'cli/man.ts': 'the man page, in dist',
};

test('files are made, moved and removed in a few places, each known', () => {
  const writes =
    /\b(rename|link|symlink|writeFile|appendFile|copyFile|cp|rm|rmdir|unlink|mkdir|mkdtemp|truncate|createWriteStream)(Sync)?\(|openSync\([^)]*('w|O_CREAT)/;
  // What runs in a browser has no files.
  const node = files.filter((from) => !from.includes('browser'));
  const found = node.filter((from) => {
    const code = fs.readFileSync(path.join(src, from), 'utf8').replaceAll(/^\s*(\*|\/\/|\/\*\*).*$/gm, '');
    return writes.test(code);
  });
  assert.deepEqual(found.sort(), Object.keys(WRITERS).sort());
});

test('every package that is installed for users has a door', () => {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(src, '../package.json'), 'utf8'));
  const missing = Object.keys(dependencies).filter((name) => !(name in DOORS));
  assert.deepEqual(missing, []);
});
