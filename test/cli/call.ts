/** Calls of the command line in tests: by its parts, or as a process of its own. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { understand } from '../../src/cli/parsing/arguments.ts';
import { runSettings } from '../../src/cli/parsing/settings.ts';
import type { RunSettings } from '../../src/correct/settings.ts';

export const BIN = fileURLToPath(new URL('../../../bin/darkroom.js', import.meta.url));

// The test runner sets it on a terminal; what is said here is not meant for one.
delete process.env.FORCE_COLOR;

/** The settings that a command line of `run` leads to; words are separated by single spaces. */
export async function settingsOf(line: string): Promise<RunSettings> {
  const asked = await understand(['run', ...line.split(' ')], COMMANDS, 80);
  if (!('command' in asked)) throw new Error(`not understood as a command: ${line}`);
  return runSettings({ given: asked.given, words: asked.words, line });
}

/** What a command line prints instead of running a command. */
export async function printedBy(argv: readonly string[], columns = 80): Promise<string> {
  const asked = await understand(argv, COMMANDS, columns);
  return 'print' in asked ? asked.print : '';
}

/** Longer than anything here takes: what is not over by then hangs, and its test fails. */
const HANGS_MS = 120_000;

/** `darkroom` as a process of its own. */
export function darkroom(...argv: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...argv], {
    encoding: 'utf8',
    timeout: HANGS_MS,
    killSignal: 'SIGKILL',
  });
  return { code: status, out: stdout, err: stderr };
}

interface Ending {
  after(clean: () => void): void;
}

/** An empty folder that is gone after the test. */
export function folderFor(test: Ending): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-cli-')));
  test.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file with this content in a new folder. */
export function fileFor(test: Ending, name: string, content: string | Uint8Array): string {
  const file = path.join(folderFor(test), name);
  fs.writeFileSync(file, content);
  return file;
}
