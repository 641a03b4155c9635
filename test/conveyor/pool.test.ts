/** The promises of the pool: a worker that dies costs a retry, never the run; memory is lent; threads change no byte. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Pool } from '../../src/conveyor/pool.ts';
import { Slots } from '../../src/conveyor/slots.ts';
import { RECIPE_ONLY, RECIPE_OPTIONS, type Recipe } from '../../src/correct/recipe.ts';
import { inFlight } from '../../src/intake/in-flight.ts';
import { compileKernels, createMemory, extend } from '../../src/kernels/kernels.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { NO_REFERENCES } from '../../src/references/references.ts';
import { exposure, folder, lay, outputs } from '../run/darkroom.ts';

const MORTAL = new URL('./scripts/mortal-worker.js', import.meta.url);
const UNBORN = new URL('./scripts/unborn-worker.js', import.meta.url);

const defaults = Object.fromEntries(
  Object.entries({ ...RECIPE_OPTIONS, ...RECIPE_ONLY })
    .filter(([, { kind }]) => kind !== 'file')
    .map(([name, { fallback }]) => [name, fallback]),
);
const RECIPE = { ...defaults, noFlatField: true, steps: ['despike', 'clip'] } as unknown as Recipe;

function hired(t: TestContext, threads: number, worker?: URL, memory = createMemory()): Pool {
  const module = compileKernels();
  const start = { module, memory, recipe: RECIPE, bandBytes: 1 << 18 };
  const pool = new Pool(start, { threads, background: false, ...(worker ? { worker } : {}) });
  t.after(() => pool.close());
  return pool;
}

/** Corrects everything in a folder as the conveyor would; outcomes by name of the exposure. */
async function correctAll(pool: Pool, raw: string, out: string): Promise<Record<string, Outcome>> {
  fs.mkdirSync(out, { recursive: true });
  const names = fs.readdirSync(raw).filter((name) => /\.(mrc|tif)$/.test(name));
  const outcomes: Record<string, Outcome> = {};
  const correct = (name: string): Promise<Outcome> =>
    pool.correct({
      job: { input: path.join(raw, name), output: name },
      layout: NO_REFERENCES,
      temporary: path.join(out, `${name}.part`),
      final: path.join(out, name),
      survey: null,
      home: { path: out, device: fs.statSync(out).dev, folding: { letterCase: false, normalForm: false } },
    });
  for await (const outcome of inFlight(names, pool.threads + 1, correct)) outcomes[outcome.output] = outcome;
  return outcomes;
}

for (const order of ['exit', 'heap', 'throw'] as const) {
  test(`a worker that dies (${order}) costs one retry; the second time its exposure fails, and all others are done`, async (t) => {
    const root = folder(t);
    const files = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`e${i}.mrc`, exposure({ seed: i })]));
    const raw = lay(path.join(root, 'raw'), {
      ...files,
      'e1.mrc.orders': order,
      'e3.mrc.orders': `${order}\n${order}`,
    });
    const pool = hired(t, 2, MORTAL);
    const outcomes = await correctAll(pool, raw, path.join(root, 'out'));
    for (const [name, outcome] of Object.entries(outcomes)) {
      if (name !== 'e3.mrc') assert.equal(outcome.status, 'done', inspect(outcome));
    }
    const dead = outcomes['e3.mrc']!;
    assert.ok(dead.status === 'failed');
    assert.equal(dead.fault.kind, 'crash');
    assert.match(
      dead.fault.message,
      /e3\.mrc: the worker thread died twice on it \(.+\); please report it with the file/,
    );

    const undisturbed = await correctAll(hired(t, 1), raw, path.join(root, 'undisturbed'));
    assert.equal(undisturbed['e3.mrc']?.status, 'done');
    const [some, all] = [outputs(path.join(root, 'out')), outputs(path.join(root, 'undisturbed'))];
    assert.deepEqual({ ...some, 'e3.mrc': all['e3.mrc'] }, all);
    assert.deepEqual(
      fs.readdirSync(path.join(root, 'out')).filter((name) => name.endsWith('.part')),
      [],
    );
  });
}

