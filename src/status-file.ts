/** The status file of a watch: whole at any moment, with a number that rises as long as the watch lives. */

import path from 'node:path';
import type { RunEvent, Status } from './events.ts';
import { writeWhole } from './output-file.ts';
import type { OutputFolder } from './output-folder.ts';
import type { WatchSettings } from './settings.ts';
import { inWords } from './system-error.ts';

interface Surroundings {
  /** Whether the output folder is where it was. */
  atHome(): Promise<boolean>;
  emit(event: RunEvent): void;
}

export class StatusFile {
  readonly #file: string;
  /** The file lies in the output folder. */
  readonly #inside: boolean;
  readonly #workshop: string;
  readonly #surroundings: Surroundings;
  #sequence = 0;
  #saidTrouble = false;

  constructor({ statusFile, out }: WatchSettings, { workshop }: OutputFolder, surroundings: Surroundings) {
    this.#file = statusFile;
    this.#inside = !path.relative(out, statusFile).startsWith('..');
    this.#workshop = this.#inside ? workshop : path.dirname(statusFile);
    this.#surroundings = surroundings;
  }

  /** Of the next one that is written. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Writes it, and emits the same as an event unless `told` says otherwise; trouble is said once, not thrown. */
  async write(status: Status, told = true): Promise<void> {
    const said = { ...status, sequence: this.#sequence++ };
    const { atHome, emit } = this.#surroundings;
    try {
      if (this.#inside && !(await atHome())) return;
      writeWhole(this.#file, `${JSON.stringify(said, null, 2)}\n`, this.#workshop);
      this.#saidTrouble = false;
    } catch (error) {
      if (!this.#saidTrouble)
        emit({ event: 'note', message: `${this.#file}: cannot be written: ${inWords(error)}; going on` });
      this.#saidTrouble = true;
    } finally {
      if (told) emit({ event: 'status', status: said });
    }
  }
}
