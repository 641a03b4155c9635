/** A thread that does one case after the other, so that one which never ends can be ended. */

import { parentPort } from 'node:worker_threads';
import { runCase } from './cases.ts';
import { unexpected } from './target.ts';
import { TARGETS } from './targets.ts';

export interface Asked {
  readonly target: string;
  readonly seed: number;
}

const port = parentPort!;

/** More than any case may take, bytes. */
const MOST_GROWTH = 768 << 20;

port.on('message', async ({ target, seed }: Asked) => {
  const found = TARGETS.find(({ name }) => name === target)!;
  const before = process.memoryUsage.rss();
  const result = await runCase(found, seed).catch((error: unknown) => {
    const verdict = unexpected(error);
    return { ...verdict, finding: { target, seed, wrong: `the harness: ${verdict.wrong}`, bytes: null } };
  });
  const growth = process.memoryUsage.rss() - before;
  const large = growth > MOST_GROWTH ? `memory grew by ${Math.round(growth / 2 ** 20)} MB` : null;
  port.postMessage({
    ...result,
    finding: result.finding ?? (large === null ? null : { target, seed, wrong: large, bytes: null }),
  });
});
