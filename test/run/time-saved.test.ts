/** The time saved, on the real program: counted once, whatever is done again, and never believed above what is possible. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { darkroom, exposure, folder, journal, lay, report, stack } from './darkroom.ts';

/** A raw folder whose files were taken one after another, so many seconds apart. */
function taken(t: TestContext, files: Readonly<Record<string, Uint8Array>>, every: number) {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), files);
  for (const [i, name] of Object.keys(files).entries())
    fs.utimesSync(path.join(raw, name), 1_772_323_200 + i * every, 1_772_323_200 + i * every);
  return { raw, out: path.join(root, 'out') };
}

const six = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}.mrc`, exposure({ seed: i })]));

test('the same folder run, forced, and run again with another threshold: time saved is counted once', async (t) => {
  const { raw, out } = taken(t, six, 40);
  const saved = [];
  for (const more of [[], ['--force'], ['--despike-threshold', '6'], []]) {
    const { code, stderr } = await darkroom(['run', raw, '-o', out, '--no-flat-field', ...more]);
    assert.equal(code, 0, stderr);
    saved.push(report(out).timeSaved);
  }
  assert.deepEqual(
    saved[0]!.map(({ name, exposures }) => [name, exposures]),
    [
      ['measured', 6],
      ['published', 6],
      ['published', 6],
    ],
  );
  assert.deepEqual(journal(out, 'SELECT count(*) AS corrections FROM timings'), [{ corrections: 24 }]);
  for (const again of saved.slice(1)) assert.deepEqual(again, saved[0]);
});

test('of movies of 50 frames no basis claims more than the session lasted without a warning', async (t) => {
  const movies = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`${i}.mrcs`, stack(50, { seed: i })]));
  const { raw, out } = taken(t, movies, 2);
  const command = ['run', raw, '-o', out, '--no-flat-field', '--despike-frames', '--max-spikes', '1000000'];
  assert.equal((await darkroom([...command, '--inline-seconds', '30'])).code, 0);
  const { timeSaved, acquisition } = report(out);
  assert.equal(acquisition.seconds, 4);
  assert.deepEqual(
    timeSaved.map(({ name, seconds, warning }) => [name, warning !== undefined, seconds > 4]),
    [
      ['yours', true, true],
      ['measured', timeSaved[1]!.seconds > 4, timeSaved[1]!.seconds > 4],
    ],
    'the published figures are of single frames: movies have none',
  );
  const { stdout } = await darkroom(['report', out]);
  assert.match(stdout, /warning: more than the 4 s that acquisition took/);
});
