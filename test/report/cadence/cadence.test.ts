/** The pace of acquisition: figures that a hand can check, gaps that are all found and never made up. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../../src/journal/contents.ts';
import { type Cadence, cadence } from '../../../src/report/cadence/cadence.ts';
import { intervalsOf, MODIFICATION_TIME, timesOf } from '../../../src/report/cadence/times.ts';
import { seeded } from '../session.ts';

const START = Date.UTC(2026, 2, 1, 20);

interface Taken {
  /** ms since 1970. */
  readonly file?: number;
  readonly stated?: number;
  readonly from?: string;
  readonly exposureSeconds?: number;
}

const entry = ({ file, stated, from = 'mdoc DateTime', exposureSeconds }: Taken): Entry =>
  ({
    identity: file === undefined ? null : { size: 1, mtimeNs: BigInt(file) * 1_000_000n },
    metadata:
      stated === undefined
        ? null
        : { taken: stated, takenFrom: from, ...(exposureSeconds !== undefined && { exposureSeconds }) },
  }) as Entry;

/** Exposures so many seconds after one another, by the times of their files. */
function after(...intervals: readonly number[]): Cadence {
  let at = START;
  const times = [at, ...intervals.map((seconds) => (at += seconds * 1000))];
  return cadence(timesOf(times.map((file) => entry({ file }))));
}

const repeated = (seconds: number, count: number): number[] => new Array(count).fill(seconds);

test('a session by hand: intervals, clusters, a gap and its worth, hours', () => {
  // Nine exposures 10 s apart, a stage move of 40 s, ten times over; after five of them nothing for half an hour.
  const square = [...repeated(10, 9), 40];
  const night = [
    ...Array.from({ length: 5 }, () => square).flat(),
    1800,
    ...Array.from({ length: 5 }, () => square).flat(),
  ];
  const found = after(...night);
  assert.equal(found.silent, null);
  assert.equal(found.source, MODIFICATION_TIME);
  assert.equal(found.exposures, 102);
  // 101 intervals: 90 of 10 s, 10 of 40 s, one of 1800 s. 95 % of them is the 96th: 40 s.
  assert.deepEqual(found.interval, { median: 10, p95: 40 });
  assert.deepEqual(found.clusters, [
    { shortest: 10, longest: 10, median: 10, intervals: 90, seconds: 900 },
    { shortest: 40, longest: 40, median: 40, intervals: 10, seconds: 400 },
  ]);
  // 5 x (9 x 10 + 40) s = 650 s after the start.
  assert.deepEqual(found.gaps, [
    { from: '2026-03-01T20:10:50.000Z', to: '2026-03-01T20:40:50.000Z', seconds: 1800, exposures: 180 },
  ]);
  // 3100 s are no whole hour.
  assert.deepEqual(found.perHour, { median: null, best: null, hours: [] });
});

test('hours by hand: the best against the median, each session from its first exposure on, the part of an hour at the end left out', () => {
  // One hour of 36 s, one of 30 s, one of 45 s, and half an hour of 30 s.
  const found = after(...repeated(36, 100), ...repeated(30, 120), ...repeated(45, 80), ...repeated(30, 60));
  assert.deepEqual(found.perHour, {
    median: 100,
    best: { from: '2026-03-01T21:00:00.000Z', exposures: 120 },
    hours: [
      { from: '2026-03-01T20:00:00.000Z', exposures: 100 },
      { from: '2026-03-01T21:00:00.000Z', exposures: 120 },
      { from: '2026-03-01T22:00:00.000Z', exposures: 80 },
    ],
  });
  assert.deepEqual(found.gaps, []);
});

test('a gap is longer than five median intervals and than 60 s; what is longer than 4 h is a pause between sessions', () => {
  const table: [intervals: number[], gaps: number[], pauses: number[]][] = [
    [[...repeated(34, 20), 170], [], []],
    [[...repeated(34, 20), 170.001], [170.001], []],
    [[...repeated(4, 20), 60], [], []],
    [[...repeated(4, 20), 60.001], [60.001], []],
    [[...repeated(34, 20), 14_400, ...repeated(34, 20)], [14_400], []],
    [[...repeated(34, 20), 14_401, ...repeated(34, 20)], [], [14_401]],
  ];
  for (const [intervals, gaps, pauses] of table) {
    const found = after(...intervals);
    assert.deepEqual(
      [found.gaps.map(({ seconds }) => seconds), found.pauses.map(({ seconds }) => seconds)],
      [gaps, pauses],
      String(intervals.slice(18, 22)),
    );
  }
});

