/** The man page: from the same texts and tables as the help, in a form that other programs accept. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { manPage } from '../../../src/cli/commands/help/man-page.ts';
import { roffOf } from '../../../src/cli/commands/help/roff.ts';
import { topicsIn } from '../../../src/cli/commands/help/topics.ts';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { toFlag } from '../../../src/model/option.ts';
import { fileFor, folderFor } from '../call.ts';

const TOPIC = `# Exit codes

What \`run\` says to a script.

.dots and 'quotes' begin no command; C:\\dir has a backslash.

* one
* two, with \`--quiet\`

  below

| code | meaning |
|---|---|
| 0 | **done** |
| .5 | half |

\`\`\`
.TH no macro \\n
\`\`\`
`;

function topics(t: TestContext, markdown: string) {
  const folder = folderFor(t);
  fs.writeFileSync(path.join(folder, 'exit-codes.md'), markdown);
  return topicsIn(folder);
}

test('titles become sections, tables entries, and text is never a command', () => {
  const roff = roffOf(TOPIC).split('\n');
  assert.equal(roff[0], '.SH "EXIT CODES"');
  assert.equal(roff[1], 'What \\fBrun\\fR says to a script.');
  for (const line of [
    "\\&.dots and 'quotes' begin no command; C:\\edir has a backslash.",
    '\\&.5',
    '\\&.TH no macro \\en',
  ])
    assert.ok(roff.includes(line), `${line}\n\n${roff.join('\n')}`);
  assert.ok(roff.includes('two, with \\fB\\-\\-quiet\\fR'));
  assert.deepEqual(roff.slice(roff.indexOf('0') - 1, roff.indexOf('0') + 2), ['.TP', '0', 'meaning: \\fBdone\\fR']);
});

test('the page has every command with its options, each command once', (t) => {
  const marked = topics(t, `${TOPIC}\n<!-- options of run -->\n`);
  for (const page of [manPage([], COMMANDS), manPage(marked, COMMANDS)]) {
    for (const { name, options } of COMMANDS) {
      assert.ok(page.includes(`.SS "darkroom ${name}"\n`), name);
      for (const each of Object.keys(options))
        assert.ok(page.includes(`\\fB${`--${toFlag(each)}`.replaceAll('-', '\\-')}\\fR`), `${name}: ${each}`);
    }
    // Of run, of watch, and perhaps of recipe: wherever options of run are listed.
    const lists = COMMANDS.filter(({ options }) => 'despikeSize' in options).length;
    assert.equal(page.match(/^\\fB\\-\\-despike\\-size\\fR$/gm)!.length, lists);
  }
});

test('the page that was built is that of the manual, and the package names it', () => {
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  const { man } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { man: string };
  assert.equal(fs.readFileSync(path.join(root, man), 'utf8'), manPage(topicsIn(), COMMANDS));
});

/** Programs that read man pages, and the words by which they say what they see. */
const READERS: readonly (readonly [string, readonly string[]])[] = [
  ['groff', ['-man', '-Tutf8', '-ww', '-z', '-K', 'utf8']],
  ['mandoc', ['-Tlint', '-W', 'warning']],
  ['man', ['--warnings=w', '-l']],
];

/** Letters that are printed twice are bold on old terminals. */
const withoutOverstrike = (text: string): string =>
  text
    .split('\b')
    .map((part, at, parts) => (at < parts.length - 1 ? part.slice(0, -1) : part))
    .join('');

for (const [program, argv] of READERS) {
  test(`${program} finds nothing wrong with the page`, (t) => {
    for (const page of [manPage(topicsIn(), COMMANDS), manPage(topics(t, TOPIC), COMMANDS)]) {
      const file = fileFor(t, 'darkroom.1', page);
      const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80', MANPAGER: 'cat' };
      const { error, stdout, stderr } = spawnSync(program, [...argv, file], { encoding: 'utf8', env });
      if (error) return t.skip(`needs ${program} (${error.message})`);
      // A page that is made with every build has no date of its own.
      const found = `${stderr}${program === 'mandoc' ? stdout : ''}`
        .split('\n')
        .filter((line) => !/^$|missing date/.test(line));
      assert.deepEqual(found, []);
      if (program === 'man') assert.match(withoutOverstrike(stdout), /darkroom watch <folder\.\.\.> --out/);
    }
  });
}
