/** Two computers that mount one folder, each of which learns late what the other did, and is told of nothing. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { darkroom, exposure, folder, journal, lay, outputs, references, report } from '../run/darkroom.ts';
import { NO_SHARE, Share } from '../share/share.ts';
import { differences } from './same-report.ts';

/** How late, s. */
const LATE = 1;

test('two shards at once, each on its own mount of one folder with delayed attributes, equal one run', {
  skip: NO_SHARE,
}, async (t) => {
  const root = folder(t);
  const size = { width: 64, height: 48 };
  const one = await Share.open(t, { kept: LATE });
  const other = await Share.open(t, { behind: one.behind, kept: LATE });
  const files = Array.from({ length: 10 }, (_, i): [string, Uint8Array] => [
    `grid${i % 2}/exposure_${i}.mrc`,
    exposure({ ...size, seed: i + 1 }),
  ]);
  lay(path.join(one.behind, 'raw'), Object.fromEntries(files));
  references(one.behind, size);
  const run = (place: string, out: string, ...more: string[]) => {
    const at = (name: string): string => path.join(place, name);
    const given = ['--dark', at('dark.mrc'), '--bright', at('bright.mrc'), '--threads', '1'];
    return darkroom(['run', at('raw'), ...given, '--out', out, ...more]);
  };
  const out = (share: Share): string => path.join(share.mount, 'out');
  // Both have just seen that there is nothing.
  for (const share of [one, other]) assert.ok(!fs.existsSync(out(share)));
  const ends = await Promise.all([
    run(one.mount, out(one), '--shard', '1/2'),
    run(other.mount, out(other), '--shard', '2/2'),
  ]);
  for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
  await sleep(1000 * LATE + 200);
  const merged = await darkroom(['report', out(one), '--exit-code']);
  assert.equal(merged.code, 0, merged.stderr);
  assert.match(merged.stdout, /shards {6}2 of 2 finished/);
  const plain = path.join(root, 'plain');
  assert.equal((await run(one.behind, plain)).code, 0);
  const behind = path.join(one.behind, 'out');
  assert.deepEqual(outputs(behind), outputs(plain));
  const inputs = (made: ReturnType<typeof report>) => ({
    ...made,
    exposures: made.exposures.map((each) => ({ ...each, input: path.basename(each.input) })),
  });
  assert.deepEqual(differences(inputs(report(plain)), inputs(report(behind))), []);
  await sleep(1000 * LATE + 200);
  const again = await run(other.mount, out(other), '--shard', '2/2');
  assert.match(again.stdout, /nothing new: \d exposures done already/);
  assert.deepEqual(journal(behind, 'SELECT count(*) AS n, sum(first) AS first FROM timings'), [{ n: 10, first: 10 }]);
});
