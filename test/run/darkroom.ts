/** The words of the tests of the whole program: the real command on real files in folders of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import type { RunEvent } from '../../src/model/events.ts';
import { counted, withSpikes } from '../made/images.ts';
import { type MadeMrc, madeMrc } from '../made/mrc.ts';

export const BIN = fileURLToPath(new URL('../../../bin/darkroom.js', import.meta.url));

// The test runner sets it on a terminal; what is said here is not meant for one.
delete process.env.FORCE_COLOR;

/** Longer than anything here takes: what is not over by then hangs. */
const HANGS_MS = 120_000;

/** How a process ended. `code` is null when a signal ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines of stdout that are JSON. */
  readonly events: RunEvent[];
}

export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** User and group to run as; needs root. */
  readonly user?: number;
  /** Another program than the command: a script that starts it. */
  readonly bin?: string;
}

/** Runs the command to its end. */
export const darkroom = (args: readonly string[], around: Surroundings = {}): Promise<Ended> =>
  new Running(args, around).ended;

/** The command while it runs. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], { cwd, env, user, bin = BIN }: Surroundings = {}) {
    this.child = spawn(process.execPath, [bin, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: HANGS_MS,
      killSignal: 'SIGKILL',
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
      events: eventsIn(this.#stdout),
    }));
  }

  /** Waits until so many exposures have an outcome (with --json); false when the process ended before. */
  outcomes(count: number): Promise<boolean> {
    return this.#until(() => (this.#stdout.match(/"event":"outcome"/g) ?? []).length >= count);
  }

  /** Waits until stderr says `text`; false when the process ended before. */
  says(text: string): Promise<boolean> {
    return this.#until(() => this.#stderr.includes(text));
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async #until(met: () => boolean): Promise<boolean> {
    let over = false;
    this.ended.then(() => {
      over = true;
    }, undefined);
    while (!met() && !over) await pause(2);
    return met() && !over;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function eventsIn(stdout: string): RunEvent[] {
  const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line.startsWith('{"event"'))
    .map((line) => JSON.parse(line) as RunEvent);
}

/** A folder of a test's own, removed after it. Its name has what careless programs stumble over. */
export function folder(t: TestContext): string {
  const made = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom run #1 %20-')));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

/** An MRC exposure of counted electrons with a few spikes; the seed decides about every pixel. */
export function exposure({
  width = 128,
  height = 96,
  seed = 1,
  ...others
}: Partial<MadeMrc> & { seed?: number } = {}): Uint8Array {
  const { image } = withSpikes(counted({ width, height, seed }), { count: 5, by: 3000, seed });
  return madeMrc({ width, height, mode: 6, pixels: image.pixels, ...others });
}

/** A stack of one pattern again and again: quickly made however many frames it has. */
export function stack(frames: number, { width = 128, height = 96, seed = 1 } = {}): Buffer {
  const frame = exposure({ width, height, seed });
  const pixels = Buffer.from(frame.subarray(1024));
  const header = Buffer.from(frame.subarray(0, 1024));
  // MRC2014, words 3 and 10: sections, and the grid along z.
  for (const at of [8, 36]) header.writeInt32LE(frames, at);
  return Buffer.concat([header, ...Array.from({ length: frames }, () => pixels)]);
}

/** Dark and bright references for the exposures above. */
export function references(into: string, { width = 128, height = 96 } = {}): { dark: string; bright: string } {
  const flat = (mean: number, seed: number): Uint8Array =>
    madeMrc({ width, height, mode: 6, pixels: counted({ width, height, seed, mean }).pixels });
  const files = { dark: path.join(into, 'dark.mrc'), bright: path.join(into, 'bright.mrc') };
  fs.writeFileSync(files.dark, flat(20, 11));
  fs.writeFileSync(files.bright, flat(4000, 12));
  return files;
}

/** Writes a tree of files, folders made as needed. */
export function lay(root: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), content);
  }
  return root;
}

/** Everything below a folder: kind, content and modification time of each, by relative path. */
export function tree(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = fs.lstatSync(path.join(root, name), { bigint: true, throwIfNoEntry: false });
    // A name that is not UTF-8: as text it leads nowhere.
    if (!stat) continue;
    const content = stat.isFile() ? sha256(path.join(root, name)) : '';
    found[name] = `${stat.mode.toString(8)} ${stat.mtimeNs} ${content}`;
  }
  return found;
}

export const sha256 = (file: string): string => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

/** Content of the corrected exposures below an output folder, by relative path. */
export function outputs(out: string): Record<string, string> {
  return Object.fromEntries(
    fs
      .readdirSync(out, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(mrcs?|st|tiff?)$/i.test(name) && fs.statSync(path.join(out, name)).isFile())
      .sort()
      .map((name) => [name, sha256(path.join(out, name))]),
  );
}

/** What a query of an output folder's journal finds. */
export function journal(out: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path.join(out, 'darkroom.sqlite'), { timeout: 5000, readOnly: true });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

export const report = (out: string): Report => JSON.parse(fs.readFileSync(path.join(out, 'report.json'), 'utf8'));

type Report = import('../../src/report/shape.ts').Report;

/**
 * A raw folder with two quick exposures and, after them, one that takes long: a stack that is mostly a hole in its file.
 */
export function longSession(root: string): string {
  const raw = lay(path.join(root, 'raw'), { 'a1.mrc': exposure({ seed: 1 }), 'a2.mrc': exposure({ seed: 2 }) });
  const [width, height, frames] = [2048, 2048, 60];
  fs.writeFileSync(path.join(raw, 'slow.mrc'), madeMrc({ width, height, frames: 0, mode: 6, lies: { 8: frames } }));
  fs.truncateSync(path.join(raw, 'slow.mrc'), 1024 + width * height * 2 * frames);
  return raw;
}

export const isRoot = process.getuid?.() === 0;
