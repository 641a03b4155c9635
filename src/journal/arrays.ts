/**
 * Shards that were one run: reports speak of the run, not of its parts. The newest run of each shard counts; what an earlier
 * one of the same shard did before it was killed or put back into the queue is an earlier run.
 */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { ArrayPart, Batch, Run, Work } from './contents.ts';
import { columnsOf } from './schema.ts';

/** What `origins` says of a run that was a shard. */
interface Origin {
  readonly run: number;
  readonly shard: number;
  readonly shards: number;
  readonly array: string | null;
}

interface Member {
  readonly run: Run;
  readonly origin: Origin;
}

/** Runs with shards joined, oldest first, and the number of the joined run for each run that is a part of one. */
export interface Joined {
  readonly runs: readonly Run[];
  readonly numberOf: (run: number) => number;
}

/** Shards by run; none in a journal that is older than they are. */
export function readOrigins(database: DatabaseSyncInstance): Origin[] {
  if (columnsOf(database, 'origins').size === 0) return [];
  return database
    .prepare('SELECT run, shard, shards, "array" FROM origins WHERE shard IS NOT NULL AND inherited = 0')
    .all() as unknown as Origin[];
}

/** `runs`: by their numbers, which are those of the order in which they were merged. */
export function joined(runs: readonly Run[], origins: readonly Origin[]): Joined {
  if (origins.length === 0) return { runs, numberOf: (run) => run };
  const byRun = new Map(origins.map((origin) => [origin.run, origin]));
  const single: Run[] = [];
  const groups: Member[][] = [];
  /** The newest group of each kind of array. */
  const open = new Map<string, Map<number, Member>>();
  for (const run of runs.toSorted((a, b) => (a.started < b.started ? -1 : a.started > b.started ? 1 : a.id - b.id))) {
    const origin = byRun.get(run.id);
    if (!origin) {
      single.push(run);
      // Whatever comes after it begins anew.
      for (const [kind, group] of open) {
        groups.push([...group.values()]);
        open.delete(kind);
      }
      continue;
    }
    const kind = `${origin.shards} ${origin.array ?? ''}`;
    const group = open.get(kind) ?? new Map<number, Member>();
    const before = group.get(origin.shard);
    if (before && origin.array === null && isWhole(before.run)) {
      // Nobody says what belongs together, and this shard had come to its end: all of them run again.
      groups.push([...group.values()]);
      group.clear();
    } else if (before) single.push(before.run);
    group.set(origin.shard, { run, origin });
    open.set(kind, group);
  }
  for (const group of open.values()) groups.push([...group.values()]);
  const numbers = new Map<number, number>();
  const parts = groups.map((group) => {
    const one = together(group);
    for (const { run } of group) numbers.set(run.id, one.id);
    return one;
  });
  const all = [...single, ...parts].sort((a, b) => ending(a) - ending(b) || a.id - b.id);
  // The newest has the highest number: whatever another run did was done before it.
  return inNumbers(all, numbers);
}

const ending = (run: Run): number => Date.parse(run.array?.parts.at(-1)?.started ?? run.started);

/** It came to its end: nothing stopped it before, neither a signal nor its surroundings. */
export const isWhole = ({ finished, exitCode }: Pick<Run, 'finished' | 'exitCode'>): boolean =>
  finished !== null && (exitCode === 0 || exitCode === 2);

function inNumbers(all: readonly Run[], numbers: Map<number, number>): Joined {
  const sorted = all.map(({ id }) => id).sort((a, b) => a - b);
  const renamed = new Map(all.map(({ id }, i) => [id, sorted[i]!]));
  const numberOf = (run: number): number => {
    const own = numbers.get(run) ?? run;
    return renamed.get(own) ?? own;
  };
  return { runs: all.map((run) => ({ ...run, id: numberOf(run.id) })), numberOf };
}

function together(group: readonly Member[]): Run {
  const parts = group.toSorted((a, b) => (a.run.started < b.run.started ? -1 : 1));
  const runs = parts.map(({ run }) => run);
  const [{ run: first, origin }] = parts as [Member];
  const sum = (of: (run: Run) => number): number => runs.reduce((all, run) => all + of(run), 0);
  const began = Date.parse(first.started);
  const ended = runs.reduce((last, { started, wall }) => Math.max(last, Date.parse(started) + wall / 1000), began);
  const whole = runs.length === origin.shards && runs.every(({ finished }) => finished !== null);
  return {
    ...first,
    id: runs.reduce((least, { id }) => Math.min(least, id), first.id),
    command: first.command.replace(/ --shard[= ]\S+/, ''),
    host: [...new Set(runs.map(({ host }) => host))].join(', '),
    threads: runs.reduce((most, { threads }) => Math.max(most, threads), 0),
    finished: whole ? runs.reduce((last, { finished }) => (finished! > last ? finished! : last), '') : null,
    wall: Math.round((ended - began) * 1000),
    done: sum(({ done }) => done),
    skipped: sum(({ skipped }) => skipped),
    failed: sum(({ failed }) => failed),
    exitCode: whole ? worst(runs.map(({ exitCode }) => exitCode ?? 0)) : null,
    array: {
      shards: origin.shards,
      parts: parts.map(({ run, origin: { shard } }) => partOf(run, shard)),
      wall: sum(({ wall }) => wall),
      threadWall: sum(({ wall, threads }) => wall * threads),
    },
  };
}

const partOf = ({ host, started, finished, exitCode, wall }: Run, shard: number): ArrayPart => ({
  shard,
  host,
  started,
  finished,
  exitCode,
  wall,
});

/** A signal before trouble of the surroundings before exposures that failed. */
const worst = (codes: readonly number[]): number => codes.reduce((most, code) => Math.max(most, code), 0);

/** Batches that are alike, and the work of one run, are one. */
export function joinedBatches(batches: readonly Batch[], { numberOf }: Joined): Batch[] {
  const kinds = new Map<string, Batch>();
  for (const batch of batches) {
    const run = numberOf(batch.run);
    const kind = JSON.stringify([run, batch.steps, batch.typeWritten, batch.frames, batch.pixels]);
    const { exposures = 0, busy = 0 } = kinds.get(kind) ?? {};
    kinds.set(kind, { ...batch, run, exposures: exposures + batch.exposures, busy: busy + batch.busy });
  }
  return [...kinds.values()];
}

export function joinedWork(work: readonly Work[], { numberOf }: Joined): Work[] {
  const runs = new Map<number, Work>();
  for (const each of work) {
    const run = numberOf(each.run);
    const { bytesWritten = 0, writing = 0, busy = 0 } = runs.get(run) ?? {};
    runs.set(run, {
      run,
      bytesWritten: bytesWritten + each.bytesWritten,
      writing: writing + each.writing,
      busy: busy + each.busy,
    });
  }
  return [...runs.values()];
}
