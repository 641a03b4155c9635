/** Floats that overflow, and those that are none: exposures that hold them are corrected or fail, and the report is made. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { EVENT_SCHEMA } from '../../src/cli/terminal/event-schema.ts';
import { reportSchema } from '../../src/report/shape.ts';
import { madeMrc } from '../made/mrc.ts';
import { departures } from '../report/conforms.ts';
import { darkroom, folder, lay, report } from './darkroom.ts';

const [width, height] = [128, 96];

const made = (counts: (i: number) => number): Uint8Array =>
  madeMrc({ width, height, mode: 2, pixels: Float32Array.from({ length: width * height }, (_, i) => counts(i)) });

const usual = (i: number): number => 100 + ((i * 7919) % 41);
const spot = (value: number) => (i: number) => (i === 5000 ? value : usual(i));

const EXPOSURES: Record<string, (i: number) => number> = {
  'huge.mrc': (i) => (i % 3 ? 3.4e38 : usual(i)),
  'both.mrc': (i) => (i % 2 ? 3.4e38 : -3.4e38),
  'huge-spot.mrc': spot(3.4e38),
  'huge-row.mrc': (i) => (Math.floor(i / width) === 40 ? 3e38 : usual(i)),
  'inf-spot.mrc': spot(Number.POSITIVE_INFINITY),
  'minus-inf.mrc': spot(Number.NEGATIVE_INFINITY),
  'nan-spot.mrc': spot(Number.NaN),
  'all-inf.mrc': () => Number.POSITIVE_INFINITY,
  'all-nan.mrc': () => Number.NaN,
  'tiny.mrc': (i) => (i === 3 ? 1e-45 : 1e-44),
  'flat.mrc': () => 100,
  'usual-1.mrc': usual,
  'usual-2.mrc': (i) => usual(i + 7),
};

for (const method of ['robust', 'leginon', 'off']) {
  test(`with despike ${method} the report tells of all of them, at the end and ever after`, async (t) => {
    const root = folder(t);
    const out = path.join(root, 'out');
    lay(path.join(root, 'raw'), Object.fromEntries(Object.entries(EXPOSURES).map(([name, of]) => [name, made(of)])));
    lay(root, { 'dark.mrc': made(() => 0), 'norm.mrc': made((i) => 1 + ((i % width) % 5) / 100) });
    const references = ['--dark', path.join(root, 'dark.mrc'), '--norm', path.join(root, 'norm.mrc')];
    const command = ['run', path.join(root, 'raw'), '-o', out, ...references, '--threads', '1', '--despike', method];
    const { code, stderr, events } = await darkroom([...command, '--max-spikes', '1000000', '--json']);
    assert.ok(code === 0 || code === 2, stderr);
    assert.doesNotMatch(stderr, /report could not|bug/, stderr);
    for (const event of events) assert.deepEqual(departures(event, EVENT_SCHEMA), []);
    assert.equal(events.filter(({ event }) => event === 'outcome').length, Object.keys(EXPOSURES).length);
    for (const event of events)
      if (event.event === 'outcome' && event.outcome.status === 'failed')
        assert.notEqual(event.outcome.fault.kind, 'crash', event.outcome.fault.message);

    const told = report(out);
    assert.deepEqual(departures(told, reportSchema), []);
    assert.equal(told.exposures.length, Object.keys(EXPOSURES).length);
    // The others' camera is not spoilt by them.
    assert.ok(told.camera!.columns.raw.strength < 0.1, JSON.stringify(told.camera!.columns));
    const page = fs.readFileSync(path.join(out, 'report.html'), 'utf8');
    assert.doesNotMatch(
      page.replaceAll(/<script.*?<\/script>|NaN or infinite/gs, ''),
      /\bNaN\b|\bInfinity\b|\bundefined\b/,
    );

    const again = await darkroom(['report', out]);
    assert.equal(again.code, 0, again.stderr);
    spoil(path.join(out, 'darkroom.sqlite'));
    const old = await darkroom(['report', out]);
    assert.equal(old.code, 0, old.stderr);
    assert.deepEqual(departures(report(out), reportSchema), []);
  });
}

/** A journal as it was when what is not finite went into it: null in its JSON, NaN and infinity in its images. */
function spoil(file: string): void {
  const database = new DatabaseSync(file);
  const rows = database.prepare('SELECT why, output, sample FROM samples').all() as Record<string, string>[];
  assert.ok(rows.length > 0);
  for (const { why, output, sample } of rows) {
    const told = JSON.parse(sample!);
    told.scales = { raw: [null, null], corrected: [null, null] };
    for (const name of ['rawHistogram', 'correctedHistogram']) Object.assign(told[name], { low: null, high: null });
    for (const spike of told.spikes) {
      Object.assign(spike, { before: null, after: null });
      for (const name of ['raw', 'corrected']) Object.assign(spike[name], { low: null, high: null });
    }
    database
      .prepare('UPDATE samples SET sample = ? WHERE why = ? AND output = ?')
      .run(JSON.stringify(told), why!, output!);
  }
  for (const { run, raw } of database.prepare('SELECT run, raw FROM mean_images').all() as unknown as {
    run: number;
    raw: Uint8Array;
  }[]) {
    const pixels = new Float32Array(raw.slice().buffer);
    pixels.fill(Number.NaN, 0, 400).fill(Number.POSITIVE_INFINITY, 400, 800);
    const bytes = new Uint8Array(pixels.buffer);
    database.prepare('UPDATE mean_images SET raw = ?, corrected = ? WHERE run = ?').run(bytes, bytes, run);
  }
  database.exec("UPDATE exposures SET min = -9e999, max = 9e999, mean = NULL, deviation = NULL WHERE status = 'done'");
  database.close();
}
