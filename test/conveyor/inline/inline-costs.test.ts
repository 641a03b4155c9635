/** When correcting inline is timed: once, after the last exposure, never where it would keep anybody waiting. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { InlineCosts } from '../../../src/conveyor/inline/inline-costs.ts';
import { inlineImage, LIMIT, timeInline } from '../../../src/conveyor/inline/inline-timer.ts';
import { inTurns } from '../../../src/conveyor/inline/turns.ts';
import { OutputFolder } from '../../../src/conveyor/output-folder.ts';
import type { RunSettings } from '../../../src/correct/settings.ts';
import type { RunEvent } from '../../../src/model/events.ts';
import { machine } from '../../../src/model/machine.ts';
import { settingsOf } from '../../cli/call.ts';
import { done, start } from '../../journal/makers.ts';
import { darkroom, exposure, folder, journal, lay, report } from '../../run/darkroom.ts';

const limited = { timeout: 60_000 };

const nobody = new AbortController().signal;

const asked = (...more: string[]): Promise<RunSettings> =>
  settingsOf(['raw -o out --no-flat-field', ...more].join(' '));

/** Of a run whose clock `tick` moves, ms. */
async function costs(t: TestContext, ...more: string[]) {
  const out = path.join(folder(t), 'out');
  const settings = { ...(await asked(...more)), out, journal: path.join(out, 'darkroom.sqlite') };
  const place = new OutputFolder(settings);
  t.after(() => place.close());
  const run = place.journal.begin(start);
  let now = 0;
  const said: RunEvent[] = [];
  const made = new InlineCosts({
    settings,
    folder: place,
    run,
    background: false,
    emit: (event) => said.push(event),
    clock: () => now,
  });
  const { exposure: image } = done('a.mrc');
  return {
    said,
    place,
    tick: (ms: number): void => {
      now += ms;
    },
    hear: (width: number): void => made.hear({ ...image, width, height: width }),
    time: (signal = nobody): Promise<void> => made.time(signal),
    timings: () => place.journal.contents()!.inlineTimings,
  };
}

test('a run is timed once, for the kind of exposure of which it had most', limited, async (t) => {
  const { said, tick, hear, time, timings } = await costs(t);
  for (const width of [64, 96, 96]) hear(width);
  tick(LIMIT);
  await time();
  const [timing, ...others] = timings();
  assert.deepEqual(others, []);
  assert.deepEqual(
    [timing!.machine, timing!.width, timing!.height, timing!.typeRead, timing!.despikeSize, timing!.threshold],
    [machine(), 96, 96, 'uint16', 11, 3.5],
  );
  assert.equal(timing!.turns, 5);
  for (const micros of Object.values(timing!.times)) assert.ok(Number.isInteger(micros) && micros > 0);
  assert.ok(timing!.times.despike > timing!.times.clip, 'of all passes despike is the one that takes long');
  await time();
  assert.deepEqual(timings(), [timing], 'it is known');
  assert.deepEqual(said, []);
});

test(
  'a run that was shorter than the timing, had no exposure, was stopped or forbids it, is not timed',
  limited,
  async (t) => {
    const short = await costs(t);
    short.hear(64);
    short.tick(LIMIT - 1);
    await short.time();
    const none = await costs(t);
    none.tick(LIMIT);
    await none.time();
    const stopped = await costs(t);
    stopped.hear(64);
    stopped.tick(LIMIT);
    await stopped.time(AbortSignal.abort(130));
    const forbidden = await costs(t, '--no-inline-timing');
    forbidden.hear(64);
    forbidden.tick(LIMIT);
    await forbidden.time();
    for (const { timings, said } of [short, none, stopped, forbidden]) {
      assert.deepEqual(timings(), []);
      assert.deepEqual(said, []);
    }
  },
);

test('who asks to stop is not kept waiting by turns that take long', limited, async () => {
  const stop = new AbortController();
  const { recipe } = await asked();
  const timing = timeInline(inlineImage({ width: 4096, height: 4096, type: 'uint16' }, recipe), {
    signal: stop.signal,
    background: true,
  });
  stop.abort(143);
  assert.equal(await timing, null);
});

test('large exposures are timed on a part of their rows, and Leginon despikes with its own size unless that was chosen', async () => {
  const recipe = async (...more: string[]) => (await asked(...more)).recipe;
  const large = inlineImage({ width: 11_520, height: 8184, type: 'uint8' }, await recipe());
  assert.deepEqual([large.width, large.height, large.despikeSize, large.threshold], [11_520, 1456, 11, 3.5]);
  const chosen = await recipe('--despike', 'leginon', '--despike-size', '7', '--despike-threshold', '5');
  const own = inlineImage({ width: 512, height: 256, type: 'int16' }, chosen);
  assert.deepEqual([own.height, own.despikeSize, own.threshold], [256, 7, 5]);
});

test(
  'a watch that ends by itself times what correcting inline costs, and its report shows that first',
  limited,
  async (t) => {
    const root = folder(t);
    const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
    const out = path.join(root, 'out');
    const { code, stderr } = await darkroom(['watch', raw, '-o', out, '--no-flat-field', '--until-idle', '3']);
    assert.equal(code, 0, stderr);
    const [row, ...others] = journal(out, 'SELECT * FROM inline_timings');
    assert.deepEqual(others, []);
    const [first] = report(out).timeSaved;
    assert.equal(first!.name, 'inline');
    assert.ok(first!.seconds > 0 && first!.exposures === 2);
    assert.ok(
      first!.arithmetic.startsWith(`2 x (${Number(row!.clip) / 1e6} clip + ${Number(row!.despike) / 1e6} despike + `),
      first!.arithmetic,
    );
  },
);

test('the top rows are timed first, which serves where the computer is too busy for more', () => {
  const image = { width: 64, height: 600, type: 'uint16', despikeSize: 5, threshold: 4 } as const;
  const found = [...inTurns(image)];
  assert.deepEqual(
    found.map(({ turns, height }) => [turns, height]),
    [...[1, 2, 3].map((turns) => [turns, 256]), ...[1, 2, 3, 4, 5].map((turns) => [turns, 600])],
  );
  for (const { times } of found) assert.ok(Object.values(times).every((micros) => Number.isInteger(micros)));
  const whole = found.slice(3);
  for (const [i, { times }] of whole.slice(1).entries())
    for (const [pass, micros] of Object.entries(times))
      assert.ok(micros <= whole[i]!.times[pass as keyof typeof times], 'the fastest so far');
});
