/** How files arrive on microscope computers, each by a real writer: what is published is whole, and as a batch run makes it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  assertAsBatch,
  corrections,
  done,
  exposure,
  failures,
  finished,
  type Place,
  place,
  ready,
  watching,
  writes,
} from './watching.ts';

/** Longer than the settle time of these tests. */
const LONG = 'pause,1800';

interface Way {
  readonly story: string;
  /** Steps of the writer, into `file`. */
  readonly steps: (file: string) => string[];
}

const WAYS: readonly Way[] = [
  { story: 'at once', steps: (file) => [`append,${file},0,1`] },
  {
    story: 'slowly, in many small pieces',
    steps: (file) =>
      Array.from({ length: 12 }, (_, i) => [`append,${file},${i / 12},${(i + 1) / 12}`, 'pause,150']).flat(),
  },
  {
    story: 'in bursts with pauses longer than the settle time',
    steps: (file) => [`append,${file},0,0.3`, LONG, `append,${file},0.3,0.7`, LONG, `append,${file},0.7,1`],
  },
  {
    story: 'the header alone first',
    steps: (file) => [`append,${file},0,0.1`, LONG, `append,${file},0.1,1`],
  },
  {
    story: 'preallocated without blocks, then filled slowly',
    steps: (file) => [
      `reserve,${file}`,
      LONG,
      `fill,${file},0,0.5`,
      LONG,
      `fill,${file},0.5,0.9`,
      LONG,
      `fill,${file},0.9,1`,
    ],
  },
  {
    story: 'preallocated as zeros, then filled slowly',
    steps: (file) => [`zeros,${file}`, LONG, `fill,${file},0,0.5`, LONG, `fill,${file},0.5,1`],
  },
  {
    story: 'under another name, then renamed into place',
    steps: (file) => [`append,${file}.tmp,0,0.5`, LONG, `append,${file}.tmp,0.5,1`, `rename,${file}.tmp,${file}`],
  },
  {
    story: 'with an old modification time',
    steps: (file) => [`append,${file},0,0.5`, 'pause,300', `append,${file},0.5,1`, `old,${file}`],
  },
  {
    story: 'in a folder that appears only now',
    steps: (file) => [
      `mkdir,${path.dirname(file)}/new/er`,
      `append,${path.dirname(file)}/new/er/${path.basename(file)},0,1`,
    ],
  },
  {
    story: 'renamed into place together with its folder',
    steps: (file) => {
      const [aside, folder] = [`${path.dirname(file)}/../aside`, `${path.dirname(file)}/moved`];
      return [`mkdir,${aside}`, `append,${aside}/${path.basename(file)},0,1`, `rename,${aside},${folder}`];
    },
  },
];

describe('an exposure that arrives', { concurrency: 2 }, () => {
  for (const [mode, more] of [
    ['the system tells', []],
    ['by listing alone', ['--poll', '0.3', '--settle', '1']],
  ] as const) {
    test(`is corrected once, whole, however it is written (${mode})`, async (t) => {
      const at = place(t);
      const watcher = watching(t, at, ...more);
      await ready(watcher);
      await Promise.all(
        WAYS.map(({ steps }, i) => writes(finished(at, i + 1), ...steps(path.join(at.raw, `way${i + 1}.mrc`)))),
      );
      for (const [i, { story }] of WAYS.entries()) {
        await done(watcher, `way${i + 1}.mrc`);
        assert.deepEqual(
          watcher.outcomes(`way${i + 1}.mrc`).map(({ status }) => status),
          ['done'],
          story,
        );
      }
      assert.equal(await watcher.ended('SIGTERM'), 143);
      assert.equal(assertAsBatch(at).length, WAYS.length);
    });
  }

  test('and was there before is held to the same rule', async (t) => {
    const at = place(t);
    const file = path.join(at.raw, 'early.mrc');
    const source = finished(at, 1);
    await writes(source, `reserve,${file}`, `fill,${file},0,0.5`);
    const watcher = watching(t, at);
    await ready(watcher);
    await writes(source, LONG, `fill,${file},0.5,1`);
    await done(watcher, 'early.mrc');
    assert.equal(await watcher.ended('SIGTERM'), 143);
    assertAsBatch(at);
  });

  for (const [how, steps] of [
    ['renamed over it', (file: string) => [`append,${file}.new,0,1`, `rename,${file}.new,${file}`]],
    ['written over it', (file: string) => [`fill,${file},0,0.5`, 'pause,200', `fill,${file},0.5,1`]],
  ] as const) {
    for (const [mode, more] of [
      ['the system tells', []],
      ['by listing alone', ['--poll', '0.3', '--settle', '1']],
    ] as const) {
      test(`again, ${how}, is corrected again (${mode})`, async (t) => {
        const at = place(t);
        const file = path.join(at.raw, 'replaced.mrc');
        const watcher = watching(t, at, ...more);
        await writes(finished(at, 1), `append,${file},0,1`);
        await done(watcher, 'replaced.mrc');
        await writes(finished(at, 2), ...steps(file));
        await done(watcher, 'replaced.mrc', 2);
        assert.equal(await watcher.ended('SIGTERM'), 143);
        assertAsBatch(at);
      });
    }
  }

  test('and is deleted while it waits is forgotten, and so is its name', async (t) => {
    const at = place(t);
    const watcher = watching(t, at, '--until-idle', '4');
    const [gone, kept] = ['gone', 'kept'].map((name) => path.join(at.raw, `${name}.mrc`)) as [string, string];
    await ready(watcher);
    await writes(finished(at, 1), `append,${gone},0,0.5`, 'pause,900', `remove,${gone}`, `append,${kept},0,1`);
    assert.equal(await watcher.ended(), 0);
    assert.deepEqual(watcher.outcomes('gone.mrc'), []);
    assert.deepEqual(assertAsBatch(at), ['kept.mrc']);
  });

  test('as a stack that grows by sections is published once, whole', async (t) => {
    const at = place(t);
    const watcher = watching(t, at, '--settle-stack', '5');
    await ready(watcher);
    const [tilt, frames] = ['tilt.st', 'frames.mrc'].map((name) => path.join(at.raw, name)) as [string, string];
    fs.writeFileSync(`${frames}.mdoc`, 'one section after the other');
    // After each section the file is a whole stack of so many: another header each time, then more pixels.
    await Promise.all([grows(at, tilt), grows(at, frames)]);
    for (const name of ['tilt.st', 'frames.mrc']) {
      await done(watcher, name);
      const [outcome] = watcher.outcomes(name);
      assert.ok(outcome?.status === 'done');
      assert.deepEqual([corrections(watcher.outcomes(name)), outcome.exposure.frames], [1, 4]);
    }
    assert.equal(await watcher.ended('SIGTERM'), 143);
    assertAsBatch(at);
  });
});

