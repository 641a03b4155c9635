/** One folder with everything in it: run and watch find the same exposures, and say the same of what they leave out. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { newFolder } from '../../src/intake/folder.ts';
import { Listing } from '../../src/intake/listing.ts';
import { relativeTo } from '../../src/intake/name-rules.ts';
import { Roots } from '../../src/intake/roots.ts';
import { type ScanOptions, scan } from '../../src/intake/scan.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { folder, lay } from '../run/darkroom.ts';

interface Seen {
  readonly exposures: string[];
  readonly notes: string[];
  readonly failed: string[];
  readonly unsupported: [string, number][];
}

const said = (outcome: Outcome): string => (outcome.status === 'failed' ? outcome.fault.message : outcome.status);

const sorted = ({ exposures, notes, failed, unsupported }: Seen): Seen => ({
  exposures: exposures.sort(),
  notes: notes.sort(),
  failed: failed.sort(),
  unsupported: unsupported.sort(),
});

async function byRun(root: string, options: ScanOptions): Promise<Seen> {
  const { jobs, notes, unusable, unsupported } = await scan([root], options);
  return sorted({
    exposures: jobs.map(({ input }) => path.relative(root, input)),
    notes: [...notes],
    failed: unusable.map(said),
    unsupported: [...unsupported],
  });
}

/** Listings until no folder is new, as a watch begins; `again`: each folder is listed a second time. */
async function byWatch(root: string, options: ScanOptions, again = 1): Promise<Seen> {
  const seen: Seen = { exposures: [], notes: [], failed: [], unsupported: [] };
  const start = newFolder<string>(await new Roots().add(root), root, '');
  const folders = [start];
  const listing = new Listing<string>(
    { ...options, clock: () => performance.now() },
    {
      found: (place, name) => {
        seen.exposures.push(relativeTo(place, name));
        return Promise.resolve(name);
      },
      folder: (within, full, below) => void folders.push(newFolder(within.root, full, below)),
      touched: () => undefined,
      gone: assert.fail,
      unusable: (outcome) => void seen.failed.push(said(outcome)),
      say: (note) => void seen.notes.push(note),
    },
  );
  await listing.resolve();
  for (const each of folders)
    for (let i = 0; i < again; i++)
      await listing.list(
        each,
        () => undefined,
        () => Promise.resolve(true),
      );
  seen.notes.push(...listing.patternNotes);
  seen.unsupported.push(...listing.unsupported);
  return sorted(seen);
}

/** A folder with an entry of every kind. */
function everything(root: string): void {
  lay(root, {
    'a.mrc': '',
    'B.TIF': '',
    '.hidden.mrc': '',
    '.hidden/c.mrc': '',
    'text.txt': '',
    'movie.mib': '',
    'movie.eer': '',
    'out/a.mrc': '',
    'earlier/.darkroom/lock.sqlite': '',
    'earlier/a.mrc': '',
    'refs/dark.mrc': '',
    'deep/er/d.mrc': '',
    'skip/e.mrc': '',
    'folder.mrc/f.mrc': '',
    'really \ufffd.mrc': '',
  });
  fs.symlinkSync(path.join(root, 'deep'), path.join(root, 'to-folder'));
  fs.symlinkSync(path.join(root, 'out'), path.join(root, 'to-out'));
  fs.symlinkSync(path.join(root, 'a.mrc'), path.join(root, 'to-file.mrc'));
  fs.symlinkSync(path.join(root, 'nothing'), path.join(root, 'to-nothing.mrc'));
  if (process.platform !== 'linux') return;
  for (const name of ['caf\xe9.mrc', 'caf\xe8.mrc', 'caf\xe9.txt'])
    fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]), '');
  fs.mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from('na\xefve', 'latin1')]));
}

function optionsIn(root: string, more: Partial<ScanOptions> = {}): ScanOptions {
  const references = [path.join(root, 'refs', 'dark.mrc')];
  const out = path.join(root, 'out');
  return { out, references, include: [], exclude: ['skip', 'none'], format: 'same', allowCorrected: false, ...more };
}

test('run and watch find the same exposures, and say the same of what they leave out', async (t) => {
  const root = fs.realpathSync(folder(t));
  everything(root);
  for (const more of [{}, { allowCorrected: true }, { include: ['*.mrc'] }, { include: ['deep/**', '*.tif'] }]) {
    const run = await byRun(root, optionsIn(root, more));
    assert.deepEqual(await byWatch(root, optionsIn(root, more)), run, JSON.stringify(more));
    assert.deepEqual(await byWatch(root, optionsIn(root, more), 2), run, `${JSON.stringify(more)}, listed again`);
  }
});

test('every kind of entry is what it should be', async (t) => {
  const root = fs.realpathSync(folder(t));
  everything(root);
  const { exposures, notes, failed, unsupported } = await byRun(root, optionsIn(root));
  assert.deepEqual(exposures, [
    'B.TIF',
    'a.mrc',
    'deep/er/d.mrc',
    'folder.mrc',
    'folder.mrc/f.mrc',
    'really \ufffd.mrc',
    'to-file.mrc',
    'to-nothing.mrc',
  ]);
  assert.deepEqual(
    notes.map((note) => note.replace(`${root}/`, '').split(' ', 3).join(' ')),
    ['--exclude none: matches', 'earlier: is left', 'to-folder: is a'],
  );
  assert.deepEqual(
    unsupported.map(([extension]) => extension),
    ['.eer', '.mib'],
  );
  if (process.platform !== 'linux') return;
  assert.deepEqual(
    failed.map((message) => message.replace(`${root}/`, '')),
    ['caf\\xe8.mrc', 'caf\\xe9.mrc', 'na\\xefve'].map((name) => `${name}: the name is not UTF-8; rename it`),
  );
});
