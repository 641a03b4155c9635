/** Ranks are nearest ranks: values that were measured, never between two of them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, rank } from '../../src/model/rank.ts';

test('a rank is the smallest value that this part of all values does not exceed', () => {
  for (let count = 1; count <= 40; count++) {
    const sorted = Array.from({ length: count }, (_, i) => i * i);
    for (const part of [0, 0.05, 0.5, 0.95, 1]) {
      const found = rank(sorted, part);
      const below = (value: number): number => sorted.filter((each) => each <= value).length;
      assert.ok(below(found) >= part * count, `${part} of ${count}`);
      const before = sorted[sorted.indexOf(found) - 1];
      assert.ok(before === undefined || below(before) < part * count, `${part} of ${count}`);
    }
  }
});

test('the median of unsorted values is one of them, by number and not by spelling, and leaves them as they are', () => {
  const values = [10, 9, 100, -1];
  assert.equal(median(values), 9);
  assert.deepEqual(values, [10, 9, 100, -1]);
});

test('without values there is no rank, but what the caller says', () => {
  assert.ok(Number.isNaN(rank([], 0.5)));
  assert.equal(median([], 0), 0);
});
