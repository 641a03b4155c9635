/** The rules of the time saved: each basis by its own arithmetic, each output once. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch, Contents, InlineTiming } from '../../src/journal/contents.ts';
import { noTimes } from '../../src/model/outcome.ts';
import { reportOf } from '../../src/report/report.ts';
import { type Acquired, type Basis, headline, timeSaved } from '../../src/report/time-saved.ts';
import { done, identity, KEY, start } from '../journal/makers.ts';
import { empty } from './night.ts';

const PIXELS = 4096 * 4096;

const batch: Batch = {
  run: 1,
  steps: ['flat-field', 'despike', 'clip'],
  typeWritten: 'uint16',
  frames: 1,
  pixels: PIXELS,
  exposures: 10,
  busy: 2_000_000,
};

const saved = (batches: Batch[], more: Partial<Contents> = {}, acquired: Partial<Acquired> = {}): Basis[] =>
  timeSaved({ batches, runs: [], work: [], inlineSeconds: null, inlineTimings: [], ...more } as unknown as Contents, {
    seconds: 0,
    cadence: unpaced,
    ...acquired,
  });

const unpaced = { silent: 'no exposure has a time', interval: { median: null, p95: null } };
const paced = (median: number): Acquired['cadence'] => ({ silent: null, interval: { median, p95: median } });

const published = (...batches: Batch[]): number[] =>
  saved(batches)
    .filter(({ name }) => name === 'published')
    .map(({ secondsPerExposure }) => secondsPerExposure);

test('published figures count the steps that ran, once the statistics, and half of saving float: local and NFS', () => {
  const table: [Partial<Batch>, number[]][] = [
    [{}, [4.4, 4.9]],
    [{ steps: ['flat-field'] }, [1.5, 2]],
    [{ steps: [] }, [1, 1.5]],
    [{ steps: ['flat-field', 'defects', 'despike', 'clip'] }, [4.4, 4.9]],
    [{ typeWritten: 'int16' }, [4.4, 4.9]],
    [{ typeWritten: 'float32' }, [4.2, 4.2]],
    [{ pixels: PIXELS / 4 }, [1.1, 1.225]],
    [{ pixels: PIXELS * 4 }, [17.6, 19.6]],
    [{ frames: 30, pixels: PIXELS * 30 }, []],
  ];
  for (const [changes, expected] of table) assert.deepEqual(published({ ...batch, ...changes }), expected);
});

test('movies are left out of the published figures and counted by the others', () => {
  const bases = saved([batch, { ...batch, frames: 50, pixels: PIXELS * 50, exposures: 3 }], { inlineSeconds: 2 });
  assert.deepEqual(
    bases.map(({ name, exposures }) => [name, exposures]),
    [
      ['yours', 13],
      ['measured', 13],
      ['published', 10],
      ['published', 10],
    ],
  );
});

test("measured is the threads' own seconds, and float32's bytes at the speed of the run that wrote them", () => {
  const work = [
    { run: 1, bytesWritten: 10 * PIXELS * 2, writing: 1_000_000, busy: 0 },
    { run: 2, bytesWritten: 10 * PIXELS * 2, writing: 4_000_000, busy: 0 },
  ];
  const seconds = (...batches: Batch[]): number => saved(batches, { work })[0]!.seconds;
  assert.equal(seconds(batch), 2 + 1);
  assert.equal(seconds({ ...batch, run: 2 }), 2 + 4);
  assert.equal(seconds(batch, { ...batch, run: 2 }), 9);
  assert.equal(seconds({ ...batch, typeWritten: 'float32' }), 2, 'float32 adds nothing to float32');
});

const timing: InlineTiming = {
  machine: 'here',
  width: 4096,
  height: 4096,
  typeRead: 'uint16',
  despikeSize: 11,
  threshold: 3.5,
  measured: '2026-03-01T20:00:00.000Z',
  turns: 5,
  times: { flatField: 40_000, clip: 15_000, despike: 350_000, statistics: 95_000 },
};
const here = [{ id: 1, machine: 'here' }] as unknown as Contents['runs'];

const inline = (batches: Batch[], more: Partial<Contents> = {}): Basis | undefined =>
  saved(batches, { runs: here, inlineTimings: [timing], ...more }).find(({ name }) => name === 'inline');

test('inline counts the passes of the steps that ran, scaled by pixels, always the statistics, and a stack once', () => {
  const table: [Partial<Batch>, number][] = [
    [{}, 0.5],
    [{ steps: ['flat-field', 'defects', 'clip', 'despike'] }, 0.5],
    [{ steps: [] }, 0.095],
    [{ steps: ['despike'] }, 0.445],
    [{ pixels: PIXELS / 4 }, 0.125],
    [{ frames: 40, pixels: 40 * PIXELS }, 0.5],
  ];
  for (const [changes, expected] of table) {
    const basis = inline([{ ...batch, ...changes }])!;
    assert.deepEqual([basis.secondsPerExposure, basis.exposures], [expected, 10], JSON.stringify(changes));
  }
  const { arithmetic, source } = inline([batch])!;
  assert.match(
    arithmetic,
    /^10 x \(0\.04 flat-field \+ 0\.015 clip \+ 0\.35 despike \+ 0\.095 statistics\) s \+ 0 s to write/,
  );
  assert.match(source, /4096 x 4096 px, uint16, on here, 2026-03-01, fastest of 5 turns/);
});

test("inline adds float32's bytes at the speed of the run that wrote, of one image for each exposure", () => {
  const work = [{ run: 1, bytesWritten: 10 * PIXELS * 2, writing: 1_000_000, busy: 0 }];
  assert.equal(inline([batch], { work })!.seconds, 5 + 1);
  assert.equal(inline([{ ...batch, frames: 40, pixels: 40 * PIXELS }], { work })!.seconds, 5 + 1);
  assert.equal(inline([{ ...batch, typeWritten: 'float32' }], { work })!.seconds, 5);
});

test('inline takes what was timed on the computer of the run, at the size that is nearest', () => {
  const times = (statistics: number): InlineTiming['times'] => ({ flatField: 0, clip: 0, despike: 0, statistics });
  const inlineTimings: InlineTiming[] = [
    { ...timing, machine: 'elsewhere', times: times(9_000_000) },
    { ...timing, width: 1024, height: 1024, times: times(1_000_000) },
    { ...timing, times: times(2_000_000) },
  ];
  const each = (changes: Partial<Batch>, timings = inlineTimings): number | undefined =>
    inline([{ ...batch, steps: [], ...changes }], { inlineTimings: timings })?.secondsPerExposure;
  assert.equal(each({}), 2);
  assert.equal(each({ pixels: 2048 * 1024 }), 2);
  assert.equal(each({ pixels: 1024 * 1024 }), 1);
  assert.equal(each({}, inlineTimings.slice(0, 1)), 9, 'another computer is better than none');
  assert.equal(each({}, []), undefined);
});

test('the headline is yours if given, else inline where it was timed, else measured', () => {
  assert.equal(headline(saved([batch], { runs: here, inlineTimings: [timing] }))!.name, 'inline');
  assert.equal(headline(saved([batch]))!.name, 'measured');
  const mine = headline(saved([batch], { inlineSeconds: 4.5 }))!;
  assert.deepEqual([mine.name, mine.secondsPerExposure, mine.seconds], ['yours', 4.5, 45]);
});

test('nothing corrected, nothing saved', () => {
  assert.deepEqual(saved([]), []);
});

test('a figure larger than the time in which the exposures were taken comes with a warning', () => {
  const warned = (seconds: number, cadence = paced(10)): boolean =>
    saved([batch], { inlineSeconds: 5 }, { seconds, cadence })[0]!.warning !== undefined;
  assert.deepEqual([warned(49.9), warned(50), warned(0, unpaced)], [true, false, false]);
});

test('a day without the microscope between two sessions is no time of acquisition', (t) => {
  const { journal } = empty(t);
  const run = journal.begin({ ...start, inlineSeconds: 60 });
  for (const [i, seconds] of [0, 100, 86_400, 86_500].entries()) {
    const taken = { ...identity, mtimeNs: identity.mtimeNs + BigInt(seconds) * 1_000_000_000n };
    journal.record(done(`${i}.mrc`, i, { identity: taken }), run, KEY);
  }
  const [yours] = reportOf(journal.contents()!).timeSaved;
  assert.match(yours!.warning!, /more than the 200 s that acquisition took/);
  assert.equal(yours!.secondsPerHour, 4320);
});

test('corrected, forced and corrected again with other steps: the time saved is that of the first time', (t) => {
  const { journal } = empty(t);
  const times = { ...noTimes(), flatField: 100_000, despike: 200_000, finish: 50_000 };
  const figures = [];
  for (const steps of [['flat-field', 'despike', 'clip'], ['flat-field'], ['flat-field', 'despike', 'clip']]) {
    const run = journal.begin(start);
    journal.record(done('a.mrc', 1, { steps, times }), run, KEY);
    journal.record(done('b.mrc', 1, { steps, times }), run, KEY);
    journal.finish(run, 0);
    figures.push(reportOf(journal.contents()!).timeSaved);
  }
  assert.equal(figures[0]![0]!.seconds, 0.7);
  assert.deepEqual(figures[1], figures[0]);
  assert.deepEqual(figures[2], figures[0]);
});

test('in exposures: what the seconds make at the median interval, only where the times of the exposures tell', () => {
  const yours = (cadence?: Acquired['cadence']): unknown[] => {
    const [basis] = saved([batch], { inlineSeconds: 5.1 }, { seconds: 1000, ...(cadence && { cadence }) });
    return [basis!.moreExposures, basis!.morePercent, basis!.secondsPerHour];
  };
  // Ten exposures of 5.1 s: 51 s, which are one and a half intervals of 34 s, and 15 % of ten exposures.
  assert.deepEqual(yours(paced(34)), [1.5, 15, 183.6]);
  assert.deepEqual(yours(), [null, null, null]);
});
