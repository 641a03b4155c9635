/** Back-pressure: so many things under way at once, never more. */

/**
 * Runs `work` on each of `items`, at most `limit` at a time, and yields the results as they come. Nothing is taken from
 * `items` before there is room for it. When the consumer leaves, or `work` throws, what is under way is waited for.
 */
export async function* inFlight<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const under = new Map<number, Promise<[number, Result]>>();
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let next = 0;
  let more = true;
  try {
    for (;;) {
      while (more && under.size < limit) {
        const taken = await source.next();
        if (taken.done) {
          more = false;
          break;
        }
        const id = next++;
        const begun = work(taken.value).then((result): [number, Result] => [id, result]);
        // A rejection is met in the race below, perhaps later: it is never unhandled.
        begun.catch(() => undefined);
        under.set(id, begun);
      }
      if (under.size === 0) return;
      const [id, result] = await Promise.race(under.values());
      under.delete(id);
      yield result;
    }
  } finally {
    await Promise.allSettled(under.values());
    await source.return?.();
  }
}
