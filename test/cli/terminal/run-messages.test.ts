import assert from 'node:assert/strict';
import test from 'node:test';
import { eventLine } from '../../../src/cli/terminal/event-line.ts';
import { duration, Pace } from '../../../src/cli/terminal/pace.ts';
import { PlainLines } from '../../../src/cli/terminal/progress.ts';
import { RunMessages } from '../../../src/cli/terminal/run-messages.ts';
import { summary } from '../../../src/cli/terminal/summary.ts';
import type { ExitCode, RunEvent } from '../../../src/model/events.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { printable } from '../../../src/model/printable.ts';

const failed = (message: string): RunEvent => ({
  event: 'outcome',
  outcome: {
    status: 'failed',
    input: '/raw/a.mrc',
    output: 'a.mrc',
    identity: null,
    exposure: null,
    fault: { kind: 'format', message },
  },
});

const done = (suspect: readonly string[] = []): RunEvent => ({
  event: 'outcome',
  // Only what is looked at.
  outcome: {
    status: 'done',
    input: '/raw/a.mrc',
    output: 'a.mrc',
    identity: { size: 32e6, mtimeNs: 1n },
    suspect,
    notes: ['odd'],
  } as unknown as Outcome,
});

const skipped: RunEvent = {
  event: 'outcome',
  outcome: { status: 'skipped', input: '/raw/b.mrc', output: 'b.mrc', reason: 'already done' },
};

const finished = (exit: ExitCode, figures: object) =>
  ({
    event: 'finished',
    run: 1,
    exit,
    done: 0,
    skipped: 0,
    failed: 0,
    suspect: 0,
    copied: 0,
    ignored: 0,
    seconds: 100,
    why: [],
    camera: null,
    ...figures,
  }) as const;

test('the line says how far, how fast, how long still and how many failed; skipped ones were never to come', () => {
  let now = 0;
  const pace = new Pace(() => now);
  pace.hear({ event: 'started', run: 1, exposures: 340, bytes: 0, threads: 2 });
  pace.hear(skipped);
  assert.equal(pace.line(), '0/340 exposures, 0 failed');
  now = 4000;
  for (let n = 0; n < 12; n++) pace.hear(n === 5 ? failed('x') : done());
  assert.equal(pace.line(), '12/340 exposures, 3.0/s, 88 MB/s, 1 min 49 s left, 1 failed');
  assert.equal(pace.left, 328);
});

test('durations are said as people say them', () => {
  const said = { 0.26: '0.26 s', 38.2: '38 s', 59.7: '1 min 0 s', 106: '1 min 46 s', 12000: '3 h 20 min' };
  for (const [seconds, text] of Object.entries(said)) assert.equal(duration(Number(seconds)), text);
});

test('every failure is told with its file once, suspect exposures until they are too many', () => {
  const told = new RunMessages();
  assert.deepEqual(told.lines(failed('/raw/a.mrc: no header')), ['failed  /raw/a.mrc: no header']);
  assert.deepEqual(told.lines(failed('the thread died')), ['failed  /raw/a.mrc: the thread died']);
  assert.deepEqual(told.lines(skipped), []);
  assert.deepEqual(told.lines(done()), []);
  assert.deepEqual(told.lines(done(['dim', 'clipped'])), ['suspect  /raw/a.mrc: dim; clipped']);
  const more = Array.from({ length: 50 }, () => told.lines(done(['dim'])));
  assert.equal(more.flat().length, 20);
  assert.deepEqual(more.flat().at(-1), 'suspect  more suspect ones; all are in the report and in exposures.csv');
});

test('a flood of failures of one kind is told as one, in each hour anew; another kind is still heard', () => {
  let now = 0;
  const told = new RunMessages({ now: () => now });
  const flood = (): string[] => Array.from({ length: 500 }, () => told.lines(failed('/raw/a.mrc: no header'))).flat();
  const lines = flood();
  assert.equal(lines.length, 21);
  assert.equal(lines.at(-1), 'failed  more failures of the kind format; all are in the report and in exposures.csv');
  assert.equal(told.lines(done(['dim'])).length, 1);
  now = 3_600_001;
  assert.equal(flood().length, 21);
});

test('on a terminal a failure is told in brief, since the end says what to do; quiet leaves out what is no problem', () => {
  const brief = new RunMessages({ brief: true });
  assert.deepEqual(brief.lines(failed('/raw/a.mrc: found 5 bytes; copy it again')), [
    'failed  /raw/a.mrc: found 5 bytes',
  ]);
  const quiet = new RunMessages({ quiet: true });
  assert.deepEqual(quiet.lines({ event: 'note', message: 'all is well', level: 'information' }), []);
  assert.deepEqual(quiet.lines({ event: 'note', message: 'nothing to correct' }), ['note  nothing to correct']);
});

test('a log gets a line when there is something new, every ten seconds at most, and a sign of life every hour', () => {
  let [now, text] = [0, 'a'];
  const lines: string[] = [];
  const plain = new PlainLines(
    () => text,
    () => now,
    (line) => lines.push(`${now / 1000} ${line}`),
  );
  for (; now < 2 * 3_600_000; now += 200) {
    if (now === 60_000) text = 'b';
    plain.tick();
  }
  assert.deepEqual(lines, ['10 a', '60 b', '3660 b']);
  plain.end();
  text = 'c';
  plain.end();
  assert.equal(lines.length, 4, 'the end says what was not yet said');
});

test('the summary says what became of the exposures and what to do next', () => {
  const cases: readonly (readonly [ExitCode, object, string])[] = [
    [0, { done: 118, skipped: 2 }, '118 exposures corrected, 2 done already: /out'],
    [0, { skipped: 1 }, 'nothing new: 1 exposure done already in /out'],
    [
      2,
      { done: 1, failed: 1, suspect: 1, why: ['failed'] },
      '1 exposure corrected, 1 failed, 1 suspect: /out; failed ones are tried again by the same command',
    ],
    [
      2,
      { done: 5, why: ['expect'] },
      '5 exposures corrected: /out; exit code 2: fewer exposures than expected (--expect)',
    ],
    [3, { done: 5 }, '5 exposures corrected: /out; stopped early, the same command goes on'],
    [130, { done: 5 }, '5 exposures corrected: /out; stopped, the same command goes on'],
  ];
  for (const [exit, figures, text] of cases) assert.equal(summary(finished(exit, figures), '/out'), text);
});

test('names of files cannot write lines or colours of their own', () => {
  assert.equal(
    printable('a\nb\r\u001b[31m\u0085\u2028\u202ec é ü 電'),
    'a\\u000ab\\u000d\\u001b[31m\\u0085\\u2028\\u202ec é ü 電',
  );
});

test('an event is one line, nanoseconds keep all their digits', () => {
  const line = eventLine({ mtimeNs: 1_795_334_865_020_663_318n, mean: Number.NaN, message: 'a\nb' });
  assert.equal(line, '{"mtimeNs":"1795334865020663318","mean":null,"message":"a\\nb"}');
});
