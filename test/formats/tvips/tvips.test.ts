/** TVIPS streams are read frame by frame, over all files of a stream; a part that is missing or cut short waits. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openExposure } from '../../../src/formats/index.ts';
import { darkroom } from '../../cli/call.ts';
import { DATA, noData } from '../../correct/lab.ts';
import { done, fails } from '../../correct/reading.ts';
import { type MadeTvips, madeTvips, tvipsFrames, tvipsHeader } from '../../made/tvips.ts';
import { readPlainStack } from '../../oracle/plain-mrc.ts';
import { exposureOf, into, lacks, pixelsOf, python, refusal, save } from '../camera-files.ts';

const [width, height] = [13, 7];
const frame = (from = 0): number[] => Array.from({ length: width * height }, (_, i) => (i * 7919 + from) % 250);
const made: MadeTvips = { width, height, type: 'uint16', frames: [frame(1), frame(2), frame(3)] };

/** A stream in several files, so many frames in each; the path of the first. */
function split(name: string, ...counts: readonly number[]): string {
  let from = 0;
  for (const [part, count] of counts.entries()) {
    const frames = Array.from({ length: count }, () => frame(from++));
    const bytes = tvipsFrames({ ...made, frames });
    save(`${name}_00${part}.tvips`, part === 0 ? Buffer.concat([tvipsHeader(made), bytes]) : bytes);
  }
  return path.join(into, `${name}_000.tvips`);
}

test('both types of pixel are read, with headers of frames of any length', async () => {
  for (const type of ['uint8', 'uint16'] as const) {
    for (const frameHeader of [60, 128]) {
      const file = save('types.tvips', madeTvips({ ...made, type, frameHeader }));
      const exposure = await exposureOf(file);
      assert.deepEqual([exposure.width, exposure.height, exposure.frames], [width, height, 3]);
      assert.deepEqual([exposure.type, exposure.firstRow], [type, 'top']);
      assert.deepEqual(await pixelsOf(file), made.frames.flat());
    }
  }
});

test('a stream in several files is one exposure, of which the later files are no exposures', async () => {
  const first = split('several/s', 2, 3, 1);
  assert.equal((await exposureOf(first)).frames, 6);
  assert.deepEqual(await pixelsOf(first), [0, 1, 2, 3, 4, 5].flatMap(frame));
  const raw = path.join(into, 'several');
  const run = (...inputs: string[]) =>
    darkroom('run', ...inputs, '-o', path.join(into, 'several-out'), '--no-flat-field', '--json');
  const ran = run(raw);
  assert.equal(ran.code, 0, ran.err);
  const back = readPlainStack(fs.readFileSync(path.join(into, 'several-out/s_000.mrc')))!;
  assert.equal(back.frames, 6);
  const files = fs.readdirSync(raw).map((name) => path.join(raw, name));
  assert.match(run(...files).out, /"skipped":1/, 'named one by one they are one exposure too');
  split('several/s', 2, 3, 2);
  assert.match(run(raw).out, /"done":1/, 'another later part is another exposure');
  assert.equal(readPlainStack(fs.readFileSync(path.join(into, 'several-out/s_000.mrc')))!.frames, 7);
});

test('a part that is missing or ends within a frame is incomplete', async () => {
  const first = split('gaps/s', 2, 3, 1);
  const [second, third] = ['s_001.tvips', 's_002.tvips'].map((name) => path.join(into, 'gaps', name));
  fs.renameSync(second!, `${second}.away`);
  const gap = await refusal(first);
  assert.equal(gap.kind, 'incomplete');
  assert.match(gap.message, /found s_002\.tvips, expected s_001\.tvips before it/);
  fs.renameSync(`${second}.away`, second!);
  fs.truncateSync(third!, fs.statSync(third!).size - 1);
  const cut = await refusal(first);
  assert.equal(cut.kind, 'incomplete');
  assert.match(cut.message, /s_002\.tvips: found \d+ bytes, expected a multiple of/);
  fs.rmSync(third!);
  assert.equal((await exposureOf(first)).frames, 5);
  fs.renameSync(first, `${first}.away`);
  const alone = await refusal(second!);
  assert.equal(alone.kind, 'incomplete');
  assert.match(alone.message, /a later part of a stream, expected its first, s_000\.tvips/);
  const run = darkroom('run', path.join(into, 'gaps'), '-o', path.join(into, 'gaps-out'), '--no-flat-field');
  assert.equal(run.code, 2, 'a part without its first is not passed over in silence');
});

test('a later part that changes while the stream is read, or that comes in between, is noticed', async () => {
  const out = path.join(into, 'changed');
  for (const meanwhile of [
    () => fs.appendFileSync(path.join(into, 'changes/s_001.tvips'), 'x'),
    () => fs.writeFileSync(path.join(into, 'changes/s_002.tvips'), tvipsFrames({ ...made, frames: [frame()] })),
  ]) {
    fs.rmSync(path.join(into, 'changes'), { recursive: true, force: true });
    const input = split('changes/s', 2, 2);
    await fails(
      { input, out, output: 's.mrc', recipe: { despike: 'off' }, meanwhile },
      'changed',
      /changed while it was read/,
    );
  }
});

