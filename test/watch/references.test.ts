/** References that are replaced while a watch goes on: every exposure is corrected with, and names, those of its time. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { descriptionOf } from '../../src/formats/index.ts';
import { madeMrc } from '../made/mrc.ts';
import { BIN, darkroom, sha256 } from '../run/darkroom.ts';
import { done, exposure, failures, type Place, place, ready, SMALL, type Watcher, watcherOf } from './watching.ts';

/** A norm all of one value: what it makes of an exposure tells which it was. */
function norm(file: string, value: number): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const pixels = new Float32Array(SMALL.width * SMALL.height).fill(value);
  fs.writeFileSync(`${file}.new`, madeMrc({ ...SMALL, mode: 2, pixels }));
  fs.renameSync(`${file}.new`, file);
  return sha256(file);
}

function watching(
  t: TestContext,
  { raw, out }: Place,
  more: readonly string[],
  env: Record<string, string> = {},
): Watcher {
  const argv = [BIN, 'watch', raw, '--out', out, '--threads', '1', '--json', '--settle', '0.5', ...more];
  const { INVOCATION_ID: _, ...own } = process.env;
  return watcherOf(t, spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...own, ...env } }));
}

/** Which reference the event and the label of an output name. */
async function used(watcher: Watcher, { out }: Place, name: string): Promise<string[]> {
  const [outcome] = watcher.outcomes(name).filter(({ status }) => status === 'done');
  assert.ok(outcome?.status === 'done', `${name}: ${watcher.said()}`);
  const [hash = ''] = outcome.references!.map((each) => each.hash);
  const label = (await descriptionOf(path.join(out, name))).join(' ');
  assert.ok(label.includes(hash.slice(0, 12)), `${label} has ${hash.slice(0, 12)}`);
  return [hash];
}

const take = ({ raw }: Place, seed: number): string => {
  const name = `${seed}.mrc`;
  fs.writeFileSync(path.join(raw, name), exposure(seed));
  return name;
};

test('a reference that is replaced and reloaded counts for exposures taken from then on; older ones keep theirs', async (t) => {
  const at = place(t);
  const gain = path.join(at.folder, 'references', 'gain.mrc');
  const old = norm(gain, 1);
  const watcher = watching(t, at, ['--norm', gain]);
  await ready(watcher);
  const first = take(at, 1);
  await done(watcher, first);
  const young = norm(gain, 1.1);
  // Before anybody says so, what is in memory stays in use.
  const between = take(at, 2);
  await done(watcher, between);
  const answer = await darkroom(['reload', at.out]);
  assert.equal(answer.code, 0, answer.stderr);
  assert.match(answer.stdout, /references are read again.*gain\.mrc/);
  const later = take(at, 3);
  // Taken before, arrived after.
  const late = take(at, 4);
  const before = Date.now() / 1000 - 3600;
  fs.utimesSync(path.join(at.raw, late), before, before);
  await done(watcher, later);
  await done(watcher, late);
  assert.deepEqual(await used(watcher, at, first), [old]);
  assert.deepEqual(await used(watcher, at, between), [old]);
  assert.deepEqual(await used(watcher, at, later), [young]);
  assert.deepEqual(await used(watcher, at, late), [old]);
  assert.equal(await watcher.ended('SIGTERM'), 143);
});

test('new references in the folder of references count without a restart, from their own time on', async (t) => {
  const at = place(t);
  const folder = path.join(at.folder, 'references');
  const hour = 3_600_000;
  const taken = (file: string, ms: number): void => fs.utimesSync(file, ms / 1000, ms / 1000);
  const old = norm(path.join(folder, 'gain-monday.mrc'), 1);
  taken(path.join(folder, 'gain-monday.mrc'), Date.now() - 2 * hour);
  const watcher = watching(t, at, ['--references-folder', folder]);
  await ready(watcher);
  const first = take(at, 1);
  await done(watcher, first);
  const young = norm(path.join(folder, 'gain-tuesday.mrc'), 1.1);
  taken(path.join(folder, 'gain-tuesday.mrc'), Date.now() - hour);
  await watcher.until(
    'the folder is read again',
    ({ said }) =>
      said().includes('references are read again') ||
      watcher.events.some((event) => event.event === 'note' && /references are read again/.test(event.message)),
  );
  const later = take(at, 2);
  const late = take(at, 3);
  taken(path.join(at.raw, late), Date.now() - 1.5 * hour);
  await done(watcher, later);
  await done(watcher, late);
  assert.deepEqual(await used(watcher, at, first), [old]);
  assert.deepEqual(await used(watcher, at, later), [young]);
  assert.deepEqual(await used(watcher, at, late), [old]);
  assert.equal(await watcher.ended('SIGTERM'), 143);
  // A run with the same folder finds the same.
  const again = await darkroom(['run', at.raw, '--references-folder', folder, '-o', at.out, '--dry-run']);
  assert.match(again.stdout, /2 done already/, again.stdout);
});

