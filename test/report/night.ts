/** A night in a journal: corrected, failed, suspect and skipped exposures, seeded. */

import path from 'node:path';
import type { TestContext } from 'node:test';
import type { RunStart } from '../../src/journal/contents.ts';
import { Journal } from '../../src/journal/journal.ts';
import { done, failed, folder, identity, KEY, skipped, start } from '../journal/makers.ts';

export interface Night {
  readonly journal: Journal;
  readonly folder: string;
}

export function empty(t: TestContext): Night {
  const place = folder(t);
  const journal = Journal.open(path.join(place, 'darkroom.sqlite'));
  t.after(() => journal.close());
  return { journal, folder: place };
}

/** 40 exposures, one every 30 s: in run 1 all but the last four; in run 2 the rest, of which two fail. */
export function night(t: TestContext, changes: Partial<RunStart> = {}): Night {
  const made = empty(t);
  const { journal } = made;
  const name = (at: number): string => `grid/${String(at).padStart(3, '0')}.mrc`;
  const exposure = (at: number) => {
    const suspect = at % 9 === 0 ? ['mean below 20 counts'] : [];
    const taken = { ...identity, mtimeNs: identity.mtimeNs + BigInt(at) * 30_000_000_000n };
    return done(name(at), at + 1, { suspect, identity: taken });
  };
  const first = journal.begin(start);
  for (let at = 0; at < 36; at++) journal.record(exposure(at), first, KEY);
  journal.finish(first, 0);
  const second = journal.begin({ ...start, ...changes });
  for (let at = 0; at < 36; at++) journal.record(skipped(name(at)), second, KEY);
  for (let at = 36; at < 38; at++) journal.record(exposure(at), second, KEY);
  for (let at = 38; at < 40; at++) journal.record(failed(name(at)), second, KEY);
  journal.finish(second, 2);
  return made;
}
