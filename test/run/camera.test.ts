/**
 * What the exposures together say of the camera reaches everybody who is not looking at the page: references that do not fit
 * are told on the terminal, in events, status and reports, and in the exit code of who asks for it.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { EVENT_SCHEMA } from '../../src/cli/terminal/event-schema.ts';
import type { CameraVerdict, RunEvent, Status } from '../../src/model/events.ts';
import { simulate } from '../../src/tools/simulate/session.ts';
import { madeMrc } from '../made/mrc.ts';
import { readPlainMrc } from '../oracle/plain-mrc.ts';
import { departures } from '../report/conforms.ts';
import { darkroom, folder, report } from './darkroom.ts';

const SIDE = 384;
const COUNT = 6;
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-camera-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));
const at = (name: string): string => path.join(root, name);

before(async () => {
  const size = { width: SIDE, height: SIDE, dose: 400, format: 'mrc', truth: false } as const;
  await simulate(root, { ...size, count: COUNT, darks: 4, brights: 8, seed: 33 });
});

/** Where a turned or flipped reference has what stands at row and column of the right one. */
const TURNS = {
  'by 90 degrees': (row: number, col: number): number => (SIDE - 1 - col) * SIDE + row,
  'by 270 degrees': (row: number, col: number): number => col * SIDE + (SIDE - 1 - row),
  'by 180 degrees': (row: number, col: number): number => (SIDE - 1 - row) * SIDE + (SIDE - 1 - col),
  'left to right': (row: number, col: number): number => row * SIDE + (SIDE - 1 - col),
};

/** Dark and bright, turned. */
function turned(how: keyof typeof TURNS): string[] {
  const files = ['dark', 'bright'].flatMap((role) => {
    const { pixels } = readPlainMrc(at(`${role}.mrc`));
    const moved = pixels.map((_, i) => pixels[TURNS[how](Math.floor(i / SIDE), i % SIDE)]!);
    const file = at(`${role} ${how}.mrc`);
    fs.writeFileSync(file, madeMrc({ width: SIDE, height: SIDE, mode: 2, pixels: moved }));
    return [`--${role}`, file];
  });
  // They would be refused before the first exposure: here is what is said of them afterwards.
  return [...files, '--no-reference-checks'];
}

const right = (): string[] => ['dark', 'bright', 'defects'].flatMap((role) => [`--${role}`, at(`${role}.mrc`)]);

const verdictOf = (events: readonly RunEvent[]): CameraVerdict | null => {
  assert.deepEqual(
    events.flatMap((event) => departures(event, EVENT_SCHEMA)),
    [],
  );
  return events.flatMap((event) => (event.event === 'finished' ? [event.camera] : []))[0] ?? null;
};

for (const [how, says] of [
  ['by 90 degrees', /^The references look turned by 90 degrees or transposed: /],
  ['by 270 degrees', /^The references look turned by 90 degrees the other way/],
  ['by 180 degrees', /^The references look flipped left to right, or turned by 180 degrees: /],
  ['left to right', /^The references look flipped left to right, or turned by 180 degrees: /],
] as const) {
  test(`references turned ${how}: the likeliest cause comes first, before a map of defects is proposed`, async (t) => {
    const out = path.join(folder(t), 'out');
    const { code, events } = await darkroom(['run', at('raw'), ...turned(how), '-o', out, '--json']);
    assert.equal(code, 0);
    const { fits, warnings, exposures } = verdictOf(events)!;
    assert.deepEqual([fits, exposures], [false, COUNT]);
    assert.match(warnings[0]!, says);
    assert.doesNotMatch(warnings.join(), /map of defects/);
    const { camera } = report(out);
    assert.deepEqual([camera!.fits, camera!.warnings], [fits, warnings]);
  });
}

