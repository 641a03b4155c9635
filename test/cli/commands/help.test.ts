/** `darkroom help`: topics are the files of the manual, and read well on any terminal. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { contents, topicText } from '../../../src/cli/commands/help/contents.ts';
import { onTerminal } from '../../../src/cli/commands/help/on-terminal.ts';
import { topicNames, topicsIn } from '../../../src/cli/commands/help/topics.ts';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { widthOf } from '../../../src/cli/terminal/terminal.ts';
import { RECIPE_ONLY } from '../../../src/correct/recipe.ts';
import { toFlag } from '../../../src/model/option.ts';
import { darkroom, folderFor, printedBy } from '../call.ts';

const PLAIN = { columns: 80, bold: false };

const OUTPUTS = `# Outputs

Everything is in one folder. It is named with \`--out\`, and
nothing else is written.

## Files

1. The first.
2. The second goes on and on, much longer than the line is wide, so that it has to be broken somewhere between words.

| file | content |
|---|---|
| \`report.html\` | the page, with every exposure that was corrected and every one that failed, and what to do about it |
| \`a|b\` | &lt;nothing&gt; |

    darkroom run raw/ --out corrected/ --dark dark.mrc --bright bright.mrc --despike-threshold 6 # long

See [the journal](journal.md), [above](#files) and <https://example.org>.
`.replace('a|b', 'a\\|b');

const OPTIONS = `# Options

All of them.

<!-- options of run and watch -->

## In recipes

<!-- options of recipes only -->
`;

/** A manual of our own. */
function manual(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = folderFor(t);
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  return folder;
}

test('a file more is a topic more: its title, and the first sentence below as its summary', (t) => {
  const folder = manual(t, { 'outputs.md': OUTPUTS, 'options.md': OPTIONS, 'topics.js': 'no topic' });
  assert.deepEqual(topicNames(folder), ['options', 'outputs']);
  assert.deepEqual(
    topicsIn(folder).map(({ name, title, summary }) => [name, title, summary]),
    [
      ['options', 'Options', 'All of them.'],
      ['outputs', 'Outputs', 'Everything is in one folder.'],
    ],
  );
  assert.match(contents(topicsIn(folder), COMMANDS, PLAIN), /^ {2}outputs {2,}Everything is in one folder\.$/m);
});

test('a topic without a title or a summary is named', (t) => {
  for (const [name, text] of [
    ['a.md', 'Text.\n'],
    ['b.md', '# Title\n\n## Heading\n'],
  ] as const)
    assert.throws(() => topicsIn(manual(t, { [name]: text })), new RegExp(`${name}: expected "# title"`));
  assert.deepEqual(topicNames(path.join(folderFor(t), 'missing')), []);
});

test('headings stand at the left, text is wrapped at words, code keeps its lines', () => {
  const lines = onTerminal(OUTPUTS, PLAIN).split('\n');
  assert.deepEqual(lines.slice(0, 6), [
    'Outputs',
    '  Everything is in one folder. It is named with --out, and nothing else is',
    '  written.',
    '',
    'Files',
    '  1. The first.',
  ]);
  const second = lines.findIndex((line) => line.startsWith('  2. The second'));
  assert.match(lines[second + 1]!, /^ {5}\w/, 'below the text of its item');
  assert.ok(
    lines.includes(
      '    darkroom run raw/ --out corrected/ --dark dark.mrc --bright bright.mrc --despike-threshold 6 # long',
    ),
  );
  assert.match(lines.at(-1)!, /See the journal \(`darkroom help journal`\), above and https:\/\/example.org\./);
});

test('a table keeps its columns where they fit, and becomes paragraphs where they do not', () => {
  const wide = onTerminal(OUTPUTS, PLAIN);
  assert.match(wide, /^ {2}file {9}content\n {2}-{11} {2}-+\n {2}report\.html {2}the page, with/m);
  assert.match(wide, /^ {2}a\|b {10}<nothing>$/m);
  const narrow = onTerminal(OUTPUTS, { columns: 24, bold: false });
  assert.match(narrow, /^ {2}report\.html\n {4}content: the page,\n {4}with every/m);
});