test('threads that cannot start fail nothing for good: the next attempt starts them', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'e1.mrc': exposure({ seed: 1 }), 'e2.mrc': exposure({ seed: 2 }) });
  process.env.UNBORN = '1';
  t.after(() => delete process.env.UNBORN);
  const pool = hired(t, 2, UNBORN);
  for (const outcome of Object.values(await correctAll(pool, raw, path.join(root, 'out')))) {
    assert.ok(outcome.status === 'failed');
    assert.equal(outcome.fault.kind, 'scarce', outcome.fault.message);
    assert.match(outcome.fault.message, /e\d\.mrc: too many open files; raise the limit \(ulimit -n\)/);
  }
  delete process.env.UNBORN;
  for (const outcome of Object.values(await correctAll(pool, raw, path.join(root, 'out'))))
    assert.equal(outcome.status, 'done', inspect(outcome));
});

test('threads that start while the memory grows see all of it', async (t) => {
  const root = folder(t);
  const files = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`e${i}.mrc`, exposure({ seed: i })]));
  const raw = lay(path.join(root, 'raw'), files);
  // References are loaded meanwhile. Each round meets another moment of the threads' start.
  for (let round = 0; round < 10; round++) {
    const memory = createMemory();
    const pool = hired(t, 4, undefined, memory);
    const end = performance.now() + 40 + 4 * round;
    while (performance.now() < end) {
      extend(memory, 1);
      await turn();
    }
    const outcomes = await correctAll(pool, raw, path.join(root, String(round)));
    for (const outcome of Object.values(outcomes)) assert.equal(outcome.status, 'done', inspect(outcome));
  }
});

test('one, two and four threads write the same bytes, exposures that need more room among them', async (t) => {
  const root = folder(t);
  const files = Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [`e${i}.mrc`, exposure({ width: 200 + 40 * i, seed: i })]),
  );
  // So wide that the usual slot is too small for its rows.
  const raw = lay(path.join(root, 'raw'), { ...files, 'wide.mrc': exposure({ width: 60_000, height: 16 }) });
  const hashes = [];
  for (const threads of [1, 2, 4]) {
    const out = path.join(root, String(threads));
    const outcomes = await correctAll(hired(t, threads), raw, out);
    for (const outcome of Object.values(outcomes)) assert.equal(outcome.status, 'done', inspect(outcome));
    hashes.push(outputs(out));
  }
  assert.equal(Object.keys(hashes[0]!).length, 9);
  assert.deepEqual(hashes[1], hashes[0]);
  assert.deepEqual(hashes[2], hashes[0]);
});

test('a slot that was given back is lent again; a larger wish gets a larger slot, which then serves all', () => {
  const slots = new Slots(createMemory());
  const first = slots.lend();
  const second = slots.lend();
  assert.ok(second.address >= first.address + first.bytes, 'slots lent at the same time do not overlap');
  slots.giveBack(first);
  assert.equal(slots.lend(), first);
  slots.giveBack(first);
  const large = slots.lend(first.bytes + 1);
  assert.ok(large.bytes > first.bytes);
  slots.giveBack(large);
  assert.equal(slots.lend(), large);
  assert.throws(() => slots.lend(2 ** 32), RangeError);
});

test('never more are under way than the bound says, nothing is taken before there is room, and what is under way is waited for', async () => {
  let under = 0;
  let most = 0;
  let taken = 0;
  const items = (function* () {
    for (let i = 0; i < 20; i++) {
      taken++;
      yield i;
    }
  })();
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++under);
    for (let turn = 0; turn < 1 + (item % 3); turn++) await new Promise(setImmediate);
    under--;
    return item;
  };
  const results: number[] = [];
  for await (const result of inFlight(items, 3, work)) {
    results.push(result);
    assert.ok(taken <= results.length + 3, `${taken} taken, ${results.length} done`);
    if (results.length === 15) break;
  }
  assert.equal(most, 3);
  assert.equal(under, 0, 'the consumer left: what was under way has ended');
  assert.equal(new Set(results).size, 15);
});
