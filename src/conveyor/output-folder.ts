/** The output folder of a run: one run at a time works in it, with the journal open and nothing half-made from before. */

import fs from 'node:fs';
import path from 'node:path';
import type { Home } from '../correct/output-place.ts';
import type { RunSettings } from '../correct/settings.ts';
import { foldingOf } from '../files/folding.ts';
import { isTrouble, outputFault } from '../files/output-file.ts';
import { permitJournal } from '../files/ownership.ts';
import { openWorkshop, sweep } from '../files/workshop.ts';
import { Journal } from '../journal/journal.ts';
import { type Lock, takeLock } from '../journal/lock.ts';
import { mergeAll } from '../journal/merging.ts';
import type { Seen } from '../journal/seen.ts';
import { refuseOtherShards, shardJournal, shardPlace, takeShardLock } from '../journal/shards.ts';
import { Fault, type Job, type Look, Refusal, sameLook, Trouble } from '../model/outcome.ts';
import type { Shard } from '../model/shard.ts';
import { inWords, systemError } from '../model/system-error.ts';

/** How long the journal of a folder that came back stands still before it is taken for whole, ms. */
const STILL = 5000;

export class OutputFolder {
  readonly journal: Journal;
  /** Where outputs are written before they are whole. */
  readonly workshop: string;
  readonly #lock: Lock;
  /** The journal of the whole folder, where this one is a shard's; null: it is that. */
  readonly #whole: string | null;
  #home: Home;
  /** Of the journal in a folder that came back, and since when it looks like this; ms, monotonic. */
  #looked: { readonly look: Look; readonly since: number } | null = null;

  /**
   * Makes the folder where it is missing, locks it and opens its journal.
   * @throws Refusal when it cannot be written, or another run works in it; Trouble when it cannot be just now
   */
  constructor(settings: RunSettings) {
    const { out, shard, command } = settings;
    const workshop = makeWorkshop(settings);
    this.#whole = shard && settings.journal;
    this.workshop = shard ? shardPlace(out, shard) : workshop;
    this.#lock = shard ? takeShardLock(out, shard, command) : takeLock(out, command);
    try {
      sweep(this.workshop);
      this.journal = shard ? openShardJournal(settings, shard) : openJournal(settings);
      this.#home = homeAt(out, fs.statSync(out).dev, this.workshop);
    } catch (error) {
      this.#lock.release();
      const fault = outputFault(error, settings.out);
      throw isTrouble(fault) ? new Trouble(fault.message, { cause: error }) : error;
    }
  }

  /** What is known of the outputs of these exposures, and perhaps of others. */
  seen(jobs: readonly Job[]): Map<string, Seen> {
    if (this.#whole !== null)
      this.journal.inherit(
        this.#whole,
        jobs.map(({ output }) => output),
      );
    return this.journal.seen();
  }

  /** What is known of any output, be it another shard's; undefined: nothing. */
  seenOf(output: string): Seen | undefined {
    if (this.#whole === null) return this.journal.seenOf(output);
    const whole = Journal.openReadOnly(this.#whole);
    try {
      return whole?.seenOf(output);
    } finally {
      whole?.close();
    }
  }

  /** Another object after it came back on another device. */
  get home(): Home {
    return this.#home;
  }

  /**
   * What is wrong with the place of the folder, or null. A share that went away leaves an empty folder on another device,
   * where nothing is written. One that is mounted again, or another disk with all that was there, has another device as
   * well: the folder is ours if our own `lock.json` is in it and nobody is copying the journal any more. Then it is locked
   * again, its journal opened again, and `returned` called: what was made last may be missing there. A journal that went
   * bad where it stands is opened again too, and so is the lock: what spoiled the one spoiled the other.
   */
  async whereabouts(returned: () => void): Promise<string | null> {
    const { path: folder } = this.#home;
    let device: number;
    try {
      device = (await fs.promises.stat(folder)).dev;
    } catch (error) {
      const said = systemError(error);
      if (!said) throw error;
      return `${folder}: the output folder is not there (${said.name}); waiting until it is back`;
    }
    const moved = device !== this.#home.device;
    if (!moved && !this.journal.broken) return null;
    const away = moved
      ? `${folder}: stands on another device than before: its share or disk went away; nothing is written there until it is back`
      : `${this.journal.file}: the journal has to be opened again`;
    try {
      if (moved && !(this.#lock.isHere() && this.#journalStandsStill())) return away;
      this.#moveIn(device);
    } catch (error) {
      if (error instanceof Refusal || error instanceof Trouble) return error.message;
      const said = systemError(error);
      if (!said) throw error;
      return `${away}; it cannot be used yet (${said.name})`;
    }
    if (moved) returned();
    return null;
  }

  #journalStandsStill(): boolean {
    const look = fs.statSync(this.journal.file, { throwIfNoEntry: false });
    const now = performance.now();
    if (!look || !this.#looked || !sameLook(look, this.#looked.look)) this.#looked = look ? { look, since: now } : null;
    return this.#looked !== null && now - this.#looked.since >= STILL;
  }

  #moveIn(device: number): void {
    this.#lock.retake();
    sweep(this.workshop);
    this.journal.reopen(device !== this.#home.device);
    this.#home = homeAt(this.#home.path, device, this.workshop);
    this.#looked = null;
  }

  close(): void {
    this.journal.close();
    this.#lock.release();
  }
}

const homeAt = (folder: string, device: number, workshop: string): Home => ({
  path: folder,
  device,
  folding: foldingOf(folder, workshop),
});

function makeWorkshop({ out }: RunSettings): string {
  try {
    return openWorkshop(out);
  } catch (error) {
    const fault = outputFault(error, out);
    if (isTrouble(fault)) throw new Trouble(fault.message, { cause: error });
    if (error instanceof Fault) throw new Refusal(error.message, { cause: error });
    const known = systemError(error);
    if (!known) throw error;
    const advice = known.name === 'ENOENT' ? 'no folder can be made there, choose another' : 'check its permissions';
    throw new Refusal(`--out ${out}: the folder cannot be made or written: ${inWords(error)}; ${advice}`, {
      cause: error,
    });
  }
}

/** What shards did is merged first: a run for all exposures knows of it. */
function openJournal(settings: RunSettings): Journal {
  const journal = openOwn(settings);
  try {
    mergeAll(settings.out, journal);
    return journal;
  } catch (error) {
    journal.close();
    throw error;
  }
}

/** A shard's own journal, which knows of its exposures what that of the output folder does. */
function openShardJournal({ out, keepDays }: RunSettings, shard: Shard): Journal {
  const file = shardJournal(out, shard);
  const isNew = !fs.existsSync(file);
  const journal = Journal.open(file, keepDays);
  try {
    refuseOtherShards(out, shard);
    return journal;
  } catch (error) {
    journal.close();
    // Nothing is in it: the next one is not to find it.
    if (isNew) fs.rmSync(file, { force: true });
    throw error;
  }
}

function openOwn({ journal: file, out, keepDays }: RunSettings): Journal {
  try {
    permitJournal(file);
  } catch (error) {
    const fault = outputFault(error, file);
    if (isTrouble(fault)) throw new Trouble(fault.message, { cause: error });
    throw fault instanceof Fault ? new Refusal(fault.message, { cause: error }) : error;
  }
  const journal = Journal.open(file, keepDays);
  const owner = journal.outputFolder();
  const elsewhere = path.dirname(file) !== out;
  if (elsewhere && owner !== null && owner !== out) {
    journal.close();
    throw new Refusal(
      `--journal ${file}: belongs to the output folder ${owner}; give every output folder a journal of its own`,
    );
  }
  return journal;
}
