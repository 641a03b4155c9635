/** What a second run does: what is done is left alone, what changed is corrected again, and --dry-run says why. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { darkroom, exposure, folder, journal, lay, outputs, references, report, stack, tree } from './darkroom.ts';

/** Two exposures and a stack, corrected once with references: every test gets them back as they were, in one place. */
const place = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-resume-')));
const [work, saved] = ['work', 'saved'].map((name) => path.join(place, name)) as [string, string];
after(() => fs.rmSync(place, { recursive: true, force: true }));

before(async () => {
  lay(path.join(work, 'raw'), {
    'a.mrc': exposure({ seed: 1 }),
    'b.mrc': exposure({ seed: 2 }),
    'movie.mrcs': stack(3),
  });
  references(work);
  const { code, stderr } = await darkroom(at(work).command);
  assert.equal(code, 0, stderr);
  fs.renameSync(work, saved);
});

function corrected() {
  fs.rmSync(work, { recursive: true, force: true });
  // fs.cpSync would round the modification times.
  execFileSync('cp', ['-a', saved, work]);
  return at(work);
}

function at(root: string) {
  const [raw, out, dark] = ['raw', 'out', 'dark.mrc'].map((name) => path.join(root, name)) as [string, string, string];
  return {
    root,
    raw,
    out,
    dark,
    command: ['run', raw, '--dark', dark, '--bright', path.join(root, 'bright.mrc'), '-o', out],
  };
}

/** What --dry-run says of each exposure: its reason, by output. */
async function reasons(command: readonly string[]): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await darkroom([...command, '--dry-run', '--json']);
  assert.equal(code, 0, stderr);
  const lines = stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'intention');
  return Object.fromEntries(lines.map(({ output, would, reason }) => [output, `${would}: ${reason}`]));
}

const DONE = 'skip: already done';

test('a second run skips everything and leaves every file alone, to the byte and the modification time', async () => {
  const { out, command, raw } = corrected();
  const [outBefore, rawBefore] = [tree(out), tree(raw)];
  const second = await darkroom(command);
  assert.equal(second.code, 0);
  assert.match(second.stdout, /nothing new: 3 exposures done already/);
  const outAfter = tree(out);
  // The run itself is journalled.
  for (const name of ['darkroom.sqlite', '.darkroom', '']) {
    delete outBefore[name];
    delete outAfter[name];
  }
  assert.deepEqual(outAfter, outBefore);
  assert.deepEqual(tree(raw), rawBefore);
});

/** What is changed before the second run: what --dry-run then says, everything else being done already. */
const CHANGES: Record<
  string,
  {
    change?: (session: { raw: string; out: string; dark: string }) => void;
    options?: readonly string[];
    again: Record<string, string>;
  }
> = {
  'another threshold corrects again what is despiked, not the stacks': {
    options: ['--despike-threshold', '5'],
    again: { 'a.mrc': 'other recipe or references', 'b.mrc': 'other recipe or references' },
  },
  'another reference of the same name and size corrects everything again': {
    change: ({ dark }) => fs.writeFileSync(dark, Buffer.from(fs.readFileSync(dark)).fill(9, 2000, 2002)),
    again: {
      'a.mrc': 'other recipe or references',
      'b.mrc': 'other recipe or references',
      'movie.mrcs': 'other recipe or references',
    },
  },
  'a reference that was only touched corrects nothing again': {
    change: ({ dark }) => fs.utimesSync(dark, 1, 1),
    again: {},
  },
  'threads, checks and report options correct nothing again': {
    options: ['--threads', '1', '--max-spikes', '9000', '--inline-seconds', '4'],
    again: {},
  },
  'another container corrects everything again': {
    options: ['--format', 'tiff'],
    again: { 'a.tif': 'new', 'b.tif': 'new', 'movie.tif': 'new' },
  },
  'an exposure with another modification time is corrected again': {
    change: ({ raw }) => fs.utimesSync(path.join(raw, 'b.mrc'), 5, 5),
    again: { 'b.mrc': 'the exposure changed' },
  },
  'an exposure of another size is corrected again': {
    change: ({ raw }) => fs.appendFileSync(path.join(raw, 'a.mrc'), 'padding'),
    again: { 'a.mrc': 'the exposure changed' },
  },
  'a deleted output is made again': {
    change: ({ out }) => fs.rmSync(path.join(out, 'movie.mrcs')),
    again: { 'movie.mrcs': 'the output is missing' },
  },
  'an output of another size is made again': {
    change: ({ out }) => fs.truncateSync(path.join(out, 'a.mrc'), 5000),
    again: { 'a.mrc': 'the output has another size' },
  },
  'a new exposure is corrected': {
    change: ({ raw }) => fs.writeFileSync(path.join(raw, 'c.mrc'), exposure({ seed: 3 })),
    again: { 'c.mrc': 'new' },
  },
  '--force corrects everything again': {
    options: ['--force'],
    again: { 'a.mrc': 'forced', 'b.mrc': 'forced', 'movie.mrcs': 'forced' },
  },
};

