/**
 * The folders of shards: `.darkroom/shards/8/3` holds the journal, the lock and the unfinished files of shard 3 of 8, until
 * its journal is merged into that of the output folder. Each shard has its own lock, and a part in that of the folder: any
 * number of shards work side by side, and no run for all exposures beside them.
 */

import fs from 'node:fs';
import path from 'node:path';
import { WORKSHOP } from '../files/input-file.ts';
import { makeFolder } from '../files/ownership.ts';
import { Refusal } from '../model/outcome.ts';
import { type Shard, shardName } from '../model/shard.ts';
import { systemError } from '../model/system-error.ts';
import { type Lock, lockOf, shareLock } from './lock.ts';

type Part = Pick<Shard, 'index' | 'of'>;

/** The journal of a shard that is there. */
export interface ShardJournal extends Part {
  readonly file: string;
}

const JOURNAL = 'darkroom.sqlite';

/** Whoever merges holds the lock of the folder for moments only, ms. */
const MERGING = 60_000;

const shardsOf = (out: string): string => path.join(path.resolve(out), WORKSHOP, 'shards');

/** Where a shard writes what is not yet whole. */
export const shardPlace = (out: string, { index, of }: Part): string =>
  path.join(shardsOf(out), String(of), String(index));

export const shardJournal = (out: string, shard: Part): string => path.join(shardPlace(out, shard), JOURNAL);

/** The journals of shards that stand in an output folder. */
export function shardJournals(out: string): ShardJournal[] {
  const found: ShardJournal[] = [];
  for (const of of numbersIn(shardsOf(out))) {
    for (const index of numbersIn(path.join(shardsOf(out), String(of)))) {
      const file = shardJournal(out, { index, of });
      if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) found.push({ index, of, file });
    }
  }
  return found;
}

/** Folders whose name is a number, in its order. */
function numbersIn(folder: string): number[] {
  try {
    const names = fs.readdirSync(folder).filter((name) => /^[1-9]\d{0,8}$/.test(name));
    return names.map(Number).sort((a, b) => a - b);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemError(error)?.name ?? '')) return [];
    throw error;
  }
}

/**
 * Takes the lock of a shard, and a part in that of its output folder.
 * @throws as `takeLock`
 */
export function takeShardLock(out: string, shard: Part, command: string): Lock {
  const part = shareLock(out, MERGING);
  const place = shardPlace(out, shard);
  try {
    const own = lockOf({ subject: `${out}, shard ${shardName(shard)}`, place, make: () => makeFolder(place) }, command);
    return {
      isHere: own.isHere,
      retake() {
        part.retake();
        own.retake();
      },
      release() {
        own.release();
        part.release();
      },
    };
  } catch (error) {
    part.release();
    throw error;
  }
}

/**
 * Another number of shards cuts the exposures otherwise: what is done in those is known here only when it is merged.
 * @throws Refusal when there are such
 */
export function refuseOtherShards(out: string, { of }: Part): void {
  const other = numbersIn(shardsOf(out)).find(
    (each) =>
      each !== of &&
      numbersIn(path.join(shardsOf(out), String(each))).some((index) =>
        fs.existsSync(shardJournal(out, { index, of: each })),
      ),
  );
  if (other === undefined) return;
  throw new Refusal(
    `${out}: found the journals of ${other} shards, expected those of ${of}; wait until those shards have ended, merge them with darkroom report ${out}, and run again`,
  );
}

/** Removes the folders of all shards, whose journals are merged. Whoever calls has the lock of the output folder: no shard is at work. */
export function removeShards(out: string): void {
  for (const { file } of shardJournals(out)) fs.rmSync(file, { force: true });
  try {
    fs.rmSync(shardsOf(out), { recursive: true, force: true });
  } catch (error) {
    // A share keeps what is open somewhere under another name (NFS: .nfs...): the folders stay until the next time.
    if (!systemError(error)) throw error;
  }
}
