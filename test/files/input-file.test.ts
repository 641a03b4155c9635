/** Files that are read: opened only when regular, read whole or not at all, known again. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import {
  openRegular,
  readFully,
  readRows,
  sha256,
  sha256Of,
  systemFault,
  unchanged,
} from '../../src/files/input-file.ts';
import { Fault, type FaultKind } from '../../src/model/outcome.ts';
import { folder } from '../correct/reading.ts';

const into = folder();
const file = path.join(into, 'exposure.mrc');
const root = process.getuid?.() === 0 ? 'root may read everything' : false;

function faultOf(run: () => unknown): Fault {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Fault, `expected a Fault, found ${error}`);
    return error;
  }
  return assert.fail('expected a Fault, found none');
}

test('only regular files are opened; what else stands there is named, and never waited for', async () => {
  const pipe = path.join(into, 'pipe.mrc');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  const socket = path.join(into, 'socket');
  const server = net.createServer().listen(socket);
  await new Promise((resolve) => server.once('listening', resolve));
  fs.symlinkSync(path.join(into, 'nowhere'), path.join(into, 'dangling.mrc'));
  fs.symlinkSync(path.join(into, 'loop.mrc'), path.join(into, 'loop.mrc'));
  fs.symlinkSync(pipe, path.join(into, 'to-pipe.mrc'));
  const CASES: [string, FaultKind, RegExp][] = [
    [into, 'unreadable', /found a folder, expected a file/],
    [pipe, 'unreadable', /found a pipe/],
    [path.join(into, 'to-pipe.mrc'), 'unreadable', /found a pipe/],
    [socket, 'unreadable', /found a socket/],
    ['/dev/null', 'unreadable', /found a device/],
    [path.join(into, 'dangling.mrc'), 'missing', /a link that leads nowhere/],
    [path.join(into, 'loop.mrc'), 'unreadable', /leads back to itself/],
    [path.join(into, 'none.mrc'), 'missing', /is not there/],
  ];
  try {
    for (const [name, kind, text] of CASES) {
      const fault = faultOf(() => openRegular(name));
      assert.equal(fault.kind, kind, name);
      assert.ok(fault.message.startsWith(`${name}: `), fault.message);
      assert.match(fault.message, text);
    }
  } finally {
    server.close();
  }
});

test('a file that may not be read says how to make it readable', { skip: root }, () => {
  const secret = path.join(into, 'secret.mrc');
  fs.writeFileSync(secret, 'x', { mode: 0 });
  assert.match(faultOf(() => openRegular(secret)).message, /chmod a\+r/);
});

test('names with quotes, line ends and other letters are names', () => {
  for (const name of ['a "b" \'c\'.mrc', 'line\nend.mrc', 'größe µm.mrc', ' ']) {
    fs.writeFileSync(path.join(into, name), 'four');
    const open = openRegular(path.join(into, name));
    assert.equal(open.size, 4);
    fs.closeSync(open.fd);
  }
});

test('a short file is incomplete: what could not be read never counts as zeros', () => {
  fs.writeFileSync(file, 'ten bytes.');
  const open = openRegular(file);
  const bytes = new Uint8Array(6);
  readFully(open, bytes, 4);
  assert.equal(Buffer.from(bytes).toString(), 'bytes.');
  const fault = faultOf(() => readFully(open, bytes, 7));
  assert.deepEqual([fault.kind, /ends at byte 10, expected 3 more/.test(fault.message)], ['incomplete', true]);
  fs.closeSync(open.fd);
  assert.equal(faultOf(() => readFully(open, bytes, 0)).kind, 'unreadable', 'a file that was closed');
});

test('rows are filled wherever they stand, more than the system takes at once too, and never with zeros', async () => {
  const content = Uint8Array.from({ length: 7 + 3 * 3000 }, (_, i) => i % 251);
  fs.writeFileSync(file, content);
  const open = openRegular(file);
  const room = new Uint8Array(5 * 3000);
  const rows = Array.from({ length: 3000 }, (_, i) => room.subarray(5 * (2999 - i), 5 * (2999 - i) + 3));
  await readRows(open, rows, 7);
  for (const [i, row] of rows.entries()) assert.deepEqual(row, content.subarray(7 + 3 * i, 10 + 3 * i), `row ${i}`);
  assert.ok(
    room.every((byte, i) => i % 5 < 3 || byte === 0),
    'nothing stands between them',
  );
  await assert.rejects(readRows(open, rows, 8), { kind: 'incomplete' });
  fs.closeSync(open.fd);
  await assert.rejects(readRows(open, rows, 7), { kind: 'unreadable' });
});

test('a file is unchanged only while its path leads to the same file, of the same size and time to the nanosecond', () => {
  const CHANGES: Record<string, () => void> = {
    'one byte more': () => fs.appendFileSync(file, 'x'),
    'another time': () => fs.utimesSync(file, 5, 5),
    'the next microsecond': () => spawnSync('touch', ['-d', '2020-01-01 00:00:00.000001', file]),
    'another file of the same size and time': () => {
      const { atime, mtime } = fs.statSync(file);
      fs.copyFileSync(file, `${file}.copy`);
      fs.utimesSync(`${file}.copy`, atime, mtime);
      fs.renameSync(`${file}.copy`, file);
    },
    'no file': () => fs.rmSync(file),
  };
  for (const [name, change] of Object.entries(CHANGES)) {
    fs.writeFileSync(file, 'content');
    spawnSync('touch', ['-d', '2020-01-01 00:00:00', file]);
    const open = openRegular(file);
    assert.equal(unchanged(open), true);
    change();
    assert.equal(unchanged(open), false, name);
    fs.closeSync(open.fd);
  }
});

test('the identity of a file has its size and its time in nanoseconds', () => {
  fs.writeFileSync(file, 'content');
  spawnSync('touch', ['-d', '2020-01-01 00:00:00.123456789 UTC', file]);
  const open = openRegular(file);
  fs.closeSync(open.fd);
  assert.equal(open.identity.size, 7);
  assert.ok([1_577_836_800_123_456_789n, fs.statSync(file, { bigint: true }).mtimeNs].includes(open.identity.mtimeNs));
});

test('the hash is that of the content, however long', () => {
  for (const length of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000]) {
    const bytes = Buffer.alloc(length, 7);
    fs.writeFileSync(file, bytes);
    assert.equal(sha256(file), createHash('sha256').update(bytes).digest('hex'), `${length} bytes`);
  }
});

test('the hash of an open file is that of what was opened, also when another takes its place', () => {
  fs.writeFileSync(file, 'opened');
  const open = openRegular(file);
  fs.writeFileSync(`${file}.new`, 'another');
  fs.renameSync(`${file}.new`, file);
  assert.equal(sha256Of(open), createHash('sha256').update('opened').digest('hex'));
  assert.equal(sha256(file), createHash('sha256').update('another').digest('hex'));
  fs.closeSync(open.fd);
});

test('what the system says becomes a Fault with a way out; bugs and Faults pass as they are', () => {
  const says = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'read' });
  const kinds = {
    ENOENT: 'missing',
    EACCES: 'unreadable',
    EIO: 'unreadable',
    ESTALE: 'unreadable',
    EWHAT: 'unreadable',
    EMFILE: 'scarce',
  };
  for (const [code, kind] of Object.entries(kinds)) {
    const fault = systemFault(says(code), 'x.mrc') as Fault;
    assert.deepEqual([fault.kind, fault.message.startsWith('x.mrc: ')], [kind, true]);
    assert.equal((fault.cause as NodeJS.ErrnoException).code, code);
  }
  for (const other of [new TypeError('a bug'), new Fault('spikes', 'x'), null, 'text']) {
    assert.equal(systemFault(other, 'x'), other);
  }
});
