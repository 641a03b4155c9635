/** Was the computer busy with something else? What Linux counts, by hand; bounded; and on a computer that is made busy. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Counters, readCounters } from '../../../src/conveyor/load/counters.ts';
import { LoadMeter, MOST_STEPS, stepBetween } from '../../../src/conveyor/load/load-meter.ts';
import type { LoadStep } from '../../../src/journal/contents.ts';
import { busy } from '../../../src/report/busy.ts';
import { darkroom, exposure, folder, journal, lay, report } from '../../run/darkroom.ts';

const limited = { timeout: 60_000 };

const counters = (at: number, changes: Partial<Counters> = {}): Counters => ({
  at,
  cpu: 0,
  io: 0,
  memory: 0,
  ticks: { all: 0, busy: 0, steal: 0 },
  own: 0,
  ...changes,
});

test('a step by hand: what threads waited for, what the host took, and what other programs had of the cores', () => {
  // Ten seconds on two cores: 2000 ticks, 1500 of them at work, 500 of these our own.
  const before = counters(1000, { cpu: 7_000_000, ticks: { all: 100, busy: 50, steal: 5 }, own: 1_000_000 });
  const now = counters(11_000, {
    cpu: 11_000_000,
    io: 500_000,
    ticks: { all: 2100, busy: 1550, steal: 105 },
    own: 6_000_000,
  });
  const { at: _, ...step } = stepBetween(before, now)!;
  assert.deepEqual(step, { seconds: 10, cpu: 0.4, io: 0.05, memory: 0, steal: 0.05, others: 0.667 });
  assert.equal(busy([{ at: '', ...step }]).waited, 0.267);
});

test('threads that wait for each other alone are no other program', () => {
  const now = counters(10_000, { cpu: 9_000_000, ticks: { all: 2000, busy: 1990, steal: 0 }, own: 19_900_000 });
  assert.deepEqual([stepBetween(counters(0), now)!.cpu, busy([stepBetween(counters(0), now)!]).waited], [0.9, 0]);
});

test('the files of Linux are read as they are; where they are missing nothing is claimed', (t) => {
  const proc = folder(t);
  fs.mkdirSync(path.join(proc, 'pressure'));
  fs.writeFileSync(path.join(proc, 'stat'), 'cpu  10 20 30 400 50 6 7 80 9 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n');
  for (const [name, total] of Object.entries({ cpu: 123, io: 456 }))
    fs.writeFileSync(
      path.join(proc, 'pressure', name),
      `some avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n`,
    );
  const { cpu, io, memory, ticks } = readCounters(proc);
  assert.deepEqual(
    { cpu, io, memory, ticks },
    { cpu: 123, io: 456, memory: null, ticks: { all: 603, busy: 73, steal: 80 } },
  );

  const elsewhere = (): Counters => readCounters(path.join(proc, 'none'));
  const meter = new LoadMeter(elsewhere);
  meter.sample();
  const found = busy(meter.steps);
  assert.deepEqual([found.waited, found.cpu, found.io, found.memory, found.steal], [null, null, null, null, null]);
});

test('a watch of many days keeps no more steps than a chart shows, and loses nothing of the sums', () => {
  let beat = 0;
  const meter = new LoadMeter(() =>
    counters(beat * 5000, {
      cpu: beat * 1_000_000,
      ticks: { all: beat * 1000, busy: beat * 500, steal: 0 },
      own: beat * 1e6,
    }),
  );
  for (beat = 1; beat <= 10_000; beat++) {
    meter.sample();
    assert.ok(meter.steps.length <= MOST_STEPS);
  }
  assert.equal(
    meter.steps.reduce((sum, { seconds }) => sum + seconds, 0),
    50_000,
  );
  assert.deepEqual([busy(meter.steps).cpu, busy(meter.steps).waited], [0.2, 0.16]);
});

/** Processes that use a core each, for a few seconds at most. */
function busyLoops(t: TestContext, count: number): void {
  for (let i = 0; i < count; i++) {
    const loop = spawn(process.execPath, ['-e', 'const end = Date.now() + 20000; while (Date.now() < end);']);
    t.after(() => loop.kill('SIGKILL'));
  }
}

const pressure = fs.existsSync('/proc/pressure/cpu') ? false : 'this system has no /proc/pressure/cpu';
if (pressure) console.log(`the test of a busy computer is skipped: ${pressure}`);

test('a computer that other programs keep busy is recognised', { ...limited, skip: pressure }, async (t) => {
  busyLoops(t, 2 * os.availableParallelism());
  await sleep(500);
  const meter = new LoadMeter();
  await sleep(1500);
  meter.sample();
  const [step] = meter.steps as [LoadStep];
  t.diagnostic(JSON.stringify(step));
  assert.ok(step.others! > 0.8, 'it does nothing itself');
  assert.ok(busy(meter.steps).waited! > 0.5);
});

test('a run keeps how busy the computer was, in the journal and in the report', limited, async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }) });
  const out = path.join(root, 'out');
  assert.equal((await darkroom(['run', raw, '-o', out, '--no-flat-field'])).code, 0);
  const rows = journal(out, 'SELECT seconds, cpu, io, memory, steal, others FROM machine_load');
  const { steps, waited } = report(out).busy;
  assert.deepEqual(
    steps.map(({ at: _, ...step }) => step),
    rows.map((row) => ({ ...row })),
  );
  assert.equal(steps.length, 1);
  assert.ok(steps[0]!.seconds > 0);
  assert.equal(waited === null, pressure !== false);
  const page = fs.readFileSync(path.join(out, 'report.html'), 'utf8');
  assert.match(page, waited === null ? /It cannot be told/ : /of the run, threads waited for a core/);
});
