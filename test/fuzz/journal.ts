/** Journals: a right SQLite file with damaged pages and cells, read and gone on with. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Journal } from '../../src/journal/journal.ts';
import { JournalRefused, JournalTrouble } from '../../src/journal/trouble.ts';
import { reportOf } from '../../src/report/report.ts';
import { done, failed, KEY, start } from '../journal/makers.ts';
import { anyChange } from './changes.ts';
import { ACCEPTED, REFUSED, type Target, unexpected } from './target.ts';

let made: Uint8Array | null = null;

function right(): Uint8Array {
  if (made) return made;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-fuzz-journal-'));
  try {
    const file = path.join(folder, 'darkroom.sqlite');
    const journal = Journal.open(file);
    const run = journal.begin(start);
    for (let i = 0; i < 20; i++) journal.record(i % 5 === 4 ? failed(`e${i}.mrc`) : done(`e${i}.mrc`, i), run, KEY);
    journal.finish(run, 2, null);
    journal.close();
    made = Uint8Array.from(fs.readFileSync(file));
    return made;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export const journal: Target = {
  name: 'journal',
  extension: '.sqlite',
  async make(random) {
    return { base: right(), changes: Array.from({ length: random.between(1, 6) }, () => anyChange(random)) };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'darkroom.sqlite');
    fs.writeFileSync(file, bytes);
    const known = (work: () => void): boolean => {
      try {
        work();
        return true;
      } catch (error) {
        if (error instanceof JournalRefused || error instanceof JournalTrouble) return false;
        throw error;
      }
    };
    try {
      const read = known(() => {
        const opened = Journal.openReadOnly(file);
        try {
          const contents = opened?.contents();
          if (contents) reportOf(contents);
        } finally {
          opened?.close();
        }
      });
      const written = known(() => {
        const opened = Journal.open(file);
        try {
          opened.seen();
          const run = opened.begin(start);
          opened.record(done('e1.mrc'), run, KEY);
          opened.finish(run, 0, null);
        } finally {
          opened.close();
        }
      });
      return read || written ? ACCEPTED : REFUSED;
    } catch (error) {
      return unexpected(error);
    }
  },
};
