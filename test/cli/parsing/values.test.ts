import assert from 'node:assert/strict';
import test from 'node:test';
import { accept, acceptWord, expectation } from '../../../src/cli/parsing/values.ts';
import type { Option } from '../../../src/model/option.ts';

const described = { describe: '', group: '' };
const number: Option = { ...described, kind: 'number', fallback: null, unit: 'counts' };
const level: Option = { ...described, kind: 'level', fallback: null, unit: 'counts' };
const side: Option = { ...described, kind: 'integer', fallback: 11, unit: 'px', min: 3, max: 101, odd: true };
const steps: Option = { ...described, kind: 'names', fallback: [], choices: ['clip', 'despike'] };
const globs: Option = { ...described, kind: 'globs', fallback: [] };
const file: Option = { ...described, kind: 'file', fallback: null };

test('numbers are decimal, with sign, point and exponent', () => {
  const written = {
    '0': 0,
    '-100': -100,
    '+3.5': 3.5,
    '.5': 0.5,
    '-.5': -0.5,
    '5.': 5,
    '1e3': 1000,
    '-1.5E-2': -0.015,
    '007': 7,
  };
  for (const [word, value] of Object.entries(written)) assert.equal(acceptWord(number, word), value, word);
});

test('what is no number is none, whatever JavaScript makes of it', () => {
  const words = [
    '',
    ' ',
    'ten',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e',
    '1e999',
    '0x10',
    '0b1',
    '1_000',
    '1,5',
    '3 4',
    '5px',
    '--5',
    '.',
    'e5',
    '١',
    'null',
    'true',
  ];
  for (const word of words) assert.equal(acceptWord(number, word), undefined, JSON.stringify(word));
  for (const found of [Number.NaN, Number.POSITIVE_INFINITY, '3', null, true, [3], 3n]) {
    assert.equal(accept(number, found), undefined, String(found));
  }
});

test('bounds, whole and odd numbers are kept', () => {
  assert.equal(acceptWord(side, '11'), 11);
  assert.equal(acceptWord(side, '1.1e1'), 11);
  for (const word of ['1', '10', '103', '11.5', '-11']) assert.equal(acceptWord(side, word), undefined, word);
  const above: Option = { ...number, above: 0 };
  assert.equal(acceptWord(above, '0'), undefined);
  assert.equal(acceptWord(above, '1e-9'), 1e-9);
  const between: Option = { ...number, min: 0, max: 2 };
  assert.deepEqual(
    ['-0.1', '0', '2', '2.1'].map((word) => acceptWord(between, word)),
    [undefined, 0, 2, undefined],
  );
});

test('a level is a number or the word none', () => {
  assert.equal(acceptWord(level, 'none'), 'none');
  assert.equal(acceptWord(level, '-5'), -5);
  for (const word of ['None', '', 'off']) assert.equal(acceptWord(level, word), undefined, word);
});

test('steps are known names, none twice, at least one', () => {
  assert.deepEqual(accept(steps, ['despike', 'clip']), ['despike', 'clip']);
  for (const found of [[], ['clip', 'clip'], ['clip', 'sharpen'], 'clip', null, {}]) {
    assert.equal(accept(steps, found), undefined, JSON.stringify(found));
  }
});

test('a pattern may stand alone in a recipe', () => {
  assert.deepEqual(accept(globs, '*.mrc'), ['*.mrc']);
  for (const found of [[], [''], [1], '']) assert.equal(accept(globs, found), undefined, JSON.stringify(found));
});

test('a path is no empty text and holds no NUL', () => {
  assert.equal(accept(file, 'a b.mrc'), 'a b.mrc');
  for (const found of ['', 'a\0b', 3, null]) assert.equal(accept(file, found), undefined);
});

test('what is expected is said with bounds and unit', () => {
  assert.equal(expectation(side), 'an odd whole number from 3 to 101 (px)');
  assert.equal(expectation({ ...number, above: 0 }), 'a number above 0 (counts)');
  assert.equal(expectation({ ...number, min: 0 }), 'a number of at least 0 (counts)');
  assert.equal(expectation(level), 'a number (counts) or none');
});
