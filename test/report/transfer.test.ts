/** Disks and shares by hand: lag apart from settling, speeds over the run. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noTimes } from '../../src/model/outcome.ts';
import type { ReportExposure } from '../../src/report/record.ts';
import { transfer } from '../../src/report/transfer.ts';

const START = Date.UTC(2026, 2, 1, 20);
const runs = [
  { id: 1, started: new Date(START - 3_600_000).toISOString() },
  { id: 2, started: new Date(START).toISOString() },
];

interface Made {
  /** s after the start of the run. */
  readonly taken: number;
  readonly corrected: number;
  readonly settle?: number;
  readonly read?: number;
  readonly write?: number;
  readonly run?: number;
  readonly stated?: number;
}

const iso = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

const exposure = ({ taken, corrected, settle = 0, read = 0.1, write = 0.05, run = 2, stated }: Made): ReportExposure =>
  ({
    run,
    taken: iso(taken),
    recorded: iso(corrected),
    bytesIn: 20_000_000,
    bytesOut: 10_000_000,
    seconds: { ...noTimes(), settle, read, write: write / 2, flush: write / 2 },
    metadata: stated === undefined ? null : { taken: iso(stated), takenFrom: 'mdoc DateTime' },
  }) as unknown as ReportExposure;

test('lag is from the own time of an exposure to its last change here: settling, waiting and work are not in it', () => {
  const seen = (lag: number, taken: number): ReportExposure =>
    exposure({ taken, settle: 2, read: 0.5, write: 0.25, corrected: taken + lag + 2 + 0.5 + 0.25 });
  const { lag } = transfer([seen(1, 10), seen(3, 20), seen(0.5, 30)], runs);
  assert.deepEqual(lag, { exposures: 3, from: 'modification time', median: 1, percentile95: 3, worst: 3 });
});

test("the microscope's time comes first, and what was there before the run or was not waited for has no lag", () => {
  const made = [
    exposure({ taken: 10, stated: 4, settle: 2, read: 0, write: 0, corrected: 13 }),
    exposure({ taken: -100, settle: 2, corrected: 13 }),
    exposure({ taken: 10, corrected: 13 }),
  ];
  assert.deepEqual(transfer(made, runs).lag, {
    exposures: 1,
    from: 'mdoc DateTime',
    median: 7,
    percentile95: 7,
    worst: 7,
  });
  assert.equal(transfer(made.slice(1), runs).lag, null);
});

test('speeds are bytes by the seconds that a thread waited, of the newest run, and their steps add up', () => {
  const made = Array.from({ length: 6 }, (_, i) =>
    exposure({ taken: i, corrected: 10 + i, read: i < 3 ? 0.1 : 0.4, write: 0.05 }),
  );
  const { read, write, steps } = transfer([exposure({ taken: -9, corrected: -1, run: 1, read: 9 }), ...made], runs);
  assert.deepEqual(read, { median: 50, slowest: 50 });
  assert.deepEqual(write, { median: 200, slowest: 200 });
  assert.deepEqual(steps, [
    { from: iso(10), to: iso(12), read: 200, write: 200 },
    { from: iso(13), to: iso(15), read: 50, write: 200 },
  ]);
  const none = transfer([exposure({ taken: 0, corrected: 1, read: 0, write: 0 })], runs);
  assert.deepEqual([none.read, none.write, none.steps], [null, null, []]);
});