test('all files of a stream are closed again', async () => {
  const first = split('closed/s', 1, 1, 1);
  const open = (): number => fs.readdirSync('/proc/self/fd').length;
  if (!fs.existsSync('/proc/self/fd')) return;
  const before = open();
  for (let i = 0; i < 5; i++) (await openExposure(first)).close();
  fs.truncateSync(path.join(into, 'closed/s_002.tvips'), 10);
  for (let i = 0; i < 5; i++) await refusal(first);
  assert.equal(open(), before);
});

test('time, voltage, binning and mode come from the headers', async () => {
  const image = await exposureOf(save('image.tvips', madeTvips(made)));
  const own = { taken: 1_600_000_000_250, takenFrom: 'TVIPS frame header', binning: 2, kilovolts: 200 };
  assert.deepEqual(image.metadata, { ...own, magnification: 50_000 });
  const pattern = await exposureOf(save('pattern.tvips', madeTvips({ ...made, mode: 2 })));
  assert.deepEqual(pattern.metadata, { ...own, diffraction: true });
  const sizeWith = async (more: Partial<MadeTvips>): Promise<number | undefined> =>
    (await exposureOf(save('size.tvips', madeTvips({ ...made, ...more })))).metadata?.pixelSize;
  assert.equal(await sizeWith({ binning: 1 }), 3.1, '15.5 µm at 50 000 x');
  assert.equal(await sizeWith({ binning: 2 }), undefined, 'whether its pitch is that of binned pixels is not known');
  assert.equal(await sizeWith({ binning: 1, pitch: 1 }), undefined, 'no camera has pixels of 1 nm');
  assert.equal(await sizeWith({ binning: 1, mode: 2 }), undefined, 'a diffraction pattern');
});

test('what cannot be read is named; sizes that lie are refused', async () => {
  const version = await refusal(save('version.tvips', madeTvips({ ...made, version: 1 })));
  assert.match(version.message, /a TVIPS stream of version 1, expected 2/);
  const CASES: readonly [Partial<MadeTvips>, RegExp][] = [
    [{ width: 0 }, /frames of 0 x 7 px/],
    [{ width: 2 ** 31, height: 2 ** 31 }, /at most 65536 columns/],
    [{ frames: [] }, /expected 256 and a multiple of/],
  ];
  for (const [odd, text] of CASES)
    assert.match((await refusal(save('odd.tvips', madeTvips({ ...made, ...odd })))).message, text);
  const frames = Buffer.from(madeTvips(made));
  frames.writeUInt32LE(7, 48);
  assert.match((await refusal(save('frames.tvips', frames))).message, /behind 7 bytes/);
  const whole = madeTvips(made);
  for (let length = 1; length < whole.length; length += 5) {
    if ((length - 256) % (60 + 2 * width * height) === 0 && length > 256) continue;
    const { kind, message } = await refusal(save('cut.tvips', whole.slice(0, length)));
    assert.equal(kind, 'incomplete', `${length}: ${message}`);
  }
});

test('a stream can be a reference: all its files count', async () => {
  const dark = split('dark/d', 1, 1);
  const input = save('raw.tvips', madeTvips({ ...made, frames: [frame(9).map((x) => x + 1000)] }));
  const recipe = { despike: 'off', steps: ['flat-field'] } as const;
  const asked = { input, output: 'r.mrc', references: { dark, bright: input }, recipe };
  const first = await done({ ...asked, out: path.join(into, 'referenced') });
  const before = fs.readFileSync(first.file).toString('latin1', 224, 1024);
  save('dark/d_001.tvips', tvipsFrames({ ...made, frames: [frame(1).map((x) => x + 1)] }));
  const second = await done({ ...asked, out: path.join(into, 'referenced') });
  assert.notEqual(fs.readFileSync(second.file).toString('latin1', 224, 1024), before);
});

test('files of other programs: every pixel of a stream', { skip: noData }, async () => {
  const pixels = await pixelsOf(path.join(DATA, 'foreign/stream_000.tvips'));
  assert.deepEqual(
    pixels,
    Array.from({ length: 6 * 20 }, (_, i) => i),
  );
});

test('HyperSpy reads the streams that these tests make as we do', {
  skip: lacks('hyperspy.api', 'python3-hyperspy'),
}, () => {
  const file = split('witness/s', 2, 1);
  const code = `import hyperspy.api as hs; s = hs.load("${file}"); print(s.data.shape, *s.data.ravel())`;
  assert.equal(python(code), `(3, ${height}, ${width}) ${[0, 1, 2].flatMap(frame).join(' ')}`);
});
