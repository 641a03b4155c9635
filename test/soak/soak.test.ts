/** The short form of the soak; the long one is `node dist/test/soak/soak.js`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soak } from './soak.ts';

test('saved in every way and killed in between: every whole exposure as in a batch run, every bad one named', async (t) => {
  const { whole, bad, kills } = await soak(t, 15, 12, 4);
  t.diagnostic(`${whole} whole, ${bad} bad, ${kills} kills`);
  assert.ok(whole > 40 && bad > 0 && kills > 1);
});
