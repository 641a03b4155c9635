/** When the journals of shards are merged into that of their output folder, and when they are removed. */

import fs from 'node:fs';
import { Refusal, Trouble } from '../model/outcome.ts';
import { printable } from '../model/printable.ts';
import { shardName } from '../model/shard.ts';
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
  const shards = shardJournals(out);
  const [unmerged] = mergeInto(journal, shards);
  if (unmerged !== undefined) throw new Refusal(unmerged);
  if (shards.length > 0) removeShards(out);
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
      unmerged.push(...mergeInto(journal, shardJournals(out)));
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

function mergeInto(journal: Journal, shards: readonly ShardJournal[]): string[] {
  const unmerged: string[] = [];
  const sound = shards.filter((shard) => {
    try {
      const there = Journal.openReadOnly(shard.file);
      there?.close();
      return there !== null;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Trouble)) throw error;
      unmerged.push(`shard ${shardName(shard)} is not merged: ${printable(error.message)}`);
      return false;
    }
  });
  for (let first = 0; first < sound.length; first += AT_ONCE) {
    const some = sound.slice(first, first + AT_ONCE).filter(({ file }) => fs.existsSync(file));
    journal.merge(some.map(({ file }) => file));
  }
  return unmerged;
}
