/** Wrong names lead to the right ones; the other names of an option or a command stand with it. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { namedOptions, nearest } from '../../../src/cli/parsing/nearest.ts';
import { RUN_OPTIONS } from '../../../src/cli/parsing/options.ts';
import { toFlag } from '../../../src/model/option.ts';

const flag = (name: string): string => `--${toFlag(name)}`;

test('every synonym leads to the option or command that it stands with', () => {
  for (const command of COMMANDS) {
    for (const word of command.synonyms ?? []) assert.equal(nearest(word, COMMANDS), command.name, word);
    for (const { name, synonyms = [] } of namedOptions(command.options, flag)) {
      for (const word of synonyms) {
        assert.equal(nearest(word, namedOptions(command.options, flag)), name, `${command.name} --${word}`);
        assert.match(word, /^[a-z]+$/, 'as it is compared');
      }
    }
  }
});

test('what other programs call an option leads to ours, where the command has it', () => {
  const options = namedOptions(RUN_OPTIONS, flag);
  const meant: Record<string, string | null> = {
    gain: '--norm',
    'gain-ref': '--norm',
    output: '--out',
    'output-dir': '--out',
    flat: '--bright',
    background: '--dark',
    'bad-pixels': '--defects',
    cores: '--threads',
    sigma: '--despike-threshold',
    overwrite: '--force',
    config: '--recipe',
    ignore: '--exclude',
    'out-put': '--out',
  };
  for (const [word, name] of Object.entries(meant)) assert.equal(nearest(word, options), name, word);
  assert.equal(nearest('gain', [{ name: '--json' }, { name: '--out' }]), null);
  assert.deepEqual(
    ['correct', 'monitor', 'check', 'header'].map((word) => nearest(word, COMMANDS)),
    ['run', 'watch', 'verify', 'info'],
  );
});

test('a misspelt name leads to the nearest, a strange one to none', () => {
  const names = ['despike', 'despikeSize', 'compression', 'scale', 'threads'];
  const meant = {
    dekspike: 'despike',
    despikesize: 'despikeSize',
    'despike-size': 'despikeSize',
    compress: 'compression',
    thread: 'threads',
    sacle: 'scale',
    sharpen: null,
    x: null,
  };
  const known = names.map((name) => ({ name }));
  for (const [word, name] of Object.entries(meant)) assert.equal(nearest(word, known), name, word);
});
