/** Many cases on a few threads, each watched: what crashes, hangs, grows or reads other pixels than plain readers is a finding. */

import { Worker } from 'node:worker_threads';
import { type Finding, kindOf } from './cases.ts';
import { Random } from './random.ts';
import type { Asked } from './worker.ts';

/** Longer than any case takes, on a machine that is busy with other things, ms. */
const HANGS = 30_000;
const HEAP_MB = 512;

export interface Counts {
  cases: number;
  accepted: number;
  compared: number;
  findings: number;
  /** Of the slowest case. */
  ms: number;
}

export interface Campaign {
  readonly targets: readonly string[];
  readonly seed: number;
  readonly workers: number;
  /** Whether another case is begun. */
  more(cases: number): boolean;
  /** Each kind of finding once. */
  found(finding: Finding): void;
}

export async function campaign({ targets, seed, workers, more, found }: Campaign): Promise<Map<string, Counts>> {
  const counts = new Map(targets.map((name) => [name, { cases: 0, accepted: 0, compared: 0, findings: 0, ms: 0 }]));
  const kinds = new Set<string>();
  const seeds = new Random(seed);
  let begun = 0;
  const next = (): Asked | null => {
    if (!more(begun)) return null;
    return { target: targets[begun++ % targets.length]!, seed: seeds.below(2 ** 31) };
  };
  const lane = async (): Promise<void> => {
    let thread = new Thread();
    for (let asked = next(); asked !== null; asked = next()) {
      const began = performance.now();
      const result = await thread.run(asked);
      const of = counts.get(asked.target)!;
      of.cases++;
      of.ms = Math.max(of.ms, performance.now() - began);
      if (result.accepted) of.accepted++;
      if (result.compared) of.compared++;
      const { finding } = result;
      if (finding) {
        of.findings++;
        const kind = `${finding.target}: ${kindOf(finding.wrong)}`;
        if (!kinds.has(kind)) found(finding);
        kinds.add(kind);
      }
      if (result.over) {
        await thread.end();
        thread = new Thread();
      }
    }
    await thread.end();
  };
  await Promise.all(Array.from({ length: workers }, lane));
  return counts;
}

interface Result {
  readonly accepted: boolean;
  readonly compared: boolean;
  readonly finding: Finding | null;
  /** The thread is of no more use. */
  readonly over?: boolean;
}

class Thread {
  readonly #worker = new Worker(new URL('./worker.js', import.meta.url), {
    // geotiff brings a package that takes every thread without data for one of its own, and fails.
    workerData: {},
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });

  run(asked: Asked): Promise<Result> {
    const worker = this.#worker;
    return new Promise((resolve) => {
      const lost = (wrong: string): void => {
        settle({ accepted: false, compared: false, finding: { ...asked, wrong, bytes: null }, over: true });
      };
      const timer = setTimeout(() => lost(`hangs: no end after ${HANGS / 1000} s`), HANGS);
      const failed = (error: Error): void => lost(`the thread died: ${error.message}`);
      const ended = (code: number): void => lost(`the thread ended with ${code}`);
      const settle = (result: Result): void => {
        clearTimeout(timer);
        worker.off('message', settle).off('error', failed).off('exit', ended);
        resolve(result);
      };
      worker.once('message', settle).once('error', failed).once('exit', ended);
      worker.postMessage(asked);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
