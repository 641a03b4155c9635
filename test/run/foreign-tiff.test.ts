/** TIFF files of other programs through the whole command: right counts in an MRC that others read, or a failure by name. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { grey, type MadeField, makeTiff } from '../formats/tiff/maker.ts';
import { darkroom, folder, lay } from './darkroom.ts';

const PYTHON = '/usr/bin/python3';
const noMrcfile = spawnSync(PYTHON, ['-c', 'import mrcfile']).status === 0 ? false : 'mrcfile is not installed';

const [WIDTH, HEIGHT] = [40, 24];
const counts = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, at) => 32_768 + ((at * 37) % 500) - 100);
const image = Buffer.from(counts.buffer);
const field = (tag: number, type: number, ...values: number[]): MadeField => ({ tag, type, values });
const text = (tag: number, values: string): MadeField => ({ tag, type: 2, values });
const resolution = [field(282, 5, 4, 1), field(283, 5, 4, 1), field(296, 3, 1)];
const plain = (bits: number, ...others: MadeField[]): Buffer =>
  makeTiff([{ fields: grey(WIDTH, HEIGHT, bits, others), blocks: [image] }]);

const SIGNED = text(270, 'ImageJ=1.53t\nunit=nm\n\nc0=-32768\nc1=1\n');

test('signed counts, stacks behind one directory and pixel sizes of other programs arrive in MRC, and what is lost is said', {
  skip: noMrcfile,
}, async (t) => {
  const root = folder(t);
  const stack = makeTiff([
    {
      fields: grey(WIDTH, HEIGHT, 16, [
        text(270, `{"truncated": true, "shape": [2, ${HEIGHT}, ${WIDTH}]}`),
        field(279, 4, image.length),
        field(34_665, 4, 8),
      ]),
      blocks: [Buffer.concat([image, image])],
    },
  ]);
  const raw = lay(path.join(root, 'raw'), {
    'signed.tif': plain(16, SIGNED, text(306, '2026:11:24 10:00:00'), ...resolution),
    'stack.tif': stack,
  });
  const out = path.join(root, 'out');
  const options = [
    '--no-flat-field',
    '--despike',
    'off',
    '--type',
    'float32',
    '--row-order',
    'stored',
    '--format',
    'mrc',
  ];
  const ran = await darkroom(['run', raw, '-o', out, ...options]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stderr, /no place for them: TIFF tags 306 are left out/);
  assert.match(ran.stderr, /34665 \(EXIF\)/);

  const script = `
import sys, mrcfile, json
found = []
for name in sys.argv[1:]:
    assert mrcfile.validate(name)
    with mrcfile.open(name) as m:
        found.append([list(m.data.shape), float(m.data.min()), float(m.data.max()), round(float(m.voxel_size.x), 6)])
print(json.dumps(found))`;
  const seen = spawnSync(PYTHON, ['-c', script, path.join(out, 'signed.mrc'), path.join(out, 'stack.mrc')], {
    encoding: 'utf8',
  });
  assert.equal(seen.status, 0, seen.stdout + seen.stderr);
  assert.deepEqual(JSON.parse(seen.stdout.trim().split('\n').at(-1)!), [
    [[HEIGHT, WIDTH], -100, 399, 2.5],
    [[2, HEIGHT, WIDTH], 32_668, 33_167, 0],
  ]);
});

test('files that cannot be read rightly fail one by one with a way out, and nothing else is harmed', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), {
    'good.tif': plain(16),
    'doubled.tif': plain(16, field(257, 4, HEIGHT), field(257, 4, HEIGHT / 2)),
    'rational.tif': plain(16, field(273, 5, 8, 1)),
    'integers.tif': plain(32),
    'damaged.tif': Buffer.concat([Buffer.from('II*\0\xff\xff\xff\xff', 'latin1'), Buffer.alloc(3000)]),
  });
  const ran = await darkroom(['run', raw, '-o', path.join(root, 'out'), '--no-flat-field', '--json']);
  assert.equal(ran.code, 2, ran.stderr);
  const failures = Object.fromEntries(
    ran.events.flatMap((event) =>
      event.event === 'outcome' && event.outcome.status === 'failed'
        ? [[path.basename(event.outcome.input), event.outcome.fault]]
        : [],
    ),
  );
  assert.deepEqual(Object.fromEntries(Object.entries(failures).map(([name, { kind }]) => [name, kind])), {
    'damaged.tif': 'incomplete',
    'doubled.tif': 'format',
    'integers.tif': 'unsupported',
    'rational.tif': 'format',
  });
  for (const { message } of Object.values(failures)) assert.match(message, /^.*: .*expected|copy it again/);
  assert.doesNotMatch(ran.stdout + ran.stderr, /geotiff|bug/i);
  assert.deepEqual(
    fs.readdirSync(path.join(root, 'out')).filter((name) => name.endsWith('.tif')),
    ['good.tif'],
  );
});
