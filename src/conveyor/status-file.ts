/** The status file of a watch: whole at any moment, with a number that rises as long as the watch lives. */

import path from 'node:path';
import type { WatchSettings } from '../correct/settings.ts';
import { writeWhole } from '../files/output-file.ts';
import { permitText, type Target } from '../files/ownership.ts';
import type { RunEvent, Status } from '../model/events.ts';
import { Fault, Refusal } from '../model/outcome.ts';
import { inWords } from '../model/system-error.ts';
import type { OutputFolder } from './output-folder.ts';

const targetOf = (file: string): Target<'status'> => ({
  file,
  within: null,
  replaces: 'status',
  way: 'name another file with --status-file',
});

/** @throws Refusal when something that is no status stands where it would be written */
export function refuseOtherStatus({ statusFile }: WatchSettings): void {
  try {
    permitText(targetOf(statusFile));
  } catch (error) {
    throw error instanceof Fault ? new Refusal(error.message, { cause: error }) : error;
  }
}

interface Surroundings {
  /** Whether the output folder is where it was. */
  atHome(): Promise<boolean>;
  emit(event: RunEvent): void;
}

export class StatusFile {
  readonly #target: Target<'status'>;
  /** The file lies in the output folder. */
  readonly #inside: boolean;
  readonly #workshop: string;
  readonly #surroundings: Surroundings;
  #sequence = 0;
  #saidTrouble = false;

  constructor({ statusFile, out }: WatchSettings, { workshop }: OutputFolder, surroundings: Surroundings) {
    this.#target = targetOf(statusFile);
    this.#inside = !path.relative(out, statusFile).startsWith('..');
    this.#workshop = this.#inside ? workshop : path.dirname(statusFile);
    this.#surroundings = surroundings;
  }

  /** Of the next one that is written. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Writes it, and emits the same as an event unless `emitted` is false; trouble is said once, not thrown. */
  async write(status: Status, emitted = true): Promise<void> {
    const said = { ...status, sequence: this.#sequence++ };
    const { atHome, emit } = this.#surroundings;
    try {
      if (this.#inside && !(await atHome())) return;
      writeWhole(this.#target, `${JSON.stringify(said, null, 2)}\n`, this.#workshop);
      this.#saidTrouble = false;
    } catch (error) {
      const { file } = this.#target;
      const message =
        error instanceof Fault ? error.message : `${file}: cannot be written: ${inWords(error)}; going on`;
      if (!this.#saidTrouble) emit({ event: 'note', message });
      this.#saidTrouble = true;
    } finally {
      if (emitted) emit({ event: 'status', status: said });
    }
  }
}
