/** Files that are written: whole or not at all, through the page cache or around it, the same bytes. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { identityOf } from '../../src/files/input-file.ts';
import { OutputFile, outputFault, writeWhole } from '../../src/files/output-file.ts';
import type { Permit, Target } from '../../src/files/ownership.ts';
import { Fault } from '../../src/model/outcome.ts';
import { folder } from '../correct/reading.ts';

const into = folder();
const MB = 1 << 20;

/** Whatever stands there is ours. */
function permitTo(file: string): Permit {
  const there = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return { file, standing: there ? identityOf(there) : null };
}

test('a fresh file is never one that was there, and a published one is whole and in place of the old', () => {
  const [temporary, final] = [path.join(into, 'part'), path.join(into, 'whole')];
  fs.writeFileSync(final, 'old');
  fs.writeFileSync(temporary, 'in the way');
  assert.throws(() => OutputFile.create(temporary), { code: 'EEXIST' });
  fs.rmSync(temporary);
  const file = OutputFile.create(temporary);
  file.write(Buffer.from('new content'), 0);
  file.write(Buffer.from('NEW'), 0);
  assert.equal(fs.readFileSync(final, 'utf8'), 'old');
  file.publish(permitTo(final));
  assert.equal(fs.readFileSync(final, 'utf8'), 'NEW content');
  assert.equal(fs.existsSync(temporary), false);
  assert.throws(() => file.write(Buffer.from('late'), 0), { code: 'EBADF' });
});

test('a file that is not published leaves nothing, and is not published where the last check says no', () => {
  const [temporary, final] = [path.join(into, 'dropped'), path.join(into, 'never')];
  const file = OutputFile.create(temporary);
  file.write(Buffer.from('half'), 0);
  assert.throws(() => file.publish(permitTo(final), () => assert.fail('the disk went away')), /went away/);
  file.discard();
  file.discard();
  assert.deepEqual([fs.existsSync(temporary), fs.existsSync(final)], [false, false]);
});

test("a new file's permissions follow the umask, as any program's", () => {
  const before = process.umask(0o027);
  try {
    OutputFile.create(path.join(into, 'masked')).close();
    assert.equal(fs.statSync(path.join(into, 'masked')).mode & 0o777, 0o640);
  } finally {
    process.umask(before);
  }
});

/** Shared memory with a byte everywhere that its address tells, and no two pages alike. */
function memory(bytes: number): SharedArrayBuffer {
  const { buffer } = new WebAssembly.Memory({ shared: true, initial: bytes / 65_536, maximum: bytes / 65_536 });
  const words = new Uint32Array(buffer);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + 1, 2_654_435_761);
  return buffer as SharedArrayBuffer;
}

/** Writes [position, length, address] pieces of the memory one after the other. */
async function written(
  name: string,
  buffer: SharedArrayBuffer,
  pieces: readonly (readonly number[])[],
): Promise<Buffer> {
  const file = OutputFile.create(path.join(into, name));
  for (const [position, length, address] of pieces) {
    await file.writeAside(new Uint8Array(buffer, address, length), position!);
  }
  file.publish({ file: path.join(into, `${name}-whole`), standing: null });
  return fs.readFileSync(path.join(into, `${name}-whole`));
}

test('wherever the pieces begin and end, in memory and in the file, it holds the bytes that were written', async () => {
  const buffer = memory(8 * MB);
  const all = Buffer.from(buffer);
  // Of 3 MB and odd bytes, with their edges all over the blocks; as they lie in the file, and one byte beside it.
  for (const [start, beside] of [
    [0, 0],
    [1024, 0],
    [1024, 1],
    [8, 0],
    [4095, 0],
    [4097, 0],
  ] as const) {
    const pieces: [number, number, number][] = [];
    for (const [at, length] of [
      [0, MB],
      [MB, MB + 777],
      [2 * MB + 777, 300_000],
      [2 * MB + 300_777, 5],
      [2 * MB + 300_782, MB],
    ] as const) {
      pieces.push([start + at, length, start + at + beside]);
    }
    const end = start + 3 * MB + 300_782;
    const expected = Buffer.concat([Buffer.alloc(start), all.subarray(start + beside, end + beside)]);
    const name = `pieces-${start}-${beside}`;
    assert.ok((await written(name, buffer, pieces)).equals(expected), name);
    assert.ok((await written(`${name}-falling`, buffer, pieces.toReversed())).equals(expected), `${name}, falling`);
  }
});

