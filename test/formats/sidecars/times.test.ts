/** Points in time as programs write them: one moment however it is written, and nothing where it is not certain. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeIn } from '../../../src/formats/sidecars/times.ts';

const local = (...parts: [number, number, number, number, number, number]): number => {
  const [year, month, day, hour, minute, second] = parts;
  return new Date(year, month - 1, day, hour, minute, second).getTime();
};

test('the same moment is read from every way in which the field writes it', () => {
  const moment = local(2023, 9, 25, 14, 13, 26);
  for (const written of [
    '25-Sep-23  14:13:26',
    '25-Sep-2023  14:13:26',
    '25 Sep 2023 14:13:26',
    '2023-Sep-25  14:13:26',
    '2023-09-25 14:13:26',
    '2023-09-25T14:13:26',
    '2023/09/25 14:13:26',
    '2023:09:25 14:13:26',
    'Mon Sep 25 14:13:26 2023',
    'Sep 25, 2023 14:13:26',
    'September 25 2:13:26 PM 2023',
    '25/09/2023 14:13:26',
    '09/25/2023 02:13:26 PM',
    '25.09.2023 14:13:26',
  ])
    assert.equal(timeIn(written), moment, written);
});

test('a zone is believed, and a time without one is read in that of this machine', () => {
  assert.equal(timeIn('2024-08-31T20:05:19.2336922+02:00'), Date.UTC(2024, 7, 31, 18, 5, 19, 234));
  assert.equal(timeIn('2024-08-31T20:05:19Z'), Date.UTC(2024, 7, 31, 20, 5, 19));
  assert.equal(timeIn('2024-08-31 20:05:19 -0530'), Date.UTC(2024, 8, 1, 1, 35, 19));
  assert.equal(timeIn('12:00 AM'), undefined);
  assert.equal(timeIn('01-Jan-99  00:30'), local(1999, 1, 1, 0, 30, 0));
});

test('what is no date, or may be two, is none', () => {
  for (const written of [
    ...['', 'yesterday', '31-Jun-23 10:00:00', '29-Feb-23 10:00:00', '2023-13-01 10:00:00', '25-Sep-23 25:00:00'],
    ...['25-Sep-23 10:60:00', '03/04/2023 10:00:00', '25-Foo-23 10:00:00', '2023-09-25', `${'1'.repeat(70)}`],
  ])
    assert.equal(timeIn(written), undefined, written);
  assert.equal(timeIn('29-Feb-24 10:00:00'), local(2024, 2, 29, 10, 0, 0));
});
