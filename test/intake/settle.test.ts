/** When a file is whole, as a table: what looks see at which time, and what is decided. The clock is ours. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SettleRules, Settling } from '../../src/intake/settle.ts';

const RULES: SettleRules = { quiet: 2000, quietStack: 60_000, hollow: 30_000, giveUp: 600_000 };

const plain = { hollow: false, stack: false };

/** A file that is seen growing: [ms, size, mtime] each; and when it may be read. */
const LOOKS: readonly [
  story: string,
  looks: readonly (readonly [at: number, size: number, mtimeMs: number])[],
  due: number,
][] = [
  ['one look is none', [[0, 10, 5]], 2000],
  [
    'two looks that see the same, the second too early',
    [
      [0, 10, 5],
      [1999, 10, 5],
    ],
    2000,
  ],
  [
    'it grows',
    [
      [0, 10, 5],
      [1000, 20, 5],
    ],
    3000,
  ],
  [
    'it is filled at full size: only the time changes',
    [
      [0, 10, 5],
      [1500, 10, 6],
    ],
    3500,
  ],
  [
    'its time goes back, as rsync -t makes it',
    [
      [0, 10, 5],
      [1500, 10, 1],
    ],
    3500,
  ],
  [
    'it shrinks',
    [
      [0, 10, 5],
      [100, 0, 5],
    ],
    2100,
  ],
  [
    'a time in the future of any clock',
    [
      [0, 10, 4e12],
      [100, 10, 4e12],
    ],
    2000,
  ],
  [
    'it changes again just before it is due',
    [
      [0, 10, 5],
      [1999, 11, 5],
      [3998, 12, 5],
    ],
    5998,
  ],
];

for (const [story, looks, due] of LOOKS) {
  test(`settled: ${story}`, () => {
    const [[first, size, mtimeMs], ...others] = looks as [readonly [number, number, number], ...typeof looks];
    const file = new Settling(RULES, { size, mtimeMs }, first);
    for (const [at, size, mtimeMs] of others) file.see({ size, mtimeMs }, at);
    assert.equal(file.due, due);
    assert.equal(file.ready(due - 1, plain), false);
    assert.equal(file.ready(due, plain), true);
  });
}

test('the time of day plays no part: the same looks at any hour give the same answer', () => {
  for (const offset of [0, 1e9, -5e8]) {
    const file = new Settling(RULES, { size: 1, mtimeMs: 1 }, offset);
    assert.equal(file.due - offset, 2000);
  }
});

test('what looks preallocated stands still 30 s longer, and is taken then', () => {
  const file = new Settling(RULES, { size: 1, mtimeMs: 1 }, 0);
  const hollow = { hollow: true, stack: false };
  assert.equal(file.ready(2000, hollow), false);
  assert.equal(file.due, 32_000);
  assert.equal(file.ready(31_999, hollow), false);
  assert.equal(file.ready(32_000, hollow), true, 'perhaps its last rows are black');
});

test('what looked preallocated and was filled needs the settle time alone', () => {
  const file = new Settling(RULES, { size: 1, mtimeMs: 1 }, 0);
  file.ready(2000, { hollow: true, stack: false });
  file.see({ size: 1, mtimeMs: 2 }, 10_000);
  assert.equal(file.due, 12_000);
  assert.equal(file.ready(12_000, plain), true);
});

test('a stack waits for its own quiet time, from the first look or from when an .mdoc appears beside it', () => {
  const known = new Settling(RULES, { size: 1, mtimeMs: 1 }, 0, true);
  assert.equal(known.due, 60_000);
  const found = new Settling(RULES, { size: 1, mtimeMs: 1 }, 0);
  assert.equal(found.ready(2000, { hollow: false, stack: true }), false);
  assert.equal(found.due, 60_000);
  found.see({ size: 2, mtimeMs: 1 }, 50_000);
  assert.equal(found.due, 110_000, 'another section');
});

test('found to be cut short it waits for a change, or is given up', () => {
  const file = new Settling(RULES, { size: 1, mtimeMs: 1 }, 0);
  file.cutShort();
  assert.deepEqual([file.stuck, file.due, file.givenUp(599_999), file.givenUp(600_000)], [true, 600_000, false, true]);
  file.see({ size: 2, mtimeMs: 1 }, 300_000);
  assert.deepEqual([file.stuck, file.due, file.givenUp(700_000)], [false, 302_000, false]);
});

test('what cannot be read is tried again after growing pauses, and given up in the end', () => {
  const file = new Settling(RULES, { size: 1, mtimeMs: 1 }, 0);
  const pauses: number[] = [];
  let now = 2000;
  while (!file.givenUp(now)) {
    file.unread(now);
    pauses.push(file.due - now);
    assert.equal(file.ready(file.due, plain), true);
    now = file.due;
  }
  assert.deepEqual(pauses.slice(0, 6), [1000, 2000, 4000, 8000, 16_000, 30_000]);
  assert.ok(now >= 600_000 && now < 640_000);
});