for (const [promise, { change, options = [], again }] of Object.entries(CHANGES)) {
  test(`${promise}; --dry-run says so and touches nothing`, async () => {
    const session = corrected();
    change?.(session);
    const command = [...session.command, ...options];
    const untouched = tree(session.root);
    const found = await reasons(command);
    assert.deepEqual(tree(session.root), untouched, '--dry-run touched something');
    const expected = Object.fromEntries(
      Object.keys(found).map((name) => [name, name in again ? `correct: ${again[name]}` : DONE]),
    );
    assert.deepEqual(found, expected);
    for (const name of Object.keys(again)) assert.ok(name in found, name);

    const { code, events, stderr } = await darkroom([...command, '--json']);
    assert.equal(code, 0, stderr);
    const done = events.flatMap((event) =>
      event.event === 'outcome' && event.outcome.status === 'done' ? [event.outcome.output] : [],
    );
    assert.deepEqual(done.sort(), Object.keys(again).sort());
  });
}

test('failed exposures are tried again at every run, and are done as soon as they can be', async (t) => {
  const root = folder(t);
  const whole = exposure({ seed: 4 });
  const raw = lay(path.join(root, 'raw'), { 'good.mrc': exposure(), 'late.mrc': whole.subarray(0, 9000) });
  const out = path.join(root, 'out');
  const command = ['run', raw, '--no-flat-field', '-o', out];
  for (const run of [1, 2]) {
    const { code, stderr } = await darkroom(command);
    assert.equal(code, 2, `run ${run}`);
    assert.match(stderr, /failed {2}\S.*late\.mrc: found 9000 bytes, expected 25600/);
    assert.equal(report(out).exposures.find(({ output }) => output === 'late.mrc')?.fault?.kind, 'incomplete');
  }
  const late = path.join(raw, 'late.mrc');
  assert.deepEqual(await reasons(command), {
    'good.mrc': DONE,
    'late.mrc': `fail: ${report(out).exposures.find(({ output }) => output === 'late.mrc')!.fault!.message}`,
  });
  fs.writeFileSync(late, whole);
  assert.deepEqual(await reasons(command), { 'good.mrc': DONE, 'late.mrc': 'correct: failed before: incomplete' });
  assert.equal((await darkroom(command)).code, 0);
  assert.deepEqual(await reasons(command), { 'good.mrc': DONE, 'late.mrc': DONE });
  assert.deepEqual(journal(out, 'SELECT done, skipped, failed FROM runs ORDER BY id'), [
    { done: 1, skipped: 0, failed: 1 },
    { done: 0, skipped: 1, failed: 1 },
    { done: 1, skipped: 1, failed: 0 },
  ]);
});

test('an exposure that was corrected and then fails keeps its old output, and is no longer called done', async () => {
  const { raw, out, command } = corrected();
  const old = outputs(out);
  fs.truncateSync(path.join(raw, 'a.mrc'), 9000);
  assert.equal((await darkroom(command)).code, 2);
  assert.deepEqual(outputs(out), old);
  const found = await reasons(command);
  assert.match(found['a.mrc']!, /^fail: .*a\.mrc: found 9000 bytes, expected /);
  assert.deepEqual(found, {
    'a.mrc': found['a.mrc'],
    'b.mrc': DONE,
    'movie.mrcs': DONE,
  });
});

