import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { understand } from '../../../src/cli/parsing/arguments.ts';
import { toFlag } from '../../../src/model/option.ts';
import { VERSION } from '../../../src/model/version.ts';
import { darkroom, printedBy } from '../call.ts';

test('the help of a command names each of its options, with unit or choices and default, and its examples', async () => {
  for (const { name, options, examples } of COMMANDS) {
    const help = await printedBy([name, '--help']);
    const flat = help.replaceAll(/\s+/g, ' ');
    for (const [each, option] of Object.entries(options)) {
      assert.match(help, new RegExp(`^  (-\\w, |    )--${toFlag(each)} `, 'm'), each);
      if ('unit' in option) assert.ok(flat.includes(option.unit), `${each}: ${option.unit}`);
      if (option.kind === 'choice')
        assert.ok(flat.includes(`[${option.choices.join(' | ')}; default ${option.fallback}]`), each);
      if (typeof option.fallback === 'number') assert.ok(flat.includes(`default ${option.fallback}]`), each);
    }
    for (const [line] of examples) assert.ok(help.includes(`    darkroom ${line}`), line);
  }
});

test('the help fits the terminal it is printed on', async () => {
  for (const columns of [60, 80, 100]) {
    for (const argv of [['--help'], ...COMMANDS.map(({ name }) => [name, '--help'])]) {
      const lines = (await printedBy(argv, columns)).split('\n');
      for (const line of lines) assert.ok(line.length <= columns, `${line.length} of ${columns} columns: ${line}`);
    }
  }
});

test('every example is a command line that is understood', async () => {
  for (const { examples, name } of COMMANDS) {
    for (const [line] of examples) {
      const asked = await understand(line.split(' '), COMMANDS, 80);
      assert.equal('command' in asked && asked.command.name, name, line);
    }
  }
});

test('darkroom alone prints the help and exits with 1, --help and --version with 0', () => {
  const alone = darkroom();
  assert.equal(alone.code, 1);
  assert.match(alone.out, /darkroom run .*correct the exposures/);
  assert.deepEqual([darkroom('--help').code, darkroom('run', '--help').code], [0, 0]);
  assert.deepEqual(darkroom('--version'), { code: 0, out: `${VERSION}\n`, err: '' });
});

test('the help lists completion last, and takes --out for the folder that it is', () => {
  const commands = [...darkroom('--help').out.matchAll(/^ {2}darkroom (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(commands, [...COMMANDS.map(({ name }) => name), 'completion']);
  for (const command of ['run', 'watch', 'report'])
    assert.match(darkroom(command, '--help').out.replaceAll(/\s+/g, ' '), /--out [^[]*\[folder\]/, command);
  assert.match(darkroom('reference', '--help').out.replaceAll(/\s+/g, ' '), /--out [^[]*\[file\]/);
});

test('misuse gets two lines on stderr, nothing on stdout, and 1', () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['rnu', 'raw'], /^darkroom: there is no command "rnu"; did you mean run\?\nSee darkroom --help\n$/],
    [['paint'], /^darkroom: there is no command "paint"; there are run, .*completion\nSee darkroom --help\n$/],
    [['--force'], /^darkroom: found --force, expected a command first/],
    [
      ['run', 'raw', '--dekspike', 'off'],
      /^darkroom: there is no option --dekspike; did you mean --despike\?\nSee darkroom run --help\n$/,
    ],
    [
      ['run', 'raw', '-o', 'x', '--scale', 'a\nb\u001b[2J'],
      /^darkroom: --scale: found "a\\nb\\u001b\[2J", expected a number \(a factor\)\nSee darkroom run --help\n$/,
    ],
    [['run', 'raw', '--gain', 'g.mrc'], /^darkroom: there is no option --gain; did you mean --norm\?\n/],
    [['run', 'raw', '--output', 'o'], /^darkroom: there is no option --output; did you mean --out\?\n/],
    [['info'], /^darkroom: found no file.*\nSee darkroom info --help\n$/],
    [['completion', 'fish'], /^darkroom: completion: found fish, expected bash or zsh\n/],
  ];
  for (const [argv, err] of cases) {
    const result = darkroom(...argv);
    assert.match(result.err, err);
    assert.deepEqual([result.code, result.out], [1, ''], argv.join(' '));
  }
});

test('the messages stay English under another locale', (t) => {
  const before = process.env;
  t.after(() => {
    process.env = before;
  });
  process.env = { ...before, LC_ALL: 'de_DE.UTF-8' };
  assert.match(darkroom('run', '-o').err, /-o: found no value/);
  assert.match(darkroom('--help').out, /Commands:/);
});

test('completion scripts are those of the shell that is named', () => {
  const bash = darkroom('completion', 'bash');
  assert.match(bash.out, /complete -o bashdefault -o default -F _darkroom_yargs_completions darkroom/);
  const zsh = darkroom('completion', 'zsh');
  assert.match(zsh.out, /^#compdef darkroom/);
  assert.deepEqual([bash.code, zsh.code], [0, 0]);
});

test('completion offers commands, options and choices, and leaves files to the shell', () => {
  const complete = (...words: string[]): string[] =>
    darkroom('--get-yargs-completions', 'darkroom', ...words)
      .out.split('\n')
      .filter((word) => word !== '');
  assert.deepEqual(complete('').sort(), [...COMMANDS.map(({ name }) => name), 'completion'].sort());
  assert.ok(complete('run', '--des').includes('--despike-threshold'));
  assert.deepEqual(complete('run', '--type', ''), ['same', 'uint16', 'int16', 'float32']);
  assert.deepEqual(complete('run', ''), []);
  assert.deepEqual(complete('run', '--dark', ''), []);
  assert.deepEqual(complete('reference', ''), ['dark', 'bright', 'norm', 'defects']);
  assert.deepEqual(complete('reference', 'd'), ['dark', 'defects']);
  assert.deepEqual(complete('reference', 'dark', ''), [], 'files are due');
  assert.ok(complete('reference', 'norm', '--').includes('--bright'));
});
