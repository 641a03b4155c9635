/** The words in which tests of watch speak: a watcher as a process of its own, writers, and what a batch run makes of the same. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EVENT_SCHEMA } from '../../src/cli/terminal/event-schema.ts';
import type { RunEvent, Status } from '../../src/model/events.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { BIN, darkroom } from '../cli/call.ts';
import { counted } from '../made/images.ts';
import { madeMrc } from '../made/mrc.ts';
import { departures } from '../report/conforms.ts';

const WRITER = fileURLToPath(new URL('./writer.js', import.meta.url));

/** The tests are never about how fast something is: this is only so that a broken one ends. */
const PATIENCE = 60_000;

interface Ending {
  after(clean: () => unknown): void;
}

/** A place for one test: raw folder, output folder, and a cupboard for finished exposures. */
export function place(t: Ending, within = os.tmpdir()) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(within, 'darkroom-watch-')));
  /** To be undone before the folder is removed, the last thing first. */
  const undo: (() => unknown)[] = [];
  t.after(() => {
    for (const each of undo.reverse()) each();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const [raw, out, cupboard] = ['raw', 'out', 'cupboard'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  fs.mkdirSync(raw);
  fs.mkdirSync(cupboard);
  return { folder, raw, out, cupboard, undo };
}

export type Place = ReturnType<typeof place>;

export const SMALL = { width: 48, height: 32 } as const;

/** An exposure of noise; another seed is another one. */
export function exposure(
  seed: number,
  { width, height, frames = 1 }: { width: number; height: number; frames?: number } = SMALL,
): Uint8Array {
  const { pixels } = counted({ width, height: height * frames, seed });
  return madeMrc({ width, height, frames, mode: 6, pixels });
}

/** Puts a finished exposure into the cupboard, where writers take it from. */
export function finished(at: Place, seed: number, frames = 1): string {
  const file = path.join(at.cupboard, `${seed}.mrc`);
  fs.writeFileSync(file, exposure(seed, { ...SMALL, frames }));
  return file;
}

/** Runs a writer process to its end. */
export async function writes(source: string, ...steps: string[]): Promise<void> {
  const writer = spawn(process.execPath, [WRITER, source, ...steps], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(writer, 'exit');
  assert.equal(code, 0, 'the writer itself');
}

export interface Watcher {
  readonly process: ChildProcess;
  readonly events: readonly RunEvent[];
  said(): string;
  outcomes(name?: string): Outcome[];
  status(): Status | undefined;
  /** Waits until something is so. */
  until(what: string, so: (watcher: Watcher) => boolean): Promise<void>;
  /** Ends it by a signal, or waits for its own end; returns the exit code, or the signal that killed it. */
  ended(signal?: NodeJS.Signals): Promise<number | string>;
}

/** Settles after 0.5 s, one thread; `more` is added to the command line. */
export function watching(t: Ending, { raw, out }: Pick<Place, 'raw' | 'out'>, ...more: string[]): Watcher {
  const usual = ['--no-flat-field', '--threads', '1', '--json'];
  const argv = [
    BIN,
    'watch',
    raw,
    '--out',
    out,
    ...usual,
    ...(more.includes('--settle') ? [] : ['--settle', '0.5']),
    ...more,
  ];
  return watcherOf(t, spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

export function watcherOf(t: Ending, child: ChildProcess): Watcher {
  const events: RunEvent[] = [];
  /** Every line of every test is held against the published schema. */
  const wrong: string[] = [];
  let [rest, told] = ['', ''];
  child.stdout!.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const event = JSON.parse(line) as RunEvent;
      events.push(event);
      wrong.push(...departures(event, EVENT_SCHEMA));
    }
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    told += chunk;
  });
  const exit = once(child, 'close') as Promise<[number | null, string | null]>;
  t.after(() => child.kill('SIGKILL'));
  const watcher: Watcher = {
    process: child,
    events,
    said: () => told,
    outcomes: (name) =>
      events.flatMap((event) =>
        event.event === 'outcome' && (name === undefined || path.basename(event.outcome.input) === name)
          ? [event.outcome]
          : [],
      ),
    status: () => events.flatMap((event) => (event.event === 'status' ? [event.status] : [])).at(-1),
    async until(what, so) {
      for (const end = performance.now() + PATIENCE; performance.now() < end; await sleep(30)) {
        if (so(watcher)) return;
        if (child.exitCode !== null) break;
      }
      assert.ok(so(watcher), `${what}; it said:\n${told}\n${events.map((each) => JSON.stringify(each)).join('\n')}`);
    },
    async ended(signal) {
      if (signal) child.kill(signal);
      const late = setTimeout(() => child.kill('SIGKILL'), 5 * PATIENCE);
      const [code, killed] = await exit;
      clearTimeout(late);
      assert.deepEqual(wrong, [], 'events are as their schema says');
      return code ?? killed!;
    },
  };
  return watcher;
}

/** The watcher has made its first round and waits. */
export const ready = (watcher: Watcher): Promise<void> =>
  watcher.until('it watches', ({ status }) => status() !== undefined);

export const done = (watcher: Watcher, name: string, times = 1): Promise<void> =>
  watcher.until(`${name} corrected ${times} times`, ({ outcomes }) => corrections(outcomes(name)) >= times);

export const corrections = (outcomes: readonly Outcome[]): number =>
  outcomes.filter(({ status }) => status === 'done').length;

export const failures = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome.fault.kind] : []));

/** Every output is what a batch run makes of the raw files that are there now, and nothing half-made lies about. */
export function assertAsBatch({ raw, out, folder }: Place): string[] {
  const batch = path.join(folder, `batch-${Math.random()}`);
  const { err } = darkroom('run', raw, '--out', batch, '--no-flat-field', '--threads', '1');
  const names = exposuresIn(batch);
  assert.deepEqual(exposuresIn(out), names, err);
  for (const name of names)
    assert.ok(fs.readFileSync(path.join(out, name)).equals(fs.readFileSync(path.join(batch, name))), `${name} differs`);
  assert.deepEqual(leftovers(out), []);
  fs.rmSync(batch, { recursive: true });
  return names;
}

export const exposuresIn = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(mrc|st|tif)$/.test(name))
    .sort();

export const leftovers = (out: string): string[] =>
  fs.readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part'));
