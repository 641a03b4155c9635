/** Errors of the operating system are told by number and by name, and mean the same to all who meet them. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemFault } from '../../src/files/input-file.ts';
import { outputFault } from '../../src/files/output-file.ts';
import { Fault } from '../../src/model/outcome.ts';
import { inWords, scarcity, systemError } from '../../src/model/system-error.ts';

/** As Node throws it where libuv has no name for the number. */
const nameless = (errno: number): Error => {
  const code = `Unknown system error -${errno}`;
  return Object.assign(new Error(`${code}: ${code}, write`), { errno: -errno, code, syscall: 'write' });
};
const named = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'write' });

const kindOf = (fault: unknown): string | null => (fault instanceof Fault ? fault.kind : null);

/** Name, number on Linux, what it is when an output is written. */
const WRITING = [
  ['EDQUOT', 122, 'disk'],
  ['ESTALE', 116, 'away'],
  ['EUCLEAN', 117, 'away'],
  ['EREMOTEIO', 121, 'away'],
  ['ENOMEDIUM', 123, 'away'],
  ['ESHUTDOWN', 108, 'away'],
  ['EHOSTDOWN', 112, 'away'],
  ['EROFS', 30, 'away'],
  ['ENOSPC', 28, 'disk'],
  ['EKEYEXPIRED', 127, 'output'],
  ['EKEYREVOKED', 128, 'output'],
  ['ENOKEY', 126, 'output'],
  ['EMFILE', 24, 'scarce'],
] as const;

test('numbers that Node has no name for mean the same as the names', {
  skip: process.platform === 'linux' ? false : 'these are the numbers of Linux',
}, () => {
  for (const [name, number, kind] of WRITING) {
    assert.equal(systemError(nameless(number))?.name, name);
    assert.equal(systemError(named(name))?.name, name);
    for (const error of [nameless(number), named(name)]) {
      const fault = outputFault(error, '/out/x.mrc');
      assert.equal(kindOf(fault), kind, name);
      assert.match((fault as Fault).message, new RegExp(`^/out/x\\.mrc: cannot be written: .*\\(${name}\\); `));
      assert.ok(systemFault(error, '/raw/x.mrc') instanceof Fault, name);
    }
  }
  assert.equal(systemError(nameless(4095))?.name, 'Unknown system error -4095');
  assert.equal(kindOf(outputFault(nameless(4095), 'x')), 'output');
});

test('the numbers are those of this system, by the names that Node knows', () => {
  for (const name of ['EDQUOT', 'ESTALE', 'EROFS', 'EIO', 'ETIMEDOUT'] as const)
    assert.equal(systemError(nameless(os.constants.errno[name]))?.name, name);
});

test('what comes from elsewhere is no error of the system', () => {
  for (const other of [new TypeError('a bug'), new Fault('spikes', 'x'), null, undefined, 'text', { code: 'EIO' }])
    assert.equal(systemError(other), null);
  assert.equal(inWords(new TypeError('a bug')), 'a bug');
});

test('too few handles, threads and too little memory are told from bugs', () => {
  assert.match(scarcity(named('EMFILE')) ?? '', /too many open files.*ulimit -n/);
  assert.equal(scarcity(named('EIO')), null);
  assert.equal(scarcity(new TypeError('a bug')), null);
  assert.equal(scarcity(new RangeError('Invalid array length')), null);
  assert.throws(
    () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).grow(1),
    (error) => scarcity(error) === null,
    'more than the maximum is no shortage',
  );
  assert.match(scarcity(new RangeError('Array buffer allocation failed')) ?? '', /too little memory/);
  const thread = Object.assign(new Error('Worker initialization failure: EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
  assert.match(scarcity(thread) ?? '', /a thread could not be started: .*ulimit -u.*\(EAGAIN\)/);
});

test('nobody else compares codes of errors: the table is asked', () => {
  const src = fileURLToPath(new URL('../../../src', import.meta.url));
  const found = fs
    .readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('system-error.ts'))
    .filter((name) =>
      /\{ code(, \w+)* \} = |\.syscall\b|ErrnoException\)\.code\b/.test(fs.readFileSync(path.join(src, name), 'utf8')),
    );
  // These are Node's own: of a thread that died, of zlib, and of a buffer that is full.
  const own = ['conveyor/pool.ts', 'files/unpacked.ts', 'formats/tiff/decoders.ts'];
  assert.deepEqual(
    found.sort(),
    own.map((name) => path.join(...name.split('/'))),
  );
});
