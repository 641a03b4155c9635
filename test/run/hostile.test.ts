/** Broken and hostile input: one clear error for each file, within bounded time and memory, and the rest goes on. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FaultKind } from '../../src/model/outcome.ts';
import { grey, makeTiff } from '../formats/tiff/maker.ts';
import { BIN, darkroom, exposure, folder, isRoot, lay, outputs, report, tree } from './darkroom.ts';

const pixels = Buffer.alloc(64, 3);
const field = (tag: number, type: number, ...values: number[]) => ({ tag, type, values });
const tiff = (...others: ReturnType<typeof field>[]) => makeTiff([{ fields: grey(8, 8, 8, others), blocks: [pixels] }]);

/** A 128 x 96 exposure whose header words (byte offset -> integer) say something else. */
const lying = (lies: Record<number, number>): Uint8Array => exposure({ lies });

const BAD: Record<string, { content: Uint8Array | string; kind: FaultKind; says: RegExp }> = {
  'overflow.mrc': {
    content: lying({ 0: 2 ** 31 - 1, 4: 2 ** 31 - 1, 8: 2 ** 31 - 1 }),
    kind: 'unsupported',
    says: /the header says 2147483647 x 2147483647 x 2147483647; at most 65536/,
  },
  'million.mrc': { content: lying({ 0: 1e6, 4: 1e6 }), kind: 'unsupported', says: /1000000 x 1000000 x 1; at most/ },
  'tall.mrc': { content: lying({ 4: 100_000 }), kind: 'incomplete', says: /found 25600 bytes, expected 25601024/ },
  'negative.mrc': { content: lying({ 0: -5 }), kind: 'format', says: /found no header of MRC, TIFF/ },
  'extended.mrc': { content: lying({ 92: 2 ** 31 - 1 }), kind: 'format', says: /extended header of 2147483647/ },
  'complex.mrc': { content: lying({ 12: 4 }), kind: 'unsupported', says: /mode 4/ },
  'truncated.mrc': {
    content: exposure().subarray(0, 20_000),
    kind: 'incomplete',
    says: /found 20000 bytes, expected 25600/,
  },
  'zero.mrc': { content: '', kind: 'incomplete', says: /found an empty file, expected an exposure/ },
  'zero.tif': { content: '', kind: 'incomplete', says: /found an empty file, expected an exposure/ },
  'text.mrc': { content: 'Dear reader,\n'.repeat(200), kind: 'format', says: /found no header of MRC, TIFF/ },
  'text.tif': { content: 'Dear reader,\n'.repeat(200), kind: 'format', says: /found no header of MRC, TIFF/ },
  'loop.tif': {
    content: makeTiff(
      [
        { fields: grey(8, 8, 8), blocks: [pixels] },
        { fields: grey(8, 8, 8), blocks: [pixels] },
      ],
      { last: 'first' },
    ),
    kind: 'format',
    says: /director/,
  },
  'outside.tif': { content: tiff(field(273, 4, 1e9)), kind: 'incomplete', says: /ends at byte/ },
  'strips.tif': {
    content: makeTiff([
      { fields: grey(8, 8, 8, [{ tag: 273, type: 4, values: [8, 8], count: 2 ** 32 - 1 }]), blocks: [pixels] },
    ]),
    kind: 'incomplete',
    says: /tag 273/,
  },
  'bytes.tif': { content: tiff(field(279, 4, 2 ** 32 - 1)), kind: 'incomplete', says: /ends at byte/ },
  'huge.tif': { content: tiff(field(256, 4, 1e6), field(257, 4, 1e6)), kind: 'format', says: /1000000/ },
  'colour.tif': {
    content: makeTiff([
      {
        fields: grey(8, 8, 8, [field(258, 3, 8, 8, 8), field(262, 3, 2), field(277, 3, 3)]),
        blocks: [Buffer.alloc(192, 3)],
      },
    ]),
    kind: 'unsupported',
    says: /RGB|samples/,
  },
};

/** Names that a shell or a terminal would stumble over; corrected like any other. */
const ODD_NAMES = [`a'b"c.mrc`, 'new\nline.mrc', 'tab\t$(touch x).mrc', '-o.mrc', 'ümläut 図.mrc', '\u001b[31mred.mrc'];

/** The least that may be in use whatever happens: what node, the kernels and two threads need, and as much again. */
const MEMORY_KB = 400_000;

