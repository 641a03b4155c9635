/**
 * Loaded into the process before everything else (`node --import`), and into each of its threads: makes one call of the
 * system fail, as the environment variable INJECT says. Without it, it writes a line for each call into the file that
 * INJECT_LOG names.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread, workerData } from 'node:worker_threads';
import zlib from 'node:zlib';

/** The main thread of the process, the thread in which `run` and `watch` work, and those that correct exposures. */
export type Thread = 'main' | 'run' | 'worker';

/** `call`: a function of `node:fs`, of its promises as `promises.stat`, or of `node:zlib` as `zlib.deflateSync`. */
export interface Injection {
  readonly call: string;
  readonly thread: Thread;
  /** Which of its calls in this thread fails, from 0; all from there on where it says so. */
  readonly nth: number;
  readonly on?: true;
  /** Only calls with this in their path are counted. */
  readonly path?: string;
  /** As the system says it; null: a bug is thrown instead. */
  readonly error: { readonly code: string; readonly errno: number } | null;
}

export const CALLS = [
  ...['openSync', 'closeSync', 'readSync', 'writeSync', 'fstatSync', 'statSync', 'statfsSync', 'fsyncSync'],
  ...['renameSync', 'mkdirSync', 'rmSync', 'readdirSync', 'existsSync', 'linkSync', 'unlinkSync', 'lstatSync'],
  ...['write', 'readv', 'stat', 'lstat', 'open', 'fstat'],
  // Pictures of the page are drawn with it.
  'zlib.deflateSync',
  ...['promises.stat', 'promises.readdir', 'promises.realpath', 'promises.statfs'],
] as const;

type Call = (...args: unknown[]) => unknown;

const real = { openSync: fs.openSync, writeSync: fs.writeSync, closeSync: fs.closeSync };

// The run thread is told its command; workers are told of references and memory.
const isRun = (workerData as { readonly command?: string } | null)?.command !== undefined;
const thread: Thread = isMainThread ? 'main' : isRun ? 'run' : 'worker';
const asked: Injection | null = process.env.INJECT ? (JSON.parse(process.env.INJECT) as Injection) : null;
const log = process.env.INJECT_LOG;

for (const name of CALLS) {
  const [, module, key = ''] = /^(?:(promises|zlib)\.)?(.*)$/.exec(name)!;
  const holder = module === 'promises' ? fs.promises : module === 'zlib' ? zlib : fs;
  const functions = holder as unknown as Record<string, Call>;
  const original = functions[key]!;
  let count = 0;
  const injected: Call = (...args) => {
    const [first] = args;
    const file = typeof first === 'string' ? first : '';
    if (asked) {
      const meant = asked.call === name && asked.thread === thread && file.includes(asked.path ?? '');
      const at = meant ? count++ : -1;
      if (at === asked.nth || (asked.on && at > asked.nth)) return fail(name, file, args.at(-1));
    } else if (log) {
      // Not through what is counted here.
      const fd = real.openSync(log, 'a');
      real.writeSync(fd, `${thread} ${name}\n`);
      real.closeSync(fd);
    }
    return original.apply(holder, args);
  };
  // How it is made a promise of.
  for (const symbol of Object.getOwnPropertySymbols(original))
    Object.defineProperty(injected, symbol, Object.getOwnPropertyDescriptor(original, symbol)!);
  functions[key] = injected;
}

// For those who import them by name.
syncBuiltinESMExports();

function fail(name: string, file: string, last: unknown): unknown {
  const error = asked!.error
    ? Object.assign(new Error(`${asked!.error.code}: injected, ${name}`), {
        ...{ ...asked!.error, errno: -asked!.error.errno, syscall: name.replace(/Sync$|^promises\./, '') },
        ...(file && { path: file }),
      })
    : new TypeError('injected');
  if (typeof last === 'function') return void setImmediate(() => last(error));
  if (name.startsWith('promises.')) return Promise.reject(error);
  throw error;
}
