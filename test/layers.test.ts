/** The cut of the house: a file imports from its own folder or from a lower layer, and each package has one door. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** From the lowest to the highest; a folder stands for all in it. */
const LAYERS = [
  ['exposure', 'outcome', 'option', 'sample', 'machine', 'printable', 'version'],
  [
    'system-error',
    'files',
    'output-file',
    'ownership',
    'workshop',
    'folding',
    'formats',
    'kernels',
    'stopwatch',
    'disk-speed',
  ],
  ['calibration'],
  ['steps'],
  [
    ...[
      'recipe',
      'effective-recipe',
      'settings',
      'passage',
      'fit',
      'loads',
      'raw-rows',
      'sampler',
      'spikes',
      'survey',
      'patches',
      'mask',
      'provenance',
      'verdict',
      'range',
      'guards',
      'room',
      'crash',
      'correct',
    ],
    ...['inspect', 'kernel-speed'],
  ],
  ['pool', 'intake', 'journal', 'decide', 'flight', 'events'],
  [
    ...[
      'run',
      'plan',
      'run-thread',
      'run-thread-entry',
      'watch',
      'session',
      'lookup',
      'beats',
      'status-file',
      'conveyor',
      'attempts',
      'policy',
      'keeper',
      'pauses',
      'figures',
      'output-folder',
    ],
    ...['report', 'reference', 'simulate', 'speed', 'verify'],
  ],
  ['cli'],
];

/** Where each package comes in: a file, or a folder ending in a slash. */
const DOORS: Record<string, string> = {
  yargs: 'cli/',
  ora: 'cli/live.ts',
  yaml: 'cli/recipe-file.ts',
  piscina: 'pool/pool.ts',
  chokidar: 'intake/hints.ts',
  picomatch: 'intake/patterns.ts',
  '@photostructure/sqlite': 'journal/',
  geotiff: 'formats/tiff-directory.ts',
  '@observablehq/plot': 'report/chart.ts',
  linkedom: 'report/chart.ts',
  fflate: 'formats/tiff-compressors.ts',
  '@bokuweb/zstd-wasm': 'formats/zstd.ts',
  zstddec: 'formats/zstd.ts',
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

/** The part of the house that a file stands in: its folder, or itself. */
const partOf = (file: string): string => file.split(path.sep)[0]!.replace(/\.ts$/, '');
const layerOf = (part: string): number => LAYERS.findIndex((layer) => layer.includes(part));

test('the sources were found, and imports in them', () => {
  assert.ok(files.length > 40 && imports.length > 150, `${files.length} files, ${imports.length} imports`);
  assert.ok(imports.some(({ from, what }) => from === 'correct.ts' && what === './formats/index.ts'));
});

test('every part of the house has its layer', () => {
  const homeless = new Set(files.map(partOf).filter((part) => layerOf(part) < 0));
  assert.deepEqual([...homeless], []);
});

test('a file imports from its own part, its own layer or a lower one, never upwards', () => {
  const upwards = imports.flatMap(({ from, what }) => {
    if (!what.startsWith('.')) return [];
    const target = path.join(path.dirname(from), what);
    const [here, there] = [partOf(from), partOf(target)];
    return here === there || layerOf(there) <= layerOf(here) ? [] : [`${from} imports ${target}`];
  });
  assert.deepEqual(upwards, []);
});

test('the folders of one layer do not know each other, but for formats, which pack and unpack with kernels', () => {
  const sideways = imports.flatMap(({ from, what }) => {
    if (!what.startsWith('.')) return [];
    const target = path.join(path.dirname(from), what);
    const [here, there] = [partOf(from), partOf(target)];
    const folders = from.includes(path.sep) && target.includes(path.sep);
    const known = here === 'formats' && there === 'kernels';
    return folders && here !== there && layerOf(here) === layerOf(there) && !known ? [`${from} imports ${target}`] : [];
  });
  assert.deepEqual(sideways, []);
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
  'ownership.ts': 'makes folders',
  'output-file.ts': 'writes, and publishes what is permitted',
  'workshop.ts': 'sweeps what is unfinished',
  'folding.ts': 'probes the workshop',
  'mask.ts': 'removes masks that are shown to be ours',
  'correct.ts': 'begins anew in the workshop',
  'journal/lock.ts': 'the lock, in the workshop',
  'journal/opening.ts': 'the journal, which is permitted',
  'journal/copy.ts': 'a copy of the journal, in the workshop',
  'report/alone.ts': 'removes that copy',
  'speed.ts': 'a folder of its own, which it makes',
  'disk-speed.ts': 'in that folder',
  'simulate/samples.ts': "the repository's own samples",
};

test('files are made, moved and removed in a few places, each known', () => {
  const writes =
    /\b(rename|link|symlink|writeFile|appendFile|copyFile|cp|rm|rmdir|unlink|mkdir|mkdtemp|truncate|createWriteStream)(Sync)?\(|openSync\([^)]*('w|O_CREAT)/;
  const found = files.filter((from) => {
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
