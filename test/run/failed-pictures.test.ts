/** What staff see of an exposure that was corrected and found wanting: why it failed is in its pixels. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { darkroom, exposure, folder, journal, lay, outputs } from './darkroom.ts';

test('failures that the pixels explain have a picture on the page; it goes when the exposure is corrected', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), {
    ...Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}.mrc`, exposure({ seed: i })])),
    'short.mrc': exposure({ seed: 9 }).subarray(0, 9000),
  });
  const out = path.join(root, 'out');
  const command = ['run', raw, '-o', out, '--no-flat-field', '--json'];
  const kept = (): unknown[] =>
    journal(out, 'SELECT why, count(*) AS n, min(length(raw)) AS least FROM samples GROUP BY why ORDER BY why').map(
      ({ why, n, least }) => [why, n, Number(least) > 100],
    );
  const page = (): string => fs.readFileSync(path.join(out, 'report.html'), 'utf8');

  for (const [more, kind] of [
    [['--max-spikes', '1'], 'spikes'],
    [['--clip-high', '45'], 'range'],
  ] as const) {
    const { code, events } = await darkroom([...command, ...more]);
    assert.equal(code, 2);
    const told = events.flatMap((event) => (event.event === 'outcome' ? [event.outcome] : []));
    assert.deepEqual(
      told.map((outcome) => outcome.status === 'failed' && outcome.fault.kind).sort(),
      ['incomplete', ...Array.from({ length: 6 }, () => kind)].sort(),
    );
    assert.ok(!told.some((outcome) => 'sample' in outcome), 'pictures are for the journal');
    assert.deepEqual(kept(), [['failed', 4, true]]);
    assert.equal(page().match(/<span class="chip bad">failed<\/span> <a/g)?.length, 4);
    assert.deepEqual(outputs(out), {});
  }

  assert.equal((await darkroom(command)).code, 2);
  assert.deepEqual(
    kept().map((each) => (each as unknown[])[0]),
    ['drawn', 'first', 'worst'],
  );
  assert.equal((await darkroom([...command, '--force', '--max-spikes', '1'])).code, 2);
  assert.deepEqual(kept(), [['failed', 4, true]], 'what was known of outputs that failed since is gone');
});
