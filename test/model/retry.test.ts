/** How pauses between tries grow. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseAfter, pauseFor, RETRIES } from '../../src/model/retry.ts';

test('each pause is twice the one before it, from the first to the longest, however many there were', () => {
  for (const what of Object.keys(RETRIES) as (keyof typeof RETRIES)[]) {
    const { first, longest } = RETRIES[what];
    assert.equal(pauseAfter(0, what), first);
    for (let tries = 1; tries < 2000; tries++)
      assert.equal(pauseAfter(tries, what), Math.min(longest, 2 * pauseAfter(tries - 1, what)), `${what}, ${tries}`);
    assert.equal(pauseAfter(2000, what), longest);
  }
});

test('a stop ends a pause at once, also one that begins after it', async () => {
  const stop = new AbortController();
  const pause = pauseFor(2 ** 30, stop.signal);
  stop.abort();
  await pause;
  await pauseFor(2 ** 30, stop.signal);
});