test('each broken file gives one clear error; all others are corrected; memory stays bounded; no raw file is touched', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), {
    'good.mrc': exposure({ seed: 1 }),
    'folder.mrc/inside.mrc': exposure({ seed: 2 }),
    'padded.mrc': Buffer.concat([exposure({ seed: 3 }), Buffer.alloc(777)]),
  });
  for (const name of ODD_NAMES) fs.writeFileSync(path.join(raw, name), exposure({ seed: 4 }));
  for (const [name, { content }] of Object.entries(BAD)) fs.writeFileSync(path.join(raw, name), content);
  const good = ['good.mrc', 'folder.mrc/inside.mrc', 'padded.mrc', ...ODD_NAMES];

  const expected: Record<string, { kind: FaultKind; says: RegExp }> = {
    ...BAD,
    'folder.mrc': { kind: 'unreadable', says: /found a folder, expected a file/ },
    'dangling.mrc': { kind: 'missing', says: /a link that leads nowhere/ },
    'circle.mrc': { kind: 'unreadable', says: /a link that leads back to itself/ },
    'device.mrc': { kind: 'unreadable', says: /found a device, expected a file/ },
  };
  fs.symlinkSync('nowhere', path.join(raw, 'dangling.mrc'));
  fs.symlinkSync('circle.mrc', path.join(raw, 'circle.mrc'));
  fs.symlinkSync('/dev/zero', path.join(raw, 'device.mrc'));
  if (spawnSync('mkfifo', [path.join(raw, 'pipe.mrc')]).status === 0)
    expected['pipe.mrc'] = { kind: 'unreadable', says: /found a pipe, expected a file/ };
  else t.diagnostic('no mkfifo: a pipe is not among the files');
  if (process.platform === 'linux') {
    for (const byte of [0xe8, 0xe9]) {
      fs.writeFileSync(Buffer.concat([Buffer.from(`${raw}/caf`), Buffer.of(byte), Buffer.from('.mrc')]), exposure());
      expected[`caf\\x${byte.toString(16)}.mrc`] = { kind: 'name', says: /the name is not UTF-8; rename it/ };
    }
  } else t.diagnostic('only Linux keeps names that are not UTF-8');

  const out = path.join(root, 'out');
  const untouched = tree(raw);
  // The same file twice more, by name and through its folder: it counts once.
  const inputs = [raw, path.join(raw, 'good.mrc'), `${raw}/../raw/good.mrc`];
  const measured = fileURLToPath(new URL('./scripts/measured.js', import.meta.url));
  const ended = await darkroom(['run', ...inputs, '-o', out, '--no-flat-field', '--threads', '2', '--json'], {
    bin: measured,
  });
  assert.equal(ended.code, 2, ended.stderr);
  assert.deepEqual(tree(raw), untouched);

  const { exposures, totals } = report(out);
  assert.deepEqual(
    exposures
      .filter(({ status }) => status === 'done')
      .map(({ output }) => output)
      .sort(),
    [...good].sort(),
  );
  assert.deepEqual(Object.keys(outputs(out)).sort(), [...good].sort());
  const faults = Object.fromEntries(exposures.flatMap(({ output, fault }) => (fault ? [[output, fault]] : [])));
  assert.deepEqual(Object.keys(faults).sort(), Object.keys(expected).sort());
  const lines = ended.stderr.split('\n').filter((line) => line.startsWith('failed  '));
  assert.equal(lines.length, Object.keys(expected).length, 'one line each');
  for (const [name, { kind, says }] of Object.entries(expected)) {
    assert.equal(faults[name]?.kind, kind, `${name}: ${faults[name]?.message}`);
    assert.match(faults[name]!.message, says);
    assert.ok(lines.includes(`failed  ${faults[name]!.message}`), `${name} on stderr`);
    assert.ok(faults[name]!.message.startsWith(path.join(raw, name)), `${name}: ${faults[name]!.message}`);
  }
  assert.equal(totals.exposures, totals.done + totals.skipped + totals.failed);
  assert.doesNotMatch(ended.stderr, /\n {4}at /, 'no stack traces');
  assert.ok(!ended.stderr.includes('\u001b'), 'no escape sequences');
  const used = Number(/maxRSS (\d+)/.exec(ended.stderr)?.[1]);
  assert.ok(used > 0 && used < MEMORY_KB, `${used} kB`);
});

test('a file that may not be read, and a folder that may not be listed, fail by name', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), {
    'good.mrc': exposure(),
    'secret.mrc': exposure(),
    'closed/e.mrc': exposure(),
  });
  const out = path.join(root, 'out');
  fs.chmodSync(path.join(raw, 'secret.mrc'), 0);
  fs.chmodSync(path.join(raw, 'closed'), 0);
  // Root may read everything: somebody else runs the command then.
  const user = isRoot ? 65_534 : undefined;
  if (user !== undefined) {
    fs.mkdirSync(out);
    fs.chownSync(out, user, user);
    fs.chmodSync(root, 0o755);
    if ((await darkroom(['--version'], { user })).code !== 0)
      return t.skip(`root may read everything, and nobody else may run ${BIN}`);
  }
  const around = user === undefined ? {} : { user };
  const { code, stderr } = await darkroom(['run', raw, '-o', out, '--no-flat-field'], around);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^failed {2}\S.*secret\.mrc: may not be read; check its permissions/m);
  assert.match(stderr, /^failed {2}\S.*closed: the folder cannot be listed \(EACCES\); check its permissions/m);
  assert.deepEqual(Object.keys(outputs(out)), ['good.mrc']);
  const named = await darkroom(['run', path.join(raw, 'closed/e.mrc'), '-o', out, '--no-flat-field'], around);
  assert.equal(named.code, 1);
  assert.match(named.stderr, /e\.mrc: cannot be looked at \(EACCES\)/);
  fs.chmodSync(path.join(raw, 'closed'), 0o755);
});
