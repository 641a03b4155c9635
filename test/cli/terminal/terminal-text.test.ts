/** How lines are laid out for a terminal, and when they are coloured. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { columnsOf, hasColours, isLive, painted, shortened, wrapped } from '../../../src/cli/terminal/terminal.ts';

const terminal = (columns: number) => ({ isTTY: true, columns }) as const;
const file = { isTTY: undefined as unknown as boolean, columns: undefined as unknown as number };

test('a terminal without a width is none', () => {
  assert.deepEqual(
    [0, 1, 80].map((columns) => columnsOf(terminal(columns))),
    [null, 1, 80],
  );
  assert.equal(columnsOf({ isTTY: true, columns: undefined as unknown as number }), null);
  assert.equal(columnsOf(file), null);
  assert.deepEqual(
    [
      isLive(terminal(0), {}),
      isLive(terminal(80), {}),
      isLive(terminal(80), { TERM: 'dumb' }),
      isLive(terminal(80), { CI: '1' }),
    ],
    [false, true, false, false],
  );
});

test('colours are for terminals; NO_COLOR takes them away, FORCE_COLOR decides alone', () => {
  const cases: readonly (readonly [boolean, Record<string, string>, boolean])[] = [
    [true, {}, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [true, { CI: 'true' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, {}, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    [false, { FORCE_COLOR: 'false' }, false],
  ];
  for (const [onTerminal, env, coloured] of cases)
    assert.equal(hasColours(onTerminal ? terminal(80) : file, env), coloured, JSON.stringify([onTerminal, env]));
});

test('failed is red, suspect yellow, and nothing else, above all no zeros', () => {
  const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
  const yellow = (text: string): string => `\u001b[33m${text}\u001b[39m`;
  const cases: readonly (readonly [string, string])[] = [
    ['failed  /raw/a.mrc: x', `${red('failed')}  /raw/a.mrc: x`],
    ['suspect  /raw/a.mrc: x', `${yellow('suspect')}  /raw/a.mrc: x`],
    ['  failed      12   and 3 in earlier runs', `${red('  failed')}      12   and 3 in earlier runs`],
    ['1 204 failed, format: x', `${red('1 204 failed')}, format: x`],
    [
      '5 exposures corrected, 1 failed, 2 suspect: /out',
      `5 exposures corrected, ${red('1 failed')}, ${yellow('2 suspect')}: /out`,
    ],
    ['  failed       0', '  failed       0'],
    ['  suspect      0', '  suspect      0'],
    ['3 corrected, 0 failed; 2 s behind', '3 corrected, 0 failed; 2 s behind'],
    ['note  one failed', 'note  one failed'],
  ];
  for (const [plain, colour] of cases) assert.equal(painted(plain), colour);
});

test('lines are broken between words alone, stand under their beginning, and lose nothing', () => {
  const lines = [
    'failed  /data/raw/grid_1.mrc: found 5000 bytes, expected 197632 (384 x 256 x 1 uint16)',
    '  time saved  0.15 s of correction moved off the microscope, at most',
    '  to do: leave them out with --exclude, or run them with their own references',
    'short',
    '',
    '    indented and rather long, so that it has to be broken somewhere in the middle of it',
  ];
  for (const line of lines) {
    for (let columns = 1; columns <= 90; columns++) {
      const broken = wrapped(line, columns).split('\n');
      assert.deepEqual(broken.join(' ').split(/ +/), line.split(/ +/), `${columns}: ${line}`);
      for (const each of broken)
        assert.ok(each.length <= columns || !/\S +\S/.test(each.replace(/^ *\S+(?: \S+)? {2,}/, '')), each);
    }
  }
  assert.equal(
    wrapped(lines[0]!, 50),
    'failed  /data/raw/grid_1.mrc: found 5000 bytes,\n        expected 197632 (384 x 256 x 1 uint16)',
  );
});

test('the live line loses whole clauses from its end, where it does not fit', () => {
  const line = '6 corrected, 0 queued, 37 failed; 1 s behind; 47/min arriving, capacity 1265/min';
  assert.equal(shortened(line, 80), line);
  assert.equal(shortened(line, 79), '6 corrected, 0 queued, 37 failed; 1 s behind; 47/min arriving');
  assert.equal(shortened(line, 59), '6 corrected, 0 queued, 37 failed; 1 s behind');
  assert.equal(shortened(line, 11), '6 corrected');
  assert.equal(shortened(line, 4), '6 co');
});

test('a path with spaces stays in one piece, so that it can be copied', () => {
  const path = '/data/my own folder/grid 1.mrc';
  for (let columns = 1; columns <= 90; columns++)
    assert.ok(wrapped(`failed  ${path}: found 5 bytes, expected more of them`, columns, [path]).includes(path));
});

test('wide characters take two columns', () => {
  assert.equal(shortened('電子顕微鏡', 5), '電子');
  assert.equal(shortened('abc', 5), 'abc');
  assert.equal(wrapped('電子 顕微', 8), '電子\n  顕微');
});
