/**
 * The statistics of outputs that a run has computed already: read from the journal of their output folder, as long as the
 * file is as the run left it. Raw files have none: the journal keeps what was written.
 */

import fs from 'node:fs';
import path from 'node:path';
import { Journal } from '../journal/journal.ts';
import { JournalRefused } from '../journal/trouble.ts';
import type { Statistics } from '../model/exposure.ts';
import { Trouble } from '../model/outcome.ts';

const JOURNAL = 'darkroom.sqlite';

export class KnownOutputs {
  /** By folder; null: there is no journal that can be read. */
  readonly #journals = new Map<string, Journal | null>();

  /** Null where nothing is known of a file, or where it changed since. */
  statisticsOf(file: string): Statistics | null {
    const real = fs.realpathSync(file);
    for (let folder = path.dirname(real); ; folder = path.dirname(folder)) {
      const known = this.#lookUp(folder, path.relative(folder, real).split(path.sep).join('/'));
      if (known) return unchanged(real, known) ? known.statistics : null;
      if (folder === path.dirname(folder)) return null;
    }
  }

  close(): void {
    for (const journal of this.#journals.values()) journal?.close();
  }

  #lookUp(folder: string, output: string): ReturnType<Journal['statisticsOf']> {
    try {
      let journal = this.#journals.get(folder);
      if (journal === undefined) {
        journal = Journal.openForLookup(path.join(folder, JOURNAL));
        this.#journals.set(folder, journal);
      }
      return journal?.statisticsOf(output) ?? null;
    } catch (error) {
      // What no journal tells, the pixels do.
      if (!(error instanceof JournalRefused || error instanceof Trouble)) throw error;
      this.#journals.set(folder, null);
      return null;
    }
  }
}

/** Neither content nor name, owner or permissions changed since it was recorded: whoever replaces a file changes one of its times. */
function unchanged(
  file: string,
  { bytesOut, recorded }: { readonly bytesOut: number; readonly recorded: number },
): boolean {
  const { size, mtimeMs, ctimeMs } = fs.statSync(file);
  return size === bytesOut && mtimeMs <= recorded && ctimeMs <= recorded;
}