async function grows(at: Place, file: string): Promise<void> {
  for (let sections = 1; sections <= 4; sections++) {
    const source = finished(at, sections + (file.endsWith('.st') ? 100 : 200), sections);
    const step = sections === 1 ? `append,${file},0,1` : `fill,${file},0,1`;
    await writes(source, step, 'pause,1200');
  }
}

describe('an exposure that is not whole', { concurrency: 2 }, () => {
  test('waits, has failed after --give-up by name, and is corrected when it is completed after all', async (t) => {
    const at = place(t);
    const file = path.join(at.raw, 'cut.mrc');
    const watcher = watching(t, at, '--give-up', '3');
    const source = finished(at, 1);
    await writes(source, `append,${file},0,0.5`);
    await watcher.until('it has failed', ({ outcomes }) => failures(outcomes('cut.mrc')).length > 0);
    assert.deepEqual(failures(watcher.outcomes('cut.mrc')), ['incomplete']);
    await writes(source, `append,${file},0.5,1`);
    await done(watcher, 'cut.mrc');
    assert.equal(await watcher.ended('SIGTERM'), 143);
    assertAsBatch(at);
  });

  test('or no image at all fails by name, the others go on, and it is tried again when it changes', async (t) => {
    const at = place(t);
    const file = path.join(at.raw, 'broken.mrc');
    fs.writeFileSync(file, Buffer.alloc(5000, 'no image '));
    const watcher = watching(t, at);
    await watcher.until('it has failed', ({ outcomes }) => failures(outcomes('broken.mrc')).length > 0);
    assert.deepEqual(failures(watcher.outcomes('broken.mrc')), ['format']);
    await writes(finished(at, 2), `append,${path.join(at.raw, 'good.mrc')},0,1`);
    await done(watcher, 'good.mrc');
    fs.copyFileSync(finished(at, 3), file);
    await done(watcher, 'broken.mrc');
    assert.equal(await watcher.ended('SIGTERM'), 143);
    assertAsBatch(at);
  });

  test('is named at the end of --until-idle: exit code 2', async (t) => {
    const at = place(t);
    await writes(
      finished(at, 1),
      `append,${path.join(at.raw, 'whole.mrc')},0,1`,
      `append,${path.join(at.raw, 'cut.mrc')},0,0.5`,
    );
    const watcher = watching(t, at, '--until-idle', '2');
    assert.equal(await watcher.ended(), 2);
    assert.deepEqual(failures(watcher.outcomes('cut.mrc')), ['incomplete']);
    assert.deepEqual(assertAsBatch(at), ['whole.mrc']);
  });
});

test('two exposures with one output: the later one fails as a collision, the first stays', async (t) => {
  const at = place(t);
  const other = path.join(at.folder, 'other');
  fs.mkdirSync(other);
  const watcher = watching(t, at, other);
  await writes(finished(at, 1), `append,${path.join(at.raw, 'same.mrc')},0,1`);
  await done(watcher, 'same.mrc');
  await writes(finished(at, 2), `append,${path.join(other, 'same.mrc')},0,1`);
  await watcher.until('the second has failed', ({ outcomes }) => failures(outcomes('same.mrc')).length > 0);
  assert.deepEqual(failures(watcher.outcomes('same.mrc')), ['collision']);
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assertAsBatch(at);
});

test('two exposures with one output, found at the start: the first by folder and name has it, and keeps it over restarts', async (t) => {
  const at = place(t);
  const other = path.join(at.folder, 'other');
  fs.mkdirSync(other);
  for (const [folder, seed] of [
    [other, 2],
    [at.raw, 1],
  ] as const)
    fs.writeFileSync(path.join(folder, 'same.mrc'), exposure(seed));
  const both = watching(t, at, other, '--until-idle', '1');
  assert.equal(await both.ended(), 2);
  const made = both.outcomes().map(({ input, status }) => [input, status]);
  assert.deepEqual(made.sort(), [
    [path.join(other, 'same.mrc'), 'failed'],
    [path.join(at.raw, 'same.mrc'), 'done'],
  ]);
  const bytes = fs.readFileSync(path.join(at.out, 'same.mrc'));
  // Named in the other order: it is not a matter of who is found first.
  const again = watching(t, { ...at, raw: other }, at.raw, '--until-idle', '1');
  assert.equal(await again.ended(), 2);
  assert.deepEqual(failures(again.outcomes()), ['collision']);
  assert.equal(again.outcomes()[0]!.input, path.join(other, 'same.mrc'));
  assert.ok(fs.readFileSync(path.join(at.out, 'same.mrc')).equals(bytes));
});