test('wrong references are told by run, report and verify; right ones are said to fit', async (t) => {
  const place = folder(t);
  for (const [given, says] of [
    [turned('by 90 degrees'), /^camera: The references look turned by 90 degrees .*\(\d more, see report\.html\)$/m],
    [right(), /^camera: references fit \(6 exposures\)$/m],
  ] as const) {
    const out = path.join(place, String(given.length));
    const ran = await darkroom(['run', at('raw'), ...given, '-o', out]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout.replace(/^ +/gm, ''), says);
    // Who comes back the next day, with nothing left to correct, hears it too.
    assert.match((await darkroom(['run', at('raw'), ...given, '-o', out])).stdout, says);
    for (const command of ['report', 'verify'])
      assert.match((await darkroom([command, out])).stdout.replace(/^ +/gm, ''), says, command);
    const json = (await darkroom(['verify', out, '--json'])).stdout.trimEnd().split('\n');
    assert.equal(JSON.parse(json.at(-1)!).camera.fits, given.includes('--defects'));
  }
});

test('--strict-camera makes it exit code 2, also from a recipe and when all was corrected before', async (t) => {
  const place = folder(t);
  const out = path.join(place, 'out');
  const wrong = ['run', at('raw'), ...turned('by 90 degrees'), '-o', out];
  assert.equal((await darkroom(wrong)).code, 0);
  assert.equal((await darkroom([...wrong, '--strict-camera'])).code, 2);
  const recipe = path.join(place, 'night.yaml');
  fs.writeFileSync(recipe, 'strictCamera: true\n');
  const again = await darkroom([...wrong, '--recipe', recipe]);
  assert.equal(again.code, 2);
  assert.match(again.stdout, /nothing new: 6 exposures done already .*; exit code 2 because of the camera/);
  const good = ['run', at('raw'), ...right(), '-o', path.join(place, 'good'), '--strict-camera'];
  assert.equal((await darkroom(good)).code, 0);
});

test('watch tells it in its status while it goes on, and in its exit code', async (t) => {
  const out = path.join(folder(t), 'out');
  const options = ['--settle', '0.3', '--until-idle', '2', '--strict-camera', '--json'];
  const { code, events } = await darkroom(['watch', at('raw'), ...turned('by 90 degrees'), '-o', out, ...options]);
  assert.equal(code, 2);
  const told = verdictOf(events)!;
  assert.match(told.warnings[0]!, /turned by 90 degrees/);
  const status = JSON.parse(fs.readFileSync(path.join(out, 'status.json'), 'utf8')) as Status;
  assert.deepEqual([status.state, status.camera], ['stopped', told]);
  assert.ok(status.staleAfter > 5);
});

test('another set of references is another verdict; without references there is none', async (t) => {
  const out = path.join(folder(t), 'out');
  await darkroom(['run', at('raw'), ...turned('by 90 degrees'), '-o', out]);
  const mended = await darkroom(['run', at('raw'), ...right(), '-o', out, '--json', '--strict-camera']);
  assert.deepEqual([mended.code, verdictOf(mended.events)!.warnings], [0, []]);
  const bare = await darkroom(['run', at('raw'), '--no-flat-field', '-o', out, '--json', '--strict-camera']);
  assert.deepEqual([bare.code, verdictOf(bare.events)], [0, null]);
});

test('few exposures of few counts are no reason for suspicion', async (t) => {
  const place = folder(t);
  for (const [seed, count] of [
    [1, 1],
    [2, 3],
    [3, 6],
  ] as const) {
    const session = path.join(place, String(seed));
    const size = { width: 512, height: 256, dose: 100, format: 'mrc', truth: false } as const;
    await simulate(session, { ...size, count, darks: 4, brights: 8, seed });
    const [dark, bright, defects, raw] = ['dark.mrc', 'bright.mrc', 'defects.mrc', 'raw'].map((name) =>
      path.join(session, name),
    ) as [string, string, string, string];
    const given = ['--dark', dark, '--bright', bright, '--defects', defects];
    const { events, stderr } = await darkroom(['run', raw, ...given, '-o', path.join(session, 'out'), '--json']);
    const expected = { exposures: count, fits: true, warnings: [] };
    assert.deepEqual(verdictOf(events), expected, `seed ${seed}: ${stderr}`);
  }
});
