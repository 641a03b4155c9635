/**
 * Where the process begins. Commands that correct work in a thread of their own (`run-thread.ts`): it is started first, and
 * loads what it needs while the command line is still being understood.
 */

import { scarcity } from '../model/system-error.ts';
import { RunThread } from '../run-thread.ts';
import { guardStreams, warn } from './terminal/streams.ts';

export async function main(argv: readonly string[]): Promise<void> {
  guardStreams();
  const thread = threadFor(argv);
  try {
    const { exitCodeOf } = await import('./exit-code.ts');
    process.exitCode = await exitCodeOf(argv, thread);
  } catch (error) {
    const lacks = scarcity(error);
    if (lacks === null) throw error;
    warn(`darkroom: ${lacks}`);
    process.exitCode = 3;
  } finally {
    thread?.close();
  }
}

/** Null where none is needed, or none can be started now: the command tries again, and tells. */
function threadFor([command, ...words]: readonly string[]): RunThread | null {
  if (command !== 'run' && command !== 'watch') return null;
  if (words.length === 0 || words.some((word) => NO_THREAD.has(word))) return null;
  try {
    return new RunThread(command);
  } catch {
    return null;
  }
}

/** Options that only print something. */
const NO_THREAD: ReadonlySet<string> = new Set(['--help', '-h', '--dry-run', '--json-schema']);
