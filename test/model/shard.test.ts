/** The promises of shards: the path alone decides, they are even, and a new exposure moves no other. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shardOf } from '../../src/model/shard.ts';

const numbered = (i: number, digits: number): string => String(i).padStart(digits, '0');

/** Ten thousand names as sessions have them. */
const SESSIONS: Readonly<Record<string, (i: number) => string>> = {
  'one folder': (i) => `exposure_${numbered(i + 1, 5)}.mrc`,
  'folders of days and grids': (i) => `2024-03-0${1 + (i % 8)}/grid${Math.floor(i / 8) % 5}/exp_${numbered(i, 6)}.tif`,
  'many folders': (i) => `session${Math.floor(i / 400)}/exp_${numbered(i % 400, 4)}.mrc`,
  'targets of Leginon': (i) =>
    `23jan05a_${numbered(Math.floor(i / 1000), 5)}gr_${numbered(Math.floor(i / 100) % 10, 5)}sq_${numbered(Math.floor(i / 4) % 25, 5)}hl_${numbered(2 + (i % 4), 5)}en.mrc`,
  'every eighth number': (i) => `a_${8 * i}.mrc`,
  'tilt series': (i) =>
    `ts_${Math.floor(i / 41)}/ts_${Math.floor(i / 41)}_${numbered(i % 41, 3)}_${((i % 41) - 20) * 3}.mrc`,
};

function shares(names: readonly string[], of: number): number[] {
  const counts = new Array<number>(of).fill(0);
  for (const name of names) counts[shardOf(name, of) - 1]!++;
  return counts;
}

for (const [session, name] of Object.entries(SESSIONS)) {
  test(`ten thousand exposures, ${session}: shards differ by less than 3 %`, () => {
    const names = Array.from({ length: 10_000 }, (_, i) => name(i));
    assert.equal(new Set(names).size, 10_000);
    for (const of of [2, 3, 4, 5, 8, 12, 16]) {
      const counts = shares(names, of);
      assert.equal(counts.length, of);
      const apart = (Math.max(...counts) - Math.min(...counts)) / (10_000 / of);
      assert.ok(apart < 0.03, `${of} shards: ${counts.join(', ')}`);
    }
  });
}

test('names without order fall into shards as by dice', () => {
  // A generator of its own: the digits of a hash, no numbers that go on.
  let seed = 1;
  const letter = (): string => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return 'abcdefghijklmnopqrstuvwxyz'[Math.floor((seed / 2 ** 32) * 26)]!;
  };
  const names = Array.from({ length: 10_000 }, () => `${Array.from({ length: 12 }, letter).join('')}.mrc`);
  for (const of of [2, 8, 40]) {
    const expected = names.length / of;
    const chi = shares(names, of).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // Mean of - 1, deviation sqrt(2 (of - 1)); five deviations.
    assert.ok(chi < of - 1 + 5 * Math.sqrt(2 * (of - 1)), `${of} shards: chi-squared ${chi}`);
  }
});

test('the shard of a path is the same for ever: a merged journal and the next array must agree', () => {
  const golden: [string, number, number][] = [
    ['exposure_0001.mrc', 8, 7],
    ['exposure_0002.mrc', 8, 4],
    ['grid 3/ä_12.tif', 5, 5],
    ['a/b/c/no numbers.mrc', 1000, 696],
    ['1/2/3/4/5/6/7/99999999999999999999.st', 37, 5],
  ];
  assert.deepEqual(
    golden.map(([name, of]) => [name, of, shardOf(name, of)]),
    golden,
  );
});
