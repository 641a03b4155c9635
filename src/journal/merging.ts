/** When the journals of shards are merged into that of their output folder, and when they are removed. */

import fs from 'node:fs';
import path from 'node:path';
import { outputFault } from '../files/output-file.ts';
import { openWorkshop, unfinished } from '../files/workshop.ts';
import { Fault, Refusal, Trouble } from '../model/outcome.ts';
import { printable } from '../model/printable.ts';
import { shardName } from '../model/shard.ts';
import { copyJournal } from './copy.ts';
import { Journal } from './journal.ts';
import { type Lock, RunLocked, shareLock, takeLock } from './lock.ts';
import { AT_ONCE } from './merge.ts';
import { removeShards, type ShardJournal, shardJournals } from './shards.ts';

/** What could not be merged, for people. */
export type Unmerged = readonly string[];

/**
 * Merges the journals of all shards into `journal`, then removes them. Whoever calls has the lock of the output folder.
 * @throws JournalRefused where one cannot be merged: what it knows would be lost
 */
export function mergeAll(out: string, journal: Journal): void {
  if (shardJournals(out).length === 0) return;
  const [unmerged] = mergeInto(out, journal, null);
  if (unmerged !== undefined) throw new Refusal(unmerged);
  removeShards(out);
}

/**
 * The same for who has no lock, such as a report: while shards are at work they are merged as they stand, and stay.
 * Returns what could not be merged. Where another run has the folder, or there are no shards, nothing is done.
 * @throws JournalRefused, JournalTrouble when the journal of the folder cannot be written
 */
export function mergeShards(out: string, file: string, command: string): Unmerged {
  if (shardJournals(out).length === 0) return [];
  let lock: Pick<Lock, 'release'>;
  try {
    lock = shareLock(out, 0);
  } catch (error) {
    // A run for all exposures merges them itself.
    if (error instanceof RunLocked) return [];
    if (error instanceof Refusal || error instanceof Trouble) return [notMerged(error)];
    throw error;
  }
  const unmerged: string[] = [];
  try {
    const journal = Journal.open(file);
    try {
      unmerged.push(...mergeInto(out, journal, openWorkshop(path.resolve(out))));
    } finally {
      journal.close();
    }
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Trouble)) throw error;
    return [notMerged(error)];
  } finally {
    lock.release();
  }
  if (unmerged.length === 0) tidy(out, file, command);
  return unmerged;
}

const notMerged = (error: Error): string => `the journals of shards are not merged: ${error.message}`;

/** Removes the journals where no shard is at work any more; what came since they were merged is merged first. */
function tidy(out: string, file: string, command: string): void {
  let lock: Lock;
  try {
    lock = takeLock(out, command);
  } catch (error) {
    if (error instanceof Refusal || error instanceof Trouble) return;
    throw error;
  }
  try {
    const journal = Journal.open(file);
    try {
      mergeAll(out, journal);
    } finally {
      journal.close();
    }
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Trouble)) throw error;
  } finally {
    lock.release();
  }
}

/**
 * `copies`: where journals of shards that may be at work are copied to first: a record waits for the copy alone, and not
 * until all of it is merged. Null: no shard is at work.
 */
function mergeInto(out: string, journal: Journal, copies: string | null): string[] {
  const shards = shardJournals(out);
  const unmerged: string[] = [];
  for (let first = 0; first < shards.length; first += AT_ONCE) {
    const files = shards.slice(first, first + AT_ONCE).flatMap((shard, i) => {
      try {
        return soundOf(shard, copies === null ? null : unfinished(`journal-${i}`, copies));
      } catch (error) {
        const said = outputFault(error, out);
        if (!(said instanceof Refusal || said instanceof Trouble || said instanceof Fault)) throw error;
        unmerged.push(`shard ${shardName(shard)} is not merged: ${printable(said.message)}`);
        return [];
      }
    });
    try {
      journal.merge(files);
    } finally {
      if (copies !== null) for (const file of files) fs.rmSync(file, { force: true });
    }
  }
  return unmerged;
}

/** The journal of a shard, or its copy; none where nothing is in it yet. */
function soundOf({ file }: ShardJournal, copy: string | null): string[] {
  if (copy === null) return isSound(file) ? [file] : [];
  fs.rmSync(copy, { force: true });
  return copyJournal(file, copy) ? [copy] : [];
}

/** @throws JournalRefused, JournalTrouble */
function isSound(file: string): boolean {
  const there = Journal.openReadOnly(file);
  there?.close();
  return there !== null;
}
