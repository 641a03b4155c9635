/** Files of microscopes, as they are: what a hand makes of the times in them, the report has too. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { darkroom, exposure, folder, journal, report } from '../../run/darkroom.ts';

// From dist/test/report/cadence up to the project, and out of it.
const shared = fileURLToPath(new URL('../../../../../shared/data/metadata', import.meta.url));
const skip = fs.existsSync(shared) ? false : `files of microscopes are missing: no folder ${shared}`;
if (skip) console.log(`the times of real sessions are skipped: ${skip}`);
const limited = { skip, timeout: 60_000 };

test("EPU: the report's intervals are those of the acquisitionDateTime in the XML files", limited, async (t) => {
  const root = folder(t);
  const raw = path.join(root, 'raw');
  fs.mkdirSync(raw);
  for (const name of fs.readdirSync(path.join(shared, 'epu'))) {
    fs.copyFileSync(path.join(shared, 'epu', name), path.join(raw, name));
    fs.writeFileSync(path.join(raw, `${path.parse(name).name}.mrc`), exposure({ seed: name.length }));
  }
  const out = path.join(root, 'out');
  const { code, stderr } = await darkroom(['run', raw, '-o', out, '--no-flat-field', '--inline-seconds', '0.46']);
  assert.equal(code, 0, stderr);
  const { cadence, acquisition, exposures, timeSaved } = report(out);
  // 20:05:19.234, 21.533, 23.829, 26.116, 30.723, to the nearest ms: intervals of 2.299, 2.296, 2.287 and 4.607 s.
  assert.match(cadence.source, /acquisitionDateTime/);
  assert.equal(cadence.silent, null);
  assert.deepEqual(cadence.interval, { median: 2.296, p95: 4.607 });
  assert.deepEqual([acquisition.seconds, acquisition.medianInterval], [11.489, 2.296]);
  assert.deepEqual(cadence.gaps, []);
  assert.deepEqual(
    exposures.map(({ interval }) => interval),
    [null, 2.299, 2.296, 2.287, 4.607],
  );
  // Five times 0.46 s are 2.3 s: one more exposure.
  assert.deepEqual([timeSaved[0]!.name, timeSaved[0]!.moreExposures], ['yours', 1.002]);
  assert.deepEqual(journal(out, 'SELECT hour, source, exposures, first FROM cadence'), [
    { hour: '2024-08-31T18:00:00Z', source: cadence.source, exposures: 5, first: '2024-08-31T18:05:19.234Z' },
  ]);
  const [names, ...rows] = fs.readFileSync(path.join(out, 'exposures.csv'), 'utf8').trimEnd().split('\r\n');
  const column = names!.split(',').indexOf('interval');
  assert.deepEqual(
    rows.map((row) => row.split(',')[column]),
    ['', '2.299', '2.296', '2.287', '4.607'],
  );
});

test("SerialEM: the report's gap is that between the DateTime of two mdoc files", limited, async (t) => {
  const root = folder(t);
  const raw = path.join(root, 'raw');
  fs.mkdirSync(raw);
  const text = fs.readFileSync(path.join(shared, 'serialem', 'TS_41.mrc.mdoc'), 'latin1');
  const [head = '', ...sections] = text.split(/(?=^\[ZValue)/m);
  assert.equal(sections.length, 40);
  // Each tilt as a file of its own, as SerialEM saves single exposures; between 13:41:38 and 13:42:23 stand 45 s.
  for (const [i, section] of sections.entries()) {
    const name = `tilt_${String(i).padStart(2, '0')}.mrc`;
    fs.writeFileSync(path.join(raw, name), exposure({ seed: i }));
    fs.writeFileSync(path.join(raw, `${name}.mdoc`), head + section.replace(/^\[ZValue = \d+\]/m, '[ZValue = 0]'));
  }
  const out = path.join(root, 'out');
  const { code, stderr } = await darkroom(['run', raw, '-o', out, '--no-flat-field']);
  assert.equal(code, 0, stderr);
  const { cadence, acquisition } = report(out);
  const times = [...text.matchAll(/^DateTime = \S+ +(\d+):(\d+):(\d+)/gm)]
    .map(([, h, m, s]) => 3600 * Number(h) + 60 * Number(m) + Number(s))
    .sort((a, b) => a - b);
  const intervals = times
    .slice(1)
    .map((time, i) => time - times[i]!)
    .sort((a, b) => a - b);
  // 13:28:10 to 13:59:32.
  assert.equal(acquisition.seconds, 1882);
  assert.deepEqual([cadence.source, cadence.exposureSeconds], ['mdoc DateTime', 2.6]);
  assert.deepEqual(cadence.interval, { median: intervals[19], p95: intervals[37] });
  assert.deepEqual(
    cadence.clusters.reduce((sum, each) => sum + each.intervals, cadence.gaps.length),
    39,
  );
  assert.deepEqual(cadence.gaps, []);
});
