import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { parse, type Raw } from '../../../src/cli/parsing/parser.ts';
import { plain } from '../../../src/cli/parsing/plain.ts';
import { toFlag } from '../../../src/model/option.ts';

/** What decides: letters stand beside the flags that they are short for. */
const meaning = (raw: Raw): unknown =>
  Object.fromEntries(Object.entries(raw).filter(([key]) => key === '_' || (key.length > 1 && key !== '$0')));

const VALUES = [
  'raw/a b',
  '007',
  '1e3',
  'true',
  'false',
  'none',
  '"quoted"',
  "it's",
  'help',
  'run',
  '',
  ' ',
  'a=b',
  '.',
  'ü',
];

const plainLines: readonly (readonly string[])[] = [
  ['run', 'raw', '-o', 'out'],
  ['run', '-o', 'out', 'raw', '--force', '7', '--json'],
  ['run', 'raw', '007', '', ' ', '"x"', 'a=b', 'run', 'version', 'completion', 'h', '-o', 'out', '--include', '*.mrc'],
  ['watch', 'raw', '--out', 'out', '--poll', '2'],
  ['run', 'watch', 'completion'],
  ['info'],
  ['speed', '--side', '512', '.'],
  ...COMMANDS.flatMap(({ name, options }) =>
    Object.entries(options).flatMap(([each, { kind, letter }]) =>
      [`--${toFlag(each)}`, ...(letter ? [`-${letter}`] : [])].flatMap((flag) =>
        kind === 'flag'
          ? [
              [name, flag],
              [name, 'a', flag, 'true', 'b'],
            ]
          : VALUES.map((value) => [name, 'a', flag, value, 'b']),
      ),
    ),
  ),
];

test('a plain command line means what the parser takes it for', async () => {
  for (const line of plainLines) {
    const parsed = await parse(line, COMMANDS, 80);
    const understood = plain(line, COMMANDS);
    assert.ok(understood, line.join(' '));
    assert.deepEqual([parsed.printed, parsed.problem], [null, null], line.join(' '));
    assert.deepEqual(meaning(understood.raw), meaning(parsed.raw), line.join(' '));
  }
});

test('help, completion, errors, and whatever else is not plain are left to the parser', () => {
  const lines = [
    '',
    '--help',
    'completion bash',
    '--get-yargs-completions darkroom run',
    'rnu raw',
    'help',
    'run --help',
    'run -h',
    'run help',
    'run raw --version',
    '--force run raw',
    'run raw --out',
    'run raw --out --force',
    'run raw --clip-low -5',
    'run raw --out=x',
    'run raw -out x',
    'run raw -ox',
    'run raw --o x',
    'run raw -o x --out y',
    'run raw --force --force',
    'run raw --include a --include b',
    'run raw --dekspike off',
    'run raw --no-force',
    'run raw --constructor x',
    'run raw --__proto__ x',
    'run raw --despikeSize 5',
    'run -- --odd.mrc',
    'run -',
  ];
  for (const line of lines) assert.equal(plain(line.split(' '), COMMANDS), null, line);
});