test('an edited recipe takes effect by SIGHUP under a service manager; a wrong one is refused, and the old one stays', async (t) => {
  const at = place(t);
  const gains = ['one', 'two'].map((name) => path.join(at.folder, `${name}.mrc`)) as [string, string];
  const [one, two] = [norm(gains[0], 1), norm(gains[1], 1.1)];
  const recipe = path.join(at.folder, 'recipe.yaml');
  fs.writeFileSync(recipe, 'references: [{norm: one.mrc}]');
  const watcher = watching(t, at, ['--recipe', recipe], { INVOCATION_ID: 'a'.repeat(32) });
  await ready(watcher);
  const first = take(at, 1);
  await done(watcher, first);
  for (const [text, reason] of [
    ['references: [{norm: three.mrc}]', /stay as they were: .*three\.mrc: is not there/],
    [
      'references: [{norm: one.mrc, when: {width: wide}}]',
      /stay as they were: .*references\[1\]\.when\.width: found "wide"/,
    ],
    [
      'references: [{norm: one.mrc}]\nscale: 2',
      /stay as they were: scale changed, but only references and rules can change/,
    ],
  ] as const) {
    fs.writeFileSync(recipe, text);
    const refused = await darkroom(['reload', at.out]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, reason);
  }
  const second = take(at, 2);
  await done(watcher, second);
  fs.writeFileSync(recipe, 'references: [{norm: two.mrc}]\nrules: [{when: {files: "4*"}, do: ignore}]');
  watcher.process.kill('SIGHUP');
  await watcher.until('it says so', ({ events }) =>
    events.some((event) => event.event === 'note' && /references are read again.*two\.mrc/.test(event.message)),
  );
  const third = take(at, 3);
  const fourth = take(at, 4);
  await done(watcher, third);
  await watcher.until('the rule counts', ({ outcomes }) => outcomes(fourth).length > 0);
  const [ignored] = watcher.outcomes(fourth);
  assert.ok(ignored?.status === 'skipped' && ignored.rule === 'ignored');
  assert.deepEqual(
    [await used(watcher, at, first), await used(watcher, at, second), await used(watcher, at, third)],
    [[one], [one], [two]],
  );
  assert.deepEqual(failures(watcher.outcomes()), []);
  assert.equal(await watcher.ended('SIGTERM'), 143);
});

test('where no watch is running there is nothing to reload', async (t) => {
  const at = place(t);
  const ended = await darkroom(['reload', at.raw]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /no watch is running there/);
});

test('a folder of references that was empty serves the exposures that wait; one that is replaced there counts from its own time on', async (t) => {
  const at = place(t);
  const folder = path.join(at.folder, 'references');
  fs.mkdirSync(folder);
  const watcher = watching(t, at, ['--references-folder', folder]);
  await ready(watcher);
  const early = take(at, 1);
  await watcher.until('there are no references yet', ({ outcomes }) =>
    failures(outcomes(early)).includes('references'),
  );
  const rereads = (): number =>
    watcher.events.filter((event) => event.event === 'note' && /references are read again/.test(event.message)).length;
  const old = norm(path.join(folder, 'gain.mrc'), 1);
  await watcher.until('it is read', () => rereads() === 1);
  // Taken before the references, arrived after them.
  const first = take(at, 2);
  const before = Date.now() / 1000 - 3600;
  fs.utimesSync(path.join(at.raw, first), before, before);
  await done(watcher, first);
  const young = norm(path.join(folder, 'gain.mrc'), 1.1);
  await watcher.until('it is read again', () => rereads() === 2);
  const later = take(at, 3);
  await done(watcher, later);
  assert.deepEqual([await used(watcher, at, first), await used(watcher, at, later)], [[old], [young]]);
  assert.equal(await watcher.ended('SIGTERM'), 143);
});
