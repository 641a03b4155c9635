/** The journal's pictures: a bounded choice that does not depend on the order of threads, and the mean of a run. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Journal } from '../../src/journal/journal.ts';
import { noCounts } from '../../src/model/outcome.ts';
import { type Done, done, folder, identity, KEY, start } from './makers.ts';
import { pictured } from './makers-sample.ts';

function journal(t: TestContext): Journal {
  const made = Journal.open(path.join(folder(t), 'darkroom.sqlite'));
  t.after(() => made.close());
  return made;
}

const exposure = (at: number): Done =>
  done(`${at}.mrc`, at, {
    counts: { ...noCounts(), spikes: (at * 37) % 101 },
    identity: { ...identity, mtimeNs: identity.mtimeNs + BigInt(at) * 1_000_000_000n },
    suspect: at % 10 === 3 ? ['odd'] : [],
    sample: pictured(100 + at),
  });

test('the first, the worst, some suspect and a drawn selection are kept, the same in any order', (t) => {
  const kept = [(a: number) => a, (a: number) => 99 - a, (a: number) => (a * 37) % 100].map((order) => {
    const made = journal(t);
    const run = made.begin(start);
    for (let at = 0; at < 100; at++) made.record(exposure(order(at)), run, KEY);
    return made.pictures().samples;
  });
  assert.deepEqual(kept[1], kept[0]);
  assert.deepEqual(kept[2], kept[0]);
  assert.equal(kept[0]![0]!.output, '0.mrc');
  const reasons = kept[0]!.map(({ why }) => why);
  assert.deepEqual([...new Set(reasons)], ['first', 'worst', 'suspect', 'drawn']);
  assert.ok(reasons.length <= 20);
  const worst = kept[0]!
    .filter(({ why }) => why === 'worst')
    .map(({ output }) => (Number.parseInt(output, 10) * 37) % 101);
  assert.deepEqual(worst, [100, 99, 98].slice(0, worst.length));
  assert.deepEqual(kept[0]![0]!.sample, exposure(0).sample);
});

test('the mean image is the mean over all exposures of the run', (t) => {
  const made = journal(t);
  const run = made.begin(start);
  for (let at = 0; at < 10; at++) made.record(exposure(at), run, KEY);
  // Other sizes are left out: they have no place in the same picture.
  made.record(
    done('other.mrc', 1, { exposure: { ...exposure(0).exposure, width: 10 }, sample: pictured(9000) }),
    run,
    KEY,
  );
  made.finish(run, 0);
  const mean = made.pictures().mean!;
  assert.deepEqual([mean.run, mean.exposures, mean.width, mean.height], [run, 10, 2, 2]);
  assert.deepEqual([...mean.corrected].map(Math.round), [105, 105, 360, 360]);
});

test('an exposure corrected again without a sample shows no old one', (t) => {
  const made = journal(t);
  const run = made.begin(start);
  made.record(exposure(0), run, KEY);
  made.record(done('0.mrc', 1), run, KEY);
  assert.deepEqual(made.pictures().samples, []);
});
