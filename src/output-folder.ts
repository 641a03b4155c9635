/** The output folder of a run: one run at a time works in it, with the journal open and nothing half-made from before. */

import fs from 'node:fs';
import path from 'node:path';
import { UNFINISHED, WORKSHOP } from './files.ts';
import { Journal } from './journal/journal.ts';
import { takeLock } from './journal/lock.ts';
import { Refusal } from './outcome.ts';
import type { RunSettings } from './settings.ts';

export interface OutputFolder {
  readonly journal: Journal;
  /** Where outputs are written before they are whole. */
  readonly workshop: string;
  /** The folder, and the number of the device it stood on when it was opened. */
  readonly home: { readonly path: string; readonly device: number };
  close(): void;
}

/**
 * Makes the folder where it is missing, locks it and opens its journal.
 * @throws Refusal when it cannot be written, or another run works in it; JournalTrouble
 */
export function openOutputFolder(settings: RunSettings): OutputFolder {
  const workshop = makeWorkshop(settings);
  const lock = takeLock(settings.out, settings.command);
  try {
    sweep(workshop);
    const journal = openJournal(settings);
    return {
      journal,
      workshop,
      home: { path: settings.out, device: fs.statSync(settings.out).dev },
      close() {
        journal.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeWorkshop({ out }: RunSettings): string {
  const workshop = path.join(out, WORKSHOP);
  try {
    fs.mkdirSync(workshop, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Refusal(`--out ${out}: the folder cannot be made or written (${code}); check its permissions`, {
      cause: error,
    });
  }
  return workshop;
}

/** What a run that was killed left unfinished. The lock is ours: nobody else is at work here. */
function sweep(workshop: string): void {
  for (const name of fs.readdirSync(workshop)) {
    if (name.endsWith(UNFINISHED)) fs.rmSync(path.join(workshop, name), { force: true });
  }
}

function openJournal({ journal: file, out, keepDays }: RunSettings): Journal {
  fs.mkdirSync(path.dirname(file), { recursive: true });
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