test('of jittered nights every gap is found and none is made up, and their kinds of intervals are told apart', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const draw = seeded(seed);
    const jittered = (seconds: number): number => seconds * (0.85 + 0.15 * (draw() + draw()));
    const intervals: number[] = [];
    const planted: number[] = [];
    for (let hole = 0; hole < 900; hole++) {
      intervals.push(jittered(hole % 9 === 8 ? 48 : 14));
      if (draw() < 0.008) {
        const gap = 130 + 3000 * draw();
        planted.push(gap);
        intervals.push(gap);
      }
    }
    const rounded = intervals.map((seconds) => Math.round(seconds * 1000) / 1000);
    const { gaps, clusters } = after(...rounded);
    assert.deepEqual(
      gaps.map(({ seconds }) => seconds),
      planted.map((seconds) => Math.round(seconds * 1000) / 1000),
      `seed ${seed}`,
    );
    assert.equal(clusters.length, 2, `seed ${seed}: ${JSON.stringify(clusters)}`);
    const [shift, move] = clusters;
    assert.ok(shift!.longest < 19 && move!.shortest > 38, `seed ${seed}: ${JSON.stringify(clusters)}`);
  }
});

test('without a gap a jittered night has none, and one kind of interval is one cluster', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const draw = seeded(seed);
    const { gaps, clusters } = after(
      ...Array.from({ length: 700 }, () => Math.round(34_000 * (0.6 + 0.4 * (draw() + draw()))) / 1000),
    );
    assert.deepEqual([gaps, clusters.length], [[], 1], `seed ${seed}: ${JSON.stringify(clusters)}`);
  }
});

test('times in whole seconds make no clusters of their own', () => {
  const { clusters } = after(...Array.from({ length: 300 }, (_, i) => [2, 3, 2, 3, 3, 4][i % 6]!));
  assert.equal(clusters.length, 1, JSON.stringify(clusters));
});

test("the microscope's times come before those of the files, are never mixed with them, and are named", () => {
  const stated = Array.from({ length: 10 }, (_, i) =>
    entry({ file: START + i * 100, stated: START + i * 20_000, exposureSeconds: 2.5 }),
  );
  const found = cadence(timesOf(stated));
  assert.deepEqual(
    [found.source, found.silent, found.interval.median, found.exposureSeconds],
    ['mdoc DateTime', null, 20, 2.5],
  );
  const some = [...stated, ...Array.from({ length: 10 }, (_, i) => entry({ file: START + i }))];
  assert.equal(cadence(timesOf(some)).exposures, 10, 'half of them is enough, and the others are left out');
  const few = [...some, entry({ file: START + 99 })];
  assert.deepEqual(cadence(timesOf(few)).source, MODIFICATION_TIME);
  const two = [stated[0]!, entry({ stated: START + 5000, from: 'EPU XML acquisitionDateTime' })];
  assert.equal(cadence(timesOf(two)).source, 'EPU XML acquisitionDateTime, mdoc DateTime');
});

test('where the times say nothing of the pace there is one reason, and no figure', () => {
  const copied = Array.from({ length: 30 }, (_, i) => entry({ file: START + i * 300 }));
  const table: [Entry[], RegExp][] = [
    [[], /no exposure has a time/],
    [[entry({ file: START })], /no two exposures/],
    [[entry({ file: START }), entry({ file: START })], /do not differ/],
    [copied, /less than a second .* times of copying/],
  ];
  for (const [entries, says] of table) {
    const { silent, interval, clusters, gaps, perHour } = cadence(timesOf(entries));
    assert.match(silent ?? '', says);
    assert.deepEqual([interval.median, interval.p95, clusters, gaps, perHour.hours], [null, null, [], [], []]);
  }
  const fast = copied.map(({ identity }) => entry({ stated: Number(identity!.mtimeNs / 1_000_000n) }));
  assert.equal(cadence(timesOf(fast)).silent, null, 'a microscope may be as fast');
});

test('each exposure knows how long it came after the one before it, the first of a session does not', () => {
  const entries = [0, 30_000, 14_500_000, 14_530_500].map((ms) => entry({ file: START + ms }));
  const intervals = intervalsOf(timesOf(entries.toReversed()));
  assert.deepEqual(
    entries.map((each) => intervals.get(each)),
    [undefined, 30, undefined, 30.5],
  );
});
