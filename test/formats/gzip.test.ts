/** Gzipped exposures are read like any other, and never before gzip's own checksum and size agree. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { darkroom } from '../cli/call.ts';
import { fails } from '../correct/reading.ts';
import { CAMERA_FILES } from '../made/cameras.ts';
import { counted } from '../made/images.ts';
import { exposureOf, into, pixelsOf, refusal, save } from './camera-files.ts';

const size = { width: 64, height: 50 };
const { pixels } = counted({ ...size, seed: 5, mean: 900 });
const picture = { ...size, pixels };
const mrc = CAMERA_FILES.mrc!(picture);

const temporary = (): string[] =>
  fs.readdirSync(process.env.TMPDIR ?? '/tmp').filter((name) => /^darkroom-[0-9a-f-]{36}$/.test(name));

test('every format is read gzipped as it is read unpacked, but split streams', async () => {
  for (const [extension, make] of Object.entries(CAMERA_FILES)) {
    const bytes = make(picture);
    const plain = save(`whole.${extension}`, bytes);
    const packed = save(`packed.${extension}.gz`, gzipSync(bytes));
    if (extension === 'tvips') {
      assert.match((await refusal(packed)).message, /gzipped TVIPS stream, .*gunzip/);
      continue;
    }
    assert.deepEqual(await pixelsOf(packed), await pixelsOf(plain), extension);
    assert.deepEqual(await exposureOf(packed), await exposureOf(plain), extension);
  }
  const joined = save('joined.mrc.gz', Buffer.concat([gzipSync(mrc.slice(0, 999)), gzipSync(mrc.slice(999))]));
  assert.deepEqual(await pixelsOf(joined), await pixelsOf(save('joined.mrc', mrc)), 'members that follow each other');
});

test('an exposure gives the same pixels gzipped, as raw file and as reference; resume, info and verify know it', async () => {
  const folder = path.join(into, 'gz');
  save('gz/a.mrc.gz', gzipSync(mrc));
  save('gz/sub/B.TIF.GZ', gzipSync(CAMERA_FILES.tif!(picture)));
  save('plain/a.mrc', mrc);
  save('plain/sub/B.TIF', CAMERA_FILES.tif!(picture));
  const dark = CAMERA_FILES.mrc!({ ...size, pixels: counted({ ...size, seed: 6, mean: 100 }).pixels });
  const darks = { gz: save('dark.mrc.gz', gzipSync(dark)), plain: save('dark.mrc', dark) };
  const out = (name: string): string => path.join(into, `${name}-out`);
  const run = (name: 'gz' | 'plain', ...more: string[]) =>
    darkroom('run', path.join(into, name), '-o', out(name), '--dark', darks[name], '--no-reference-checks', ...more);
  assert.match(run('gz', '--dry-run').out, /correct +2/);
  for (const name of ['gz', 'plain'] as const) {
    const ran = run(name);
    assert.equal(ran.code, 0, ran.err);
  }
  for (const output of ['a.mrc', 'sub/B.TIF']) {
    const [packed, plain] = (['gz', 'plain'] as const).map((name) => pixelsOf(path.join(out(name), output)));
    assert.deepEqual(await packed, await plain);
  }
  assert.match(run('gz').out, /nothing new/);
  assert.equal(darkroom('verify', out('gz')).code, 0);
  assert.match(darkroom('info', path.join(folder, 'a.mrc.gz')).out, /64 x 50/);
  save('gz/a.mrc.gz', gzipSync(CAMERA_FILES.mrc!({ ...size, pixels: Array.from(pixels, (x) => x + 1) }), { level: 1 }));
  assert.match(run('gz', '--json').out, /"done":1/, 'another content is another exposure');
  assert.deepEqual(temporary(), []);
});

test('gzip content that ends early, fails its checksum or grows without end is never corrected', async () => {
  const whole = gzipSync(mrc);
  const wrong = Buffer.from(whole);
  wrong[wrong.length - 8]! ^= 1;
  const long = Buffer.from(whole);
  long[long.length - 4]! ^= 1;
  const cases = {
    header: whole.subarray(0, 5),
    half: whole.subarray(0, whole.length >> 1),
    trailer: whole.subarray(0, whole.length - 1),
    checksum: wrong,
    size: long,
    zeros: Buffer.concat([whole.subarray(0, whole.length >> 1), Buffer.alloc(whole.length >> 1)]),
    pixels: gzipSync(mrc.slice(0, -1)),
    empty: gzipSync(''),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const input = save(`broken/${name}.mrc.gz`, bytes);
    await fails(
      { input, out: path.join(into, 'broken-out'), output: `${name}.mrc` },
      'incomplete',
      /\.mrc\.gz: found /,
    );
  }
  const bomb = save('bomb.mrc.gz', gzipSync(Buffer.alloc(2 ** 28 + 2 ** 26)));
  const refused = await refusal(bomb);
  assert.equal(refused.kind, 'unsupported');
  assert.match(refused.message, /more than \d+ bytes, .*gunzip/);
  const text = save('notes.txt.gz', gzipSync('Dear reader,\n'.repeat(200)));
  assert.equal((await refusal(text)).kind, 'format');
  const inner = save('archive.mrc.gz', gzipSync(gzipSync(mrc)));
  assert.match((await refusal(inner)).message, /found a gzip archive/);
  assert.deepEqual(temporary(), []);
});
