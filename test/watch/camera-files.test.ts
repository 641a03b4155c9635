/** Files of cameras that arrive slowly, in reserved room, and in parts: what is published is whole, and as a batch run makes it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CAMERA_FILES, type Picture } from '../made/cameras.ts';
import { counted } from '../made/images.ts';
import { tvipsFrames, tvipsHeader } from '../made/tvips.ts';
import { readPlainStack } from '../oracle/plain-mrc.ts';
import { assertAsBatch, done, place, ready, SMALL, watching, writes } from './watching.ts';

/** Longer than the settle time, shorter than that of stacks. */
const LONG = 'pause,1500';
const STACKS = ['--settle-stack', '4'];

const WAYS: Readonly<Record<string, (file: string) => string[]>> = {
  slow: (file) => Array.from({ length: 8 }, (_, i) => [`append,${file},${i / 8},${(i + 1) / 8}`, 'pause,150']).flat(),
  bursts: (file) => [`append,${file},0,0.05`, LONG, `append,${file},0.05,0.7`, LONG, `append,${file},0.7,1`],
  reserved: (file) => [`reserve,${file}`, LONG, `fill,${file},0,0.5`, LONG, `fill,${file},0.5,1`],
  zeros: (file) => [`zeros,${file}`, LONG, `fill,${file},0,0.6`, LONG, `fill,${file},0.6,1`],
};

/** Slow writers of MRC and TIFF have tests of their own. */
const FILES: Readonly<Record<string, (picture: Picture) => Uint8Array>> = {
  ...Object.fromEntries(Object.entries(CAMERA_FILES).filter(([extension]) => !['mrc', 'tif'].includes(extension))),
  'mrc.gz': (picture) => gzipSync(CAMERA_FILES.mrc!(picture)),
  'tif.gz': (picture) => gzipSync(CAMERA_FILES.tif!(picture)),
};

test('files of cameras are corrected once, whole, however they are written', async (t) => {
  const at = place(t);
  const watcher = watching(t, at, ...STACKS);
  await ready(watcher);
  const files = Object.keys(FILES).flatMap((extension) =>
    Object.keys(WAYS).map((way) => ({ extension, way, name: `${way}-${extension}.${extension}` })),
  );
  await Promise.all(
    files.map(async ({ extension, way, name }, seed) => {
      const source = path.join(at.cupboard, name);
      const { pixels } = counted({ ...SMALL, seed });
      fs.writeFileSync(source, FILES[extension]!({ ...SMALL, pixels }));
      await writes(source, ...WAYS[way]!(path.join(at.raw, name)));
    }),
  );
  for (const { name } of files) {
    await done(watcher, name);
    const outcomes = watcher
      .outcomes(name)
      .map((outcome) => ('fault' in outcome ? outcome.fault.message : outcome.status));
    assert.deepEqual(outcomes, ['done'], name);
  }
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.equal(assertAsBatch(at).length, files.length);
});

test('a stream that is split while it is written becomes one exposure, and again when a part comes later', async (t) => {
  const at = place(t);
  const watcher = watching(t, at, ...STACKS);
  await ready(watcher);
  const frame = (seed: number): number[] => Array.from(counted({ ...SMALL, seed }).pixels);
  const made = { ...SMALL, type: 'uint16', frames: [] } as const;
  const part = (number: number, ...seeds: number[]): string => {
    const bytes = tvipsFrames({ ...made, frames: seeds.map(frame) });
    const source = path.join(at.cupboard, `part-${number}`);
    fs.writeFileSync(source, number === 0 ? Buffer.concat([tvipsHeader(made), bytes]) : bytes);
    return source;
  };
  const raw = (number: number): string => path.join(at.raw, `s_00${number}.tvips`);
  await writes(part(0, 1, 2), `append,${raw(0)},0,0.5`, LONG, `append,${raw(0)},0.5,1`, LONG);
  await writes(part(1, 3, 4), `append,${raw(1)},0,0.4`, LONG, `append,${raw(1)},0.4,1`, LONG);
  await writes(part(2, 5), `append,${raw(2)},0,1`);
  await done(watcher, 's_000.tvips');
  assert.deepEqual(
    watcher.outcomes().map(({ status }) => status),
    ['done'],
  );
  const frames = (): number => readPlainStack(fs.readFileSync(path.join(at.out, 's_000.mrc')))!.frames;
  assert.equal(frames(), 5);
  await writes(part(3, 6), `append,${raw(3)},0,1`);
  await done(watcher, 's_000.tvips', 2);
  assert.equal(frames(), 6);
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.deepEqual(assertAsBatch(at), ['s_000.mrc']);
});
