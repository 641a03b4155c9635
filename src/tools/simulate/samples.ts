/**
 * Makes the exposures and references in `samples/` again: `npm run samples`. They are committed, so that demo and tests
 * need nothing else; a test holds them against what this makes.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Session, simulate } from './session.ts';

/** Small enough to commit, wide enough for a dead column; the seed is the year of the measurements that this tool answers. */
export const SAMPLES: Session = {
  count: 6,
  width: 384,
  height: 256,
  seed: 2007,
  dose: 800,
  format: 'mrc',
  darks: 16,
  brights: 16,
};

/** What is kept of the session: the series behind the references would be most of the size. */
export const KEPT = ['raw', 'dark.mrc', 'bright.mrc', 'defects.mrc'] as const;

/** Replaces KEPT in `folder`, and nothing else there. */
export async function makeSamples(folder: string): Promise<void> {
  const session = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-samples-'));
  try {
    await simulate(session, SAMPLES);
    for (const name of KEPT) {
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
      fs.cpSync(path.join(session, name), path.join(folder, name), { recursive: true });
    }
  } finally {
    fs.rmSync(session, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // From dist/src/simulate up to the project.
  await makeSamples(fileURLToPath(new URL('../../../../samples', import.meta.url)));
}
