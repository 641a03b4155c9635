/** The summary says at a glance what a person must know. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeLock } from '../../src/journal/lock.ts';
import { reportOf } from '../../src/report/report.ts';
import { duration, summary } from '../../src/report/summary.ts';
import { darkroom } from '../cli/call.ts';
import { done, failed, KEY, start } from '../journal/makers.ts';
import { empty, night } from './night.ts';

test('counts, speed, time saved, and failures by kind with what to do', (t) => {
  const text = summary(reportOf(night(t, { inlineSeconds: 4.5 }).journal.contents()!));
  t.diagnostic(`\n${text}`);
  for (const said of [
    /^darkroom 0\.1\.0, run 2, started \d{4}-\d\d-\d\d \d\d:\d\d UTC, .*, exit code 2$/m,
    /^ {2}done +2$/m,
    /^ {2}skipped +36 +done before$/m,
    /^ {2}failed +2$/m,
    /^ {2}suspect +1 +done, but worth a look$/m,
    /^ {2}speed +[\d.]+ exposures\/s, \d+ MB\/s, 2 threads$/m,
    /^ {2}time saved +2 min 51 s .*at most$/m,
    /yours: 4\.5 s for each of 38 exposures/,
    /^2 failed, incomplete: the file is shorter than its header says$/m,
    /^ {2}to do: copy them again/m,
    /grid\/038\.mrc: ends at byte 512/,
  ]) {
    assert.match(text, said);
  }
  assert.ok(text.endsWith('\n') && !text.includes('\n\n\n'));
});

test('a thousand failures are a few lines, the kind with the most first', (t) => {
  const { journal } = empty(t);
  const run = journal.begin(start);
  journal.record(failed('0.mrc', 'disk'), run, KEY);
  for (let at = 1; at <= 1000; at++) journal.record(failed(`${at}.mrc`, 'spikes'), run, KEY);
  journal.finish(run, 2);
  const text = summary(reportOf(journal.contents()!));
  assert.ok(text.split('\n').length < 30);
  assert.match(text, /1 000 failed, spikes.*and 995 more, in exposures\.csv.*1 failed, disk/s);
});

test('failures that this run did not try are said to be old', (t) => {
  const { journal } = empty(t);
  journal.record(failed('0.mrc'), journal.begin(start), KEY);
  const second = journal.begin(start);
  journal.record(done('1.mrc'), second, KEY);
  journal.finish(second, 0);
  assert.match(summary(reportOf(journal.contents()!)), /^ {2}failed +0 +and 1 in earlier runs/m);
});

test('a run that goes on or was killed is said to be unfinished', (t) => {
  const { journal } = empty(t);
  journal.record(done('0.mrc'), journal.begin(start), KEY);
  assert.match(
    summary(reportOf(journal.contents()!)),
    /not finished: last word at .* UTC, .* ago; it was killed, or goes on elsewhere/,
  );
});

test('report on the folder of a run that was killed says when its last word was', (t) => {
  const { journal, folder } = empty(t);
  const run = journal.begin({ ...start, command: 'darkroom watch raw --out corrected' });
  journal.record(done('0.mrc'), run, KEY);
  const { out } = darkroom('report', folder);
  assert.match(out, /not finished: last word at .* UTC, .* ago; it was killed, or goes on elsewhere/);
  // While somebody holds the lock, it goes on.
  const lock = takeLock(folder, 'darkroom watch');
  t.after(() => lock.release());
  assert.match(darkroom('report', folder).out, /not finished: last word at .* ago; it goes on/);
});

test('a file name cannot steer the terminal', (t) => {
  const { journal } = empty(t);
  const fault = { kind: 'format', message: 'evil\u001b[2J\r\n.mrc: no image' } as const;
  journal.record(failed('evil.mrc', 'format', { fault }), journal.begin(start), KEY);
  assert.ok(summary(reportOf(journal.contents()!)).includes('evil\\u001b[2J\\u000d\\u000a.mrc'));
});

test('durations read as people say them', () => {
  const table: [number, string][] = [
    [0.4242, '0.42 s'],
    [9.996, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [187, '3 min 07 s'],
    [3599.7, '1 h 00 min'],
    [18_720, '5 h 12 min'],
    [5_400_000, '1 500 h 00 min'],
  ];
  for (const [seconds, said] of table) assert.equal(duration(seconds), said);
});