test('a header that comes last stands before pixels that went around the page cache', async () => {
  const buffer = memory(4 * MB);
  const file = OutputFile.create(path.join(into, 'header'));
  await file.writeAside(new Uint8Array(buffer, 1024, 2 * MB), 1024);
  file.write(Buffer.alloc(1024, 'h'), 0);
  file.write(Buffer.from('end'), 2 * MB + 1024);
  file.publish({ file: path.join(into, 'header-whole'), standing: null });
  const expected = [Buffer.alloc(1024, 'h'), Buffer.from(buffer, 1024, 2 * MB), Buffer.from('end')];
  assert.ok(fs.readFileSync(path.join(into, 'header-whole')).equals(Buffer.concat(expected)));
});

test('a file is not closed while it is written: its number may be the next file by then', async () => {
  const file = OutputFile.create(path.join(into, 'busy'));
  const writing = file.writeAside(new Uint8Array(memory(4 * MB), 0, 4 * MB), 0);
  assert.throws(() => file.close(), /is closed while it is written/);
  await writing;
  file.close();
  assert.equal(fs.statSync(path.join(into, 'busy')).size, 4 * MB);
});

/** `statfs` types of ext4 and XFS. */
const local = [0xef53, 0x58465342].includes(fs.statfsSync(into).type);
const fincore = spawnSync('fincore', ['--version']).status === 0;
const unseen = !local ? 'the temporary folder is not on ext4 or XFS' : fincore ? false : 'fincore is missing';

test('large pieces leave the page cache to others, small ones go through it', { skip: unseen }, async () => {
  const buffer = memory(8 * MB);
  const cached = (name: string): number =>
    Number(spawnSync('fincore', ['-nb', '-o', 'RES', path.join(into, name)], { encoding: 'utf8' }).stdout);
  const make = async (name: string, step: number): Promise<void> => {
    const file = OutputFile.create(path.join(into, name));
    for (let at = 1024; at < 8 * MB; at += step) {
      await file.writeAside(new Uint8Array(buffer, at, Math.min(step, 8 * MB - at)), at);
    }
    file.close();
  };
  await make('around', MB);
  await make('through', 65_536);
  assert.ok(cached('around') <= MB / 4, `${cached('around')} bytes of the large pieces are in the page cache`);
  assert.ok(cached('through') >= 4 * MB, `${cached('through')} bytes of the small pieces are in the page cache`);
});

test('a small file is written whole and leaves no neighbour behind, also where it fails', () => {
  const within = folder();
  const named = (name: string): Target<'figures'> => ({
    file: path.join(within, name),
    within,
    replaces: 'figures',
    way: 'nothing',
  });
  const says = (more: string): string => `{"version": 1, "tool": {"name": "em-darkroom"}, ${more}}`;
  const read = (): string => fs.readFileSync(path.join(within, 'report.json'), 'utf8');
  writeWhole(named('report.json'), says('"ü":1'), within);
  writeWhole(named('report.json'), Buffer.from(says('"a":1')), within);
  assert.equal(read(), says('"a":1'));
  // What a run with the same process number left when it was killed.
  fs.writeFileSync(path.join(within, `darkroom-report.json.${process.pid}.part`), 'half');
  writeWhole(named('report.json'), says('"a":2'), within);
  assert.equal(read(), says('"a":2'));
  fs.mkdirSync(path.join(within, 'taken'));
  assert.throws(() => writeWhole(named('taken'), 'x', within), /found a folder/);
  assert.deepEqual(fs.readdirSync(within).sort(), ['report.json', 'taken']);
});

test('what the system says of an output becomes a Fault with a way out; bugs and Faults pass as they are', () => {
  const says = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'write' });
  const outputs = { ENOSPC: 'disk', EDQUOT: 'disk', EACCES: 'output', EROFS: 'away', EIO: 'away', EMFILE: 'scarce' };
  for (const [code, kind] of Object.entries(outputs)) {
    assert.equal((outputFault(says(code), 'x.mrc') as Fault).kind, kind, code);
  }
  for (const other of [new TypeError('a bug'), new Fault('spikes', 'x'), null, 'text']) {
    assert.equal(outputFault(other, 'x'), other);
  }
});
