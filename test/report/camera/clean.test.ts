/** Clean sessions are not suspected; the whole measurement is the script beside this file. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanSession, warningsOf } from './clean.ts';

test('ten clean sessions of six exposures and more, from 40 counts on, have no warning', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const session = { ...cleanSession(seed, 256, 20), ...(seed <= 4 ? { exposures: 6, dose: 100 } : {}) };
    assert.deepEqual(warningsOf(session), [], JSON.stringify(session));
  }
});
