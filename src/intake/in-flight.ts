/** Back-pressure: so many things under way at once, never more. */

/**
 * Runs `work` on each of `items`, at most `limit` at a time, and yields the results as they come, also while `items` has
 * nothing new to give. Nothing is taken from `items` before there is room for it. When the consumer leaves, or `work`
 * throws, what is under way is waited for.
 */
export async function* inFlight<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  type Arrival = { readonly taken: IteratorResult<Item> } | { readonly id: number; readonly result: Result };
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const under = new Map<number, Promise<Arrival>>();
  let asked: Promise<Arrival> | null = null;
  let next = 0;
  let more = true;
  // A rejection is met in the race below, perhaps later: it is never unhandled.
  const met = (arrival: Promise<Arrival>): Promise<Arrival> => {
    arrival.catch(() => undefined);
    return arrival;
  };
  try {
    for (;;) {
      if (more && asked === null && under.size < limit)
        asked = met(Promise.resolve(source.next()).then((taken) => ({ taken })));
      if (asked === null && under.size === 0) return;
      const arrival: Arrival = await Promise.race(asked !== null ? [asked, ...under.values()] : under.values());
      if ('taken' in arrival) {
        asked = null;
        const { taken } = arrival;
        if (taken.done) {
          more = false;
          continue;
        }
        const id = next++;
        under.set(id, met(work(taken.value).then((result) => ({ id, result }))));
      } else {
        under.delete(arrival.id);
        yield arrival.result;
      }
    }
  } finally {
    await Promise.allSettled(under.values());
    // A source may take hours for its next item: it is ended, not waited for.
    const ended = Promise.resolve(source.return?.());
    if (asked !== null) ended.catch(() => undefined);
    else await ended;
  }
}

/** Asked of the system at once: enough to hide a share's delays, few enough to leave its server alone. */
export const HANDFUL = 32;

/** Runs `work` on each of `items`, some at a time; where it is short it costs half of what `inFlight` does. */
export async function inHandfuls<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < items.length; first += HANDFUL)
    await Promise.all(items.slice(first, first + HANDFUL).map(work));
}
