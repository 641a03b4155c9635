/** How an exposure was taken goes the whole way: journal, CSV, report, page, events and `info`; and nothing depends on it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { EVENT_SCHEMA } from '../../src/cli/terminal/event-schema.ts';
import { column, METADATA_COLUMNS } from '../../src/journal/schema.ts';
import { METADATA_FIELDS } from '../../src/model/metadata.ts';
import { reportSchema } from '../../src/report/shape.ts';
import { departures } from '../report/conforms.ts';
import { darkroom, exposure, folder, journal, lay, outputs } from './darkroom.ts';

/** Every field that a file can state. */
const ALL = `Voltage = 300
[ZValue = 0]
DateTime = 2024-08-31 20:05:19 +0200
ExposureTime = 3
Binning = 0.5
PixelSpacing = 0.82
DividedBy2 = 1
RotationAndFlip = 3
GainReference = Count, "Ref".dm4
DefectFile = defects.txt
TiltAngle = -3.5
ExposureDose = 39.2
Magnification = 165000
`;

const STATED = {
  taken: '2024-08-31T18:05:19.000Z',
  takenFrom: 'mdoc DateTime',
  exposureSeconds: 3,
  pixelSize: 0.82,
  binning: 0.5,
  kilovolts: 300,
  magnification: 165_000,
  dose: 39.2,
  tilt: -3.5,
  dividedBy2: true,
  rotationAndFlip: 3,
  gainReference: 'Count, "Ref".dm4',
  defectFile: 'defects.txt',
} as const;

const without = (out: string) => ['run', '--no-flat-field', '--despike', 'off', '--out', out];

test('what a sidecar states is in the journal, the CSV, report.json, the page, the events and info', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
  fs.writeFileSync(path.join(raw, 'a.mrc.mdoc'), ALL);
  const out = path.join(root, 'out');
  const { code, events, stderr } = await darkroom([...without(out), raw, '--json']);
  assert.equal(code, 0, stderr);

  const [a, b] = journal(
    out,
    `SELECT ${METADATA_COLUMNS.map(({ column: name }) => name).join(', ')} FROM exposures ORDER BY output`,
  ) as Record<string, unknown>[];
  for (const { name, kind } of METADATA_FIELDS) {
    const value = (STATED as Record<string, unknown>)[name] ?? null;
    assert.deepEqual(a![column(name)], kind === 'flag' && value !== null ? Number(value) : value, name);
    // Its own header gives it a pixel size, and nothing else.
    if (name !== 'pixelSize') assert.equal(b![column(name)], null, name);
  }

  const report = JSON.parse(fs.readFileSync(path.join(out, 'report.json'), 'utf8'));
  assert.deepEqual(departures(report, reportSchema), []);
  assert.deepEqual(report.exposures[0].metadata, STATED);
  assert.deepEqual(report.exposures[1].metadata, { pixelSize: 1.5 });

  const outcome = events.find((event) => event.event === 'outcome' && event.outcome.output === 'a.mrc') as unknown as {
    outcome: { exposure: { metadata: object } };
  };
  assert.deepEqual(departures(outcome, EVENT_SCHEMA), []);
  assert.deepEqual(outcome.outcome.exposure.metadata, STATED);
  const notes = events.flatMap((event) => (event.event === 'note' ? [event.message] : []));
  assert.equal(notes.filter((note) => /counts were divided by 2/.test(note)).length, 1);

  const [names, cells] = fs.readFileSync(path.join(out, 'exposures.csv'), 'utf8').split('\r\n');
  assert.ok(names!.includes(',metadataTaken,metadataTakenFrom,metadataExposureSeconds,'));
  assert.ok(
    cells!.includes(
      '2024-08-31T18:05:19.000Z,mdoc DateTime,3,0.82,0.5,300,165000,39.2,-3.5,,true,3,"Count, ""Ref"".dm4",defects.txt,',
    ),
  );

  const page = fs.readFileSync(path.join(out, 'report.html'), 'utf8');
  const { columns, rows } = JSON.parse(/<script type="application\/json" id="rows">(.*?)<\/script>/s.exec(page)![1]!);
  const named = Object.fromEntries(columns.map(({ name }: { name: string }, i: number) => [name, rows[0][i]]));
  assert.deepEqual(
    [named['exposure time, s'], named['taken, as stated'], named['divided by 2'], named['gain reference']],
    [3, STATED.taken, 'yes', STATED.gainReference],
  );
  assert.ok(!('diffraction' in named), 'what no exposure states has no place on the page');

  const info = await darkroom(['info', path.join(raw, 'a.mrc')]);
  assert.match(info.stdout, /exposure time +3 s\n/);
  assert.match(info.stdout, /taken +2024-08-31T18:05:19\.000Z \(mdoc DateTime\)/);
  const json = JSON.parse((await darkroom(['info', path.join(raw, 'a.mrc'), '--json'])).stdout);
  assert.deepEqual(json.metadata, STATED);
});

test('neither outputs nor what is done again depend on a sidecar, be it broken, changed or late', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }) });
  const plain = path.join(root, 'plain');
  assert.equal((await darkroom([...without(plain), raw])).code, 0);
  fs.writeFileSync(path.join(raw, 'a.mrc.mdoc'), new Uint8Array(100));
  const out = path.join(root, 'out');
  const broken = await darkroom([...without(out), raw]);
  assert.equal(broken.code, 0, broken.stderr);
  assert.match(broken.stderr, /its \.mdoc has bytes of 0/);
  assert.deepEqual(outputs(out), outputs(plain));
  fs.writeFileSync(path.join(raw, 'a.mrc.mdoc'), ALL);
  const again = await darkroom([...without(out), raw, '--json']);
  assert.deepEqual(
    again.events.filter(({ event }) => event === 'finished').map((event) => 'skipped' in event && event.skipped),
    [1],
  );
});

test('a journal that lacks the columns is read, and gets them from the next run', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
  const out = path.join(root, 'out');
  assert.equal((await darkroom([...without(out), path.join(raw, 'a.mrc')])).code, 0);
  const older = new DatabaseSync(path.join(out, 'darkroom.sqlite'));
  older.exec('DROP VIEW cadence');
  for (const { column: lacking } of METADATA_COLUMNS) older.exec(`ALTER TABLE exposures DROP COLUMN ${lacking}`);
  older.close();
  const read = await darkroom(['report', out]);
  assert.equal(read.code, 0, read.stderr);
  const metadata = () =>
    (JSON.parse(fs.readFileSync(path.join(out, 'report.json'), 'utf8')).exposures as { metadata: object | null }[]).map(
      (each) => each.metadata,
    );
  assert.deepEqual(metadata(), [null]);
  fs.writeFileSync(path.join(raw, 'b.mrc.mdoc'), ALL);
  assert.equal((await darkroom([...without(out), path.join(raw, 'b.mrc')])).code, 0);
  assert.deepEqual(metadata(), [null, STATED]);
});
