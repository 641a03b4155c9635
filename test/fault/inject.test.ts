/**
 * Whatever call of the system fails, once or from then on, in the run thread or in a worker: nothing but the exposure that
 * it was about is lost, the exit code says so, and the same command goes on. A bug that one exposure meets is its failure.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inHandfuls } from '../../src/intake/in-flight.ts';
import { darkroom, type Ended, exposure, lay, outputs, references, report, tree } from '../run/darkroom.ts';
import type { Injection, Thread } from './inject.ts';

const HOOK = pathToFileURL(fileURLToPath(new URL('./inject.js', import.meta.url))).href;

const root = fs.mkdtempSync('/tmp/darkroom-fault-');
after(() => fs.rmSync(root, { recursive: true, force: true }));

const raw = path.join(root, 'raw');
const NAMES = ['e0.mrc', 'e1.mrc', 'e2.mrc', 'sub/e3.mrc'];
let expected: Record<string, string>;
let untouched: Record<string, string>;
let args: string[];

before(async () => {
  lay(raw, Object.fromEntries(NAMES.map((name, seed) => [name, exposure({ seed })])));
  const { dark, bright } = references(root);
  args = ['run', raw, '--dark', dark, '--bright', bright, '--threads', '1', '-o'];
  const clean = await darkroom([...args, path.join(root, 'clean')]);
  assert.equal(clean.code, 0, clean.stderr);
  expected = outputs(path.join(root, 'clean'));
  untouched = tree(raw);
});

const ERRORS = {
  EIO: { code: 'EIO', errno: 5 },
  quota: { code: 'Unknown system error -122', errno: 122 },
  handles: { code: 'EMFILE', errno: 24 },
  denied: { code: 'EACCES', errno: 13 },
  bug: null,
} as const;

type Case = Omit<Injection, 'error'> & {
  readonly error: keyof typeof ERRORS;
  readonly exits: readonly number[];
  /** The outputs are there already, and are replaced. */
  readonly replacing?: true;
};

/** Runs with one injection into a folder of its own; `out` is that folder. */
async function injected({ exits: _, error, replacing, ...injection }: Case, out: string): Promise<Ended> {
  const INJECT = JSON.stringify({ ...injection, error: ERRORS[error] });
  if (replacing) assert.equal((await darkroom([...args, out])).code, 0);
  return await darkroom([...args, out, ...(replacing ? ['--force'] : [])], {
    env: { INJECT, NODE_OPTIONS: `--import ${HOOK}` },
  });
}

/** What holds whatever happened; then the same command without trouble must complete the rest. */
async function holds(each: Case, out: string): Promise<void> {
  const told = JSON.stringify(each);
  const { code, stderr, stdout } = await injected(each, out);
  const said = `${told}\n${stdout}\n${stderr}`;
  assert.ok(each.exits.includes(code!), `exit code ${code}, expected ${each.exits.join(' or ')}: ${said}`);
  if (each.error !== 'bug') assert.doesNotMatch(stderr, /is a bug|^ {4}at /m, said);
  assert.doesNotMatch(stderr, /UnhandledPromise|uncaught/i, said);
  const made = fs.existsSync(out) ? outputs(out) : {};
  for (const [name, hash] of Object.entries(made)) assert.equal(hash, expected[name], `${name}: ${said}`);
  const failed = stderr.match(/^failed {2}/gm)?.length ?? 0;
  if (code === 0) assert.deepEqual(made, expected, said);
  if (code === 2) assert.ok(failed > 0 && failed < NAMES.length, said);
  if (code === 2) assert.ok(Object.keys(made).length >= NAMES.length - failed, said);
  if (code === 3) assert.match(stderr, /stopping: |^darkroom: /m, said);
  const again = await darkroom([...args, out]);
  assert.equal(again.code, 0, `again: ${again.stderr}\n${said}`);
  assert.deepEqual(outputs(out), expected, said);
  assert.deepEqual(report(out).totals.done + report(out).totals.skipped, NAMES.length, said);
  assert.deepEqual(tree(raw), untouched, 'raw files are as they were');
}

const once = (thread: Thread, call: string, error: Case['error'], exits: number[], more = {}): Case => ({
  ...{ thread, call, error, exits, nth: 0 },
  ...more,
});

const EXPOSURE = { path: 'e1.mrc' };

/** What is about one exposure is that exposure's failure, or passes with another attempt. */
const OF_ONE: readonly Case[] = [
  once('worker', 'openSync', 'EIO', [2], EXPOSURE),
  once('worker', 'openSync', 'handles', [0], EXPOSURE),
  once('worker', 'openSync', 'bug', [2], EXPOSURE),
  // Whether the references fit it is looked at before; its own turn comes.
  once('run', 'openSync', 'bug', [0], { path: 'e0.mrc' }),
  once('run', 'stat', 'bug', [2], EXPOSURE),
  once('worker', 'writeSync', 'bug', [2], { nth: 2 }),
  once('worker', 'linkSync', 'bug', [2], { nth: 1 }),
  // Not every file system has links: the output is renamed into place.
  once('worker', 'linkSync', 'denied', [0], { nth: 1 }),
  once('worker', 'lstatSync', 'denied', [2], { nth: 1 }),
  once('worker', 'renameSync', 'denied', [2], { nth: 1, replacing: true }),
  once('worker', 'renameSync', 'bug', [2], { nth: 1, replacing: true }),
];

/** What is about the disk of the output stops the run; too few handles pass, or stop it. */
const OF_ALL: readonly Case[] = [
  once('worker', 'writeSync', 'quota', [3]),
  once('worker', 'fsyncSync', 'quota', [3], { nth: 1 }),
  once('worker', 'linkSync', 'quota', [3], { nth: 2 }),
  once('worker', 'renameSync', 'quota', [3], { nth: 2, replacing: true }),
  once('worker', 'mkdirSync', 'quota', [3]),
  once('run', 'mkdirSync', 'quota', [3]),
  once('run', 'mkdirSync', 'quota', [3], { nth: 1 }),
  once('worker', 'openSync', 'handles', [3], { ...EXPOSURE, on: true }),
];

for (const [what, cases] of [
  ['an error about one exposure is that exposure alone', OF_ONE],
  ['an error of the output disk stops the run, which the same command completes', OF_ALL],
] as const) {
  test(what, async () => {
    const numbered = cases.map((each, i) => ({ each, out: path.join(root, `${what.length}-${i}`) }));
    await inHandfuls(numbered, ({ each, out }) => holds(each, out));
  });
}
