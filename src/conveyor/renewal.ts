/**
 * New references for a watch that goes on: from a recipe that was edited, when somebody asks for it, and from the folder of
 * references, whenever something in it changes. They count for exposures taken from then on. What is wrong is refused with
 * its message, and what was there before stays.
 */

import { statSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { WatchSettings } from '../correct/settings.ts';
import { writeWhole } from '../files/output-file.ts';
import type { RunEvent } from '../model/events.ts';
import { Fault, Refusal } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { signatureOf } from '../references/folder.ts';
import type { KnownSet } from '../references/known-set.ts';
import { referenceFiles } from '../references/references.ts';
import { generationAnew, generationOf } from './generation.ts';
import { treatmentOf } from './prepare.ts';
import type { Supply } from './supply.ts';

/** In `.darkroom`: who asks, and what came of it. */
export const REQUEST = 'reload.json';
export const ANSWER = 'reloaded.json';

export interface Answer {
  /** The number of the request. */
  readonly reload: string;
  readonly accepted: boolean;
  readonly message: string;
}

/** The folder of references stands still for so many looks, a second apart, before it is read. */
const STILL = 3;

export interface RenewalOptions {
  readonly settings: WatchSettings;
  readonly supply: Supply;
  readonly workshop: () => string;
  /** The settings as recipe and command line have them now. @throws Refusal */
  readonly ask: () => Promise<WatchSettings>;
  readonly emit: (event: RunEvent) => void;
  /** Whether corrections are held back since the references do not fit: what waits gets the new ones. */
  readonly held: () => boolean;
  /** Called when new references count. */
  readonly renewed: () => Promise<void>;
}

export class Renewal {
  readonly #options: RenewalOptions;
  #settings: WatchSettings;
  /** Of the last request that was answered; a request from before the start is none. */
  #answered: string | null = null;
  #started = false;
  #signature: string | null = null;
  #still = 0;
  #read: string | null = null;
  #working: Promise<unknown> = Promise.resolve();
  #looking = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** Every second; not waited for, and never twice at once. */
  look(): void {
    if (this.#looking) return;
    this.#looking = true;
    void this.#look().finally(() => {
      this.#looking = false;
    });
  }

  async #look(): Promise<void> {
    try {
      await this.#lookForRequest();
      await this.#lookAtFolder();
    } catch (error) {
      // The output folder may be away: it is looked for elsewhere.
      if (!(error instanceof Fault || systemError(error))) throw error;
    }
  }

  /** Asks for the settings again and takes the references from them. Never throws what a recipe can be. */
  async renew(): Promise<Omit<Answer, 'reload'>> {
    const done = this.#working.then(() => this.#renew());
    this.#working = done;
    return await done;
  }

  async #renew(): Promise<Omit<Answer, 'reload'>> {
    const { supply, emit, ask, held, renewed } = this.#options;
    const waiting = held();
    const since = waiting ? Number.NEGATIVE_INFINITY : Date.now();
    try {
      const settings = await ask();
      refuseOthers(this.#settings, settings);
      const treatment = treatmentOf(settings.recipe);
      const { generation, notes } = await generationAnew(settings, treatment);
      await supply.renew({ ...generation, since });
      this.#settings = settings;
      for (const message of notes) emit({ event: 'note', message });
      const count = waiting ? 'exposures that wait, too' : 'exposures taken from now on';
      const message = `references are read again: they count for ${count}${named(supply)}`;
      emit({ event: 'note', message, level: 'information' });
      await renewed();
      return { accepted: true, message };
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Fault)) throw error;
      const message = `the references stay as they were: ${error.message}`;
      emit({ event: 'note', message });
      return { accepted: false, message };
    }
  }

  async #lookForRequest(): Promise<void> {
    const place = this.#options.workshop();
    const text = await fs.readFile(path.join(place, REQUEST), 'utf8').catch(() => null);
    const asked = text === null ? null : requestIn(text);
    const first = !this.#started;
    this.#started = true;
    if (asked === null || asked === this.#answered) return;
    this.#answered = asked;
    if (first) return;
    const answer: Answer = { reload: asked, ...(await this.renew()) };
    const target = { file: path.join(place, ANSWER), within: place, replaces: 'reload', way: 'remove it' } as const;
    writeWhole(target, `${JSON.stringify(answer, null, 2)}\n`, place);
  }

  async #lookAtFolder(): Promise<void> {
    const { folder } = this.#settings.choosing;
    if (folder === null) return;
    const signature = await signatureOf(folder);
    this.#still = signature === this.#signature ? this.#still + 1 : 0;
    this.#signature = signature;
    // What was read before the watch began is not read again.
    this.#read ??= signature;
    if (signature === this.#read || this.#still < STILL) return;
    this.#read = signature;
    this.#working = this.#working.then(() => this.#readFolder());
    await this.#working;
  }

  async #readFolder(): Promise<void> {
    const { supply, emit, held, renewed } = this.#options;
    try {
      const { generation, notes } = await generationOf(this.#settings, treatmentOf(this.#settings.recipe));
      const known = new Set(supply.sets?.map(({ id }) => id));
      const times = (generation.sets ?? []).filter(({ id }) => !known.has(id)).map(countsFrom);
      const since = held() || known.size === 0 ? Number.NEGATIVE_INFINITY : Math.min(Date.now(), ...times);
      await supply.renew({ ...generation, since });
      for (const message of notes) emit({ event: 'note', message });
      const message = `${this.#settings.choosing.folder}: changed; references are read again${named(supply)}`;
      emit({ event: 'note', message, level: 'information' });
      await renewed();
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Fault)) throw error;
      emit({ event: 'note', message: `the references stay as they were: ${error.message}` });
    }
  }
}

/** References say themselves from when on they count; the only ones of a size since they have been there. */
function countsFrom({ when, paths }: KnownSet): number {
  if (when.from !== undefined) return when.from;
  return Math.max(...referenceFiles(paths).map(({ file }) => statSync(file).mtimeMs));
}

const named = ({ sets }: Supply): string =>
  sets && sets.length > 0 ? ` (${sets.map(({ name }) => `"${name}"`).join(', ')})` : '';

/** Only references and rules can change while a watch goes on. */
function refuseOthers(before: WatchSettings, now: WatchSettings): void {
  const changed = Object.keys(now.recipe).find(
    (name) =>
      JSON.stringify(now.recipe[name as keyof typeof now.recipe]) !==
      JSON.stringify(before.recipe[name as keyof typeof before.recipe]),
  );
  if (changed !== undefined)
    throw new Refusal(
      `${changed} changed, but only references and rules can change while a watch goes on; stop it and start it again`,
    );
}

function requestIn(text: string): string | null {
  try {
    const { reload } = JSON.parse(text) as { reload?: unknown };
    return typeof reload === 'string' ? reload : null;
  } catch {
    // It is being written by something else than darkroom, or is not ours.
    return null;
  }
}