test('no line of text is wider than the terminal', () => {
  for (const columns of [30, 60, 80, 110]) {
    const lines = onTerminal(OUTPUTS, { columns, bold: false }).split('\n');
    const long = lines.filter((line) => widthOf(line) > columns && !line.startsWith('    darkroom run'));
    assert.deepEqual(long, [], `${columns} columns`);
  }
});

test('bold is for terminals, and changes no line but in its look', () => {
  const plain = onTerminal('# A *b*\n\nAn `option` and `two words` in **bold text**.\n', PLAIN);
  assert.equal(plain, 'A b\n  An option and `two words` in bold text.');
  const bold = onTerminal('# A *b*\n\nAn `option` in **bold text**.\n', { columns: 80, bold: true });
  const on = (text: string): string => `\u001b[1m${text}\u001b[22m`;
  assert.equal(bold, `${on('A')} ${on('b')}\n  An ${on('option')} in ${on('bold')} ${on('text')}.`);
});

test('a marker stands for all options of the commands it names, as the tables have them', (t) => {
  const [options] = topicsIn(manual(t, { 'options.md': OPTIONS }));
  const text = topicText(options!, COMMANDS, { columns: 110, bold: false });
  const flat = text.replaceAll(/\s+/g, ' ');
  for (const { name, options: table } of COMMANDS.filter((each) => ['run', 'watch'].includes(each.name))) {
    for (const [each, { group }] of Object.entries(table)) {
      assert.match(text, new RegExp(`^ +--${toFlag(each)}(,| |$)`, 'm'), `${name}: ${each}`);
      assert.match(text, new RegExp(`^ {2}${group}$`, 'm'));
    }
  }
  for (const each of Object.keys(RECIPE_ONLY)) assert.match(text, new RegExp(`^ +${each} `, 'm'));
  assert.equal(text.match(/^ +--threads /gm)!.length, 1, 'options of both commands stand there once');
  assert.ok(flat.includes('same | mrc | tiff same container written'), 'bars and brackets of a table entry are text');
  const wrong = { ...options!, markdown: '# A\n\nB.\n\n<!-- options of paint -->\n' };
  assert.throws(() => topicText(wrong, COMMANDS, PLAIN), /found paint, expected commands of darkroom/);
});

test('every topic of the manual can be shown, and fits the terminal but for its code and long words', (t) => {
  const topics = topicsIn();
  if (topics.length === 0) return t.skip('no topics are written yet');
  for (const topic of topics) {
    const text = topicText(topic, COMMANDS, PLAIN);
    const long = text
      .split('\n')
      .filter((line) => widthOf(line) > 80 && !line.startsWith('    ') && / \S+ /.test(line));
    assert.deepEqual(long, [], topic.name);
    assert.deepEqual(darkroom('help', topic.name), { code: 0, out: `${text}\n`, err: '' });
  }
});

test('darkroom help lists the commands; of a command it shows the help; anything else gets a suggestion', async () => {
  const list = darkroom('help');
  assert.equal(list.code, 0);
  for (const { name } of COMMANDS) assert.match(list.out, new RegExp(`^  ${name} `, 'm'));
  assert.deepEqual(darkroom('help', 'run'), { code: 0, out: `${await printedBy(['run', '--help'])}\n`, err: '' });
  const wrong = darkroom('help', 'verfy');
  assert.deepEqual([wrong.code, wrong.out], [1, '']);
  assert.match(wrong.err, /^darkroom: there is no topic or command "verfy"; did you mean verify\?\n/);
  assert.match(darkroom('help', 'zzzzzz').err, /"zzzzzz"; list all of them with darkroom help\n/);
  assert.match(darkroom('help', 'run', 'watch').err, /found run watch, expected one topic or command/);
});

test('completion knows topics and commands', () => {
  const complete = (...words: string[]): string[] =>
    darkroom('--get-yargs-completions', 'darkroom', 'help', ...words)
      .out.split('\n')
      .filter((word) => word !== '');
  assert.deepEqual(complete('').sort(), [...topicNames(), ...COMMANDS.map(({ name }) => name)].sort());
  assert.deepEqual(
    complete('wat'),
    [...topicNames(), 'watch'].filter((name) => name.startsWith('wat')),
  );
});
