/** Finds the journal of an output folder for the commands that read it, also while a run is going on. */

import path from 'node:path';
import type { Contents } from '../../journal/contents.ts';
import { Journal } from '../../journal/journal.ts';
import { mergeShards } from '../../journal/merging.ts';
import { Refusal } from '../../model/outcome.ts';
import { warn } from '../terminal/streams.ts';
import type { Given } from './values.ts';

/**
 * Calls `use` with the open journal of `folder`.
 * @throws Refusal when it is missing or still empty; Trouble when it cannot be read just now
 */
export function withJournal<Result>(
  folder: string,
  given: Given,
  use: (journal: Journal, contents: Contents) => Result,
): Result {
  const file = given.journal === undefined ? path.join(folder, 'darkroom.sqlite') : path.resolve(String(given.journal));
  for (const message of mergeShards(folder, file, `darkroom, merging the shards of ${folder}`))
    warn(`darkroom: ${message}`);
  const journal = Journal.openReadOnly(file);
  try {
    const contents = journal?.contents();
    if (journal && contents) return use(journal, contents);
  } finally {
    journal?.close();
  }
  throw new Refusal(
    `${file}: found no journal, expected that of a run; name the folder that was --out, or the file with --journal`,
  );
}
