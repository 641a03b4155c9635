import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Seen, whyNot } from '../../src/journal/seen.ts';
import { identity, KEY } from './makers.ts';

const INPUT = '/facility/raw/a.mrc';
const seen: Seen = {
  input: INPUT,
  identity,
  key: KEY,
  failed: null,
  bytesOut: 1000,
  maskBytes: null,
  frames: 1,
  type: 'uint16',
  width: 4096,
  height: 4096,
};

const CASES: [promise: string, Parameters<typeof whyNot>, ReturnType<typeof whyNot>][] = [
  ['what was corrected and is there is done', [seen, INPUT, identity, KEY, 1000], null],
  ['what was corrected and then moved is done', [seen, '/moved/a.mrc', identity, KEY, 1000], null],
  ['what was never seen is new', [undefined, INPUT, identity, KEY, null], 'new'],
  [
    'a time that differs by one nanosecond is a change',
    [seen, INPUT, { ...identity, mtimeNs: identity.mtimeNs + 1n }, KEY, 1000],
    'the exposure changed',
  ],
  ['another size is a change', [seen, INPUT, { ...identity, size: 1 }, KEY, 1000], 'the exposure changed'],
  [
    'another file on the same output is named',
    [seen, '/other/a.mrc', { ...identity, size: 1 }, KEY, 1000],
    `another exposure: it was corrected from ${INPUT}`,
  ],
  ['another key is another recipe', [seen, INPUT, identity, 'c', 1000], 'other recipe or references'],
  ['an output that was deleted is made again', [seen, INPUT, identity, KEY, null], 'the output is missing'],
  ['an output that was cut off is made again', [seen, INPUT, identity, KEY, 999], 'the output has another size'],
  ['an empty output is not taken for a missing one', [seen, INPUT, identity, KEY, 0], 'the output has another size'],
  ['a mask that is there is done', [{ ...seen, maskBytes: 50 }, INPUT, identity, KEY, 1000, 50], null],
  [
    'a mask that was deleted is made again',
    [{ ...seen, maskBytes: 50 }, INPUT, identity, KEY, 1000, null],
    'the mask is missing',
  ],
  [
    'a mask that was cut off is made again',
    [{ ...seen, maskBytes: 50 }, INPUT, identity, KEY, 1000, 49],
    'the mask has another size',
  ],
  [
    'what failed is tried again',
    [{ ...seen, failed: 'spikes', bytesOut: null }, INPUT, identity, KEY, 1000],
    'failed before: spikes',
  ],
];

for (const [promise, args, reason] of CASES) {
  test(promise, () => assert.equal(whyNot(...args), reason));
}