test('--dry-run of what was never corrected makes no folder, and finds what would fail', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure() });
  fs.symlinkSync('nowhere', path.join(raw, 'gone.mrc'));
  const untouched = tree(root);
  const { code, stdout } = await darkroom(['run', raw, '-o', path.join(root, 'out'), '--no-flat-field', '--dry-run']);
  assert.equal(code, 0);
  assert.match(stdout, /^correct {2}\S.*a\.mrc -> a\.mrc: new\nfail {5}\S.*gone\.mrc: is not there/);
  assert.equal(stdout.match(/gone\.mrc/g)?.length, 1, 'the name stands once');
  assert.deepEqual(tree(root), untouched);
});

test('--dry-run opens what it would correct: it names what would fail as the run then does, and adds up the rest', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), {
    'empty.mrc': '',
    'cut.mrc': exposure().subarray(0, 9000),
    'garbage.mrc': 'x'.repeat(5000),
    'good.mrc': exposure({ seed: 2 }),
    'small.mrc': exposure({ width: 64, height: 64 }),
    'a.mib': 'not read',
  });
  const { dark, bright } = references(root);
  const command = ['run', raw, '--dark', dark, '--bright', bright, '-o', path.join(root, 'out'), '--json'];
  const planned = await darkroom([...command, '--dry-run']);
  assert.equal(planned.code, 0, planned.stderr);
  const events = planned.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const would = Object.fromEntries(
    events.flatMap(({ event, output, would, reason }) => (event === 'intention' ? [[output, [would, reason]]] : [])),
  );
  const { events: told } = await darkroom(command);
  for (const event of told) {
    if (event.event !== 'outcome') continue;
    const { outcome } = event;
    const expected = outcome.status === 'failed' ? ['fail', outcome.fault.message] : ['correct', 'new'];
    assert.deepEqual(would[outcome.output], expected);
  }
  assert.equal(Object.keys(would).length, 5);
  const { settings: _, ...totals } = events.at(-1);
  assert.deepEqual(totals, {
    event: 'plan',
    correct: 1,
    skip: 0,
    fail: 4,
    copy: 0,
    ignore: 0,
    bytesIn: 1024 + 128 * 96 * 2,
    bytesOut: 128 * 96 * 2,
    refused: [],
  });
});

test('--dry-run shows the settings as they take effect, each with where it comes from, for people and for programs', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure() });
  lay(root, { 'night.yaml': 'noFlatField: true\ndespikePatch: 4\n' });
  const recipe = ['--recipe', path.join(root, 'night.yaml')];
  const command = ['run', raw, ...recipe, '-o', path.join(root, 'out'), '--scale', '2', '--dry-run'];
  const { stdout } = await darkroom([...command, '--json']);
  const plan = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    settings: { name: string; value: unknown; source: string; from: string | null }[];
  };
  const of = (name: string): unknown[] => {
    const { value, source, from } = plan.settings.find((each) => each.name === name)!;
    return [value, source, from];
  };
  assert.deepEqual(of('scale'), [2, 'command line', null]);
  assert.deepEqual(of('despikePatch'), [4, 'recipe', null]);
  assert.deepEqual(of('offset'), [0, 'default', null]);
  // What the recipe leaves open is what then runs: 8 deviations, and the range of uint16 seen through the scale.
  assert.deepEqual(of('despikeThreshold').slice(0, 2), [8, 'derived']);
  assert.deepEqual(of('clipHigh').slice(0, 2), [32_767.5, 'derived']);

  const people = await darkroom(command);
  assert.match(people.stdout, /^ {2}scale +2 \(command line\)$/m);
  assert.match(people.stdout, /^ {2}despikePatch +4 \(recipe\)$/m);
  assert.match(people.stdout, /^ {2}defaults: .*offset 0/m);
  assert.match(people.stdout, /^dry run, nothing was written: would correct 1 /m);
});

test('a raw folder that was moved is not corrected again', async () => {
  const { root, raw, command } = corrected();
  const moved = path.join(root, 'archive');
  fs.renameSync(raw, moved);
  const found = await reasons(command.map((word) => (word === raw ? moved : word)));
  assert.deepEqual(found, { 'a.mrc': DONE, 'b.mrc': DONE, 'movie.mrcs': DONE });
});
