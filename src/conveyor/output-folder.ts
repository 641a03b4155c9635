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
import { Fault, type Look, Refusal, sameLook, Trouble } from '../model/outcome.ts';
import { inWords, systemError } from '../model/system-error.ts';

/** How long the journal of a folder that came back stands still before it is taken for whole, ms. */
const STILL = 5000;

export class OutputFolder {
  readonly journal: Journal;
  /** Where outputs are written before they are whole. */
  readonly workshop: string;
  readonly #lock: Lock;
  #home: Home;
  /** Of the journal in a folder that came back, and since when it looks like this; ms, monotonic. */
  #looked: { readonly look: Look; readonly since: number } | null = null;

  /**
   * Makes the folder where it is missing, locks it and opens its journal.
   * @throws Refusal when it cannot be written, or another run works in it; Trouble when it cannot be just now
   */
  constructor(settings: RunSettings) {
    this.workshop = makeWorkshop(settings);
    this.#lock = takeLock(settings.out, settings.command);
    try {
      sweep(this.workshop);
      this.journal = openJournal(settings);
      this.#home = homeAt(settings.out, fs.statSync(settings.out).dev);
    } catch (error) {
      this.#lock.release();
      const fault = outputFault(error, settings.out);
      throw isTrouble(fault) ? new Trouble(fault.message, { cause: error }) : error;
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
    this.#home = homeAt(this.#home.path, device);
    this.#looked = null;
  }

  close(): void {
    this.journal.close();
    this.#lock.release();
  }
}

const homeAt = (folder: string, device: number): Home => ({ path: folder, device, folding: foldingOf(folder) });

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

function openJournal({ journal: file, out, keepDays }: RunSettings): Journal {
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
