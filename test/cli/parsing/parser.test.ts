/** What the one grammar takes as it stands: values of options, and words between them. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { parse } from '../../../src/cli/parsing/parser.ts';
import { toFlag } from '../../../src/model/option.ts';

const VALUES = ['raw/a b', '007', '1e3', 'true', 'none', '"x"', "it's", 'help', 'version', 'run', '', ' ', 'a=b', 'ü'];

test('every option takes the word behind it as it stands, and a flag takes none', async () => {
  for (const { name, options } of COMMANDS) {
    for (const [each, { kind, letter }] of Object.entries(options)) {
      for (const flag of [`--${toFlag(each)}`, ...(letter ? [`-${letter}`] : [])]) {
        for (const value of kind === 'flag' ? ['true', 'help'] : VALUES) {
          const { raw, printed, problem } = await parse([name, 'a', flag, value, 'b'], COMMANDS, 80);
          const taken = kind === 'flag' ? true : value;
          const words = kind === 'flag' ? [name, 'a', value, 'b'] : [name, 'a', 'b'];
          assert.deepEqual(
            [raw[toFlag(each)], raw._, printed, problem],
            [taken, words, null, null],
            `${name} ${flag} ${value}`,
          );
        }
      }
    }
  }
});

test('files may be called like commands, help and version included, wherever they stand', async () => {
  for (const word of ['help', 'version', 'completion', 'watch', 'h']) {
    const { raw, printed, problem } = await parse(['run', 'raw', word], COMMANDS, 80);
    assert.deepEqual([raw._, printed, problem], [['run', 'raw', word], null, null], word);
  }
});
