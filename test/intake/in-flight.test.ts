/** The conveyor's bound: how many exposures are under way, and what happens to them when somebody leaves. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inFlight } from '../../src/intake/in-flight.ts';

/** Work that ends when it is told to. */
function works() {
  const under = new Map<number, { done: () => void; fail: (error: Error) => void }>();
  const begun: number[] = [];
  let most = 0;
  const work = (item: number): Promise<string> =>
    new Promise((resolve, reject) => {
      begun.push(item);
      under.set(item, {
        done: () => {
          under.delete(item);
          resolve(`done ${item}`);
        },
        fail: (error) => {
          under.delete(item);
          reject(error);
        },
      });
      most = Math.max(most, under.size);
    });
  return { under, begun, work, most: () => most };
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Takes items as they are pushed; silent in between. */
function silent(): AsyncIterable<number> & { push(item: number): void; returned(): boolean } {
  const waiting: ((item: IteratorResult<number>) => void)[] = [];
  const ready: number[] = [];
  let returned = false;
  return {
    push(item) {
      const taker = waiting.shift();
      if (taker) taker({ done: false, value: item });
      else ready.push(item);
    },
    returned: () => returned,
    [Symbol.asyncIterator]: () => ({
      next: () =>
        ready.length > 0
          ? Promise.resolve({ done: false, value: ready.shift()! })
          : new Promise((resolve) => waiting.push(resolve)),
      return: () => {
        returned = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}

test('never more than the limit are under way, every item is worked on once, results come as they are ready', async () => {
  for (const limit of [1, 2, 3, 7, 100]) {
    const { under, begun, work, most } = works();
    const results: string[] = [];
    const all = (async () => {
      for await (const result of inFlight(
        Array.from({ length: 20 }, (_, i) => i),
        limit,
        work,
      ))
        results.push(result);
    })();
    while (results.length < 20) {
      await soon();
      // The last begun ends first: order is not kept.
      [...under.values()].at(-1)?.done();
    }
    await all;
    assert.equal(most(), Math.min(20, limit));
    assert.deepEqual(
      begun,
      Array.from({ length: 20 }, (_, i) => i),
    );
    assert.equal(new Set(results).size, 20);
  }
});

test('nothing is taken from the items before there is room for it', async () => {
  let taken = 0;
  function* items() {
    for (;;) yield taken++;
  }
  const { under, work } = works();
  const flight = inFlight(items(), 3, work);
  const first = flight.next();
  for (let i = 0; i < 5; i++) await soon();
  assert.equal(taken, 3);
  under.get(1)!.done();
  assert.equal((await first).value, 'done 1');
  assert.equal(taken, 3, 'the consumer has not asked for more');
  void flight.next();
  for (let i = 0; i < 5; i++) await soon();
  assert.equal(taken, 4);
  for (const each of under.values()) each.done();
  const left = flight.return(undefined);
  for (let i = 0; i < 5; i++) {
    await soon();
    for (const each of under.values()) each.done();
  }
  await left;
});

test('a result comes while the items are silent: nobody waits for the next exposure to hear of the last', async () => {
  const items = silent();
  const { under, work } = works();
  const flight = inFlight(items, 3, work);
  const first = flight.next();
  items.push(1);
  await soon();
  under.get(1)!.done();
  assert.equal((await first).value, 'done 1');
  await flight.return(undefined);
  assert.equal(items.returned(), true);
});

test('a consumer who leaves waits for what is under way, and the items are told', async () => {
  const items = silent();
  for (const item of [1, 2, 3]) items.push(item);
  const { under, work } = works();
  const flight = inFlight(items, 3, work);
  const first = flight.next();
  await soon();
  under.get(2)!.done();
  await first;
  let left = false;
  const leaving = flight.return(undefined).then(() => {
    left = true;
  });
  await soon();
  assert.equal(left, false);
  under.get(1)!.done();
  await soon();
  assert.equal(left, false, 'one is still under way');
  under.get(3)!.fail(new Error('too late to matter'));
  await leaving;
  assert.equal(items.returned(), true);
});

test('work that throws ends the flight with its error, after what else is under way has ended', async () => {
  const { under, begun, work } = works();
  const flight = inFlight([1, 2, 3, 4], 2, work);
  let ended = false;
  const failing = flight.next().finally(() => {
    ended = true;
  });
  failing.catch(() => undefined);
  await soon();
  under.get(1)!.fail(new Error('a bug'));
  for (let i = 0; i < 5; i++) await soon();
  assert.equal(ended, false);
  under.get(2)!.done();
  await assert.rejects(failing, /a bug/);
  assert.deepEqual(begun, [1, 2]);
});

test('items that throw end the flight with their error, after what is under way has ended', async () => {
  async function* items() {
    yield 1;
    throw new Error('the folder is gone');
  }
  const { under, work } = works();
  const next = inFlight(items(), 3, work).next();
  next.catch(() => undefined);
  for (let i = 0; i < 5; i++) await soon();
  under.get(1)!.done();
  await assert.rejects(next, /the folder is gone/);
});

test('no items, no results', async () => {
  assert.deepEqual(await inFlight([], 3, works().work).next(), { done: true, value: undefined });
});
