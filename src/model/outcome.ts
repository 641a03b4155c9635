/** What becomes of an exposure, and the ways in which it can fail. Plain data: it crosses threads and goes into the journal. */

import type { Exposure, WrittenType } from './exposure.ts';
import type { Figures } from './record.ts';
import type { ReferenceFile } from './reference-file.ts';
import type { Sample } from './sample.ts';

export { type Counts, noCounts, noTimes, STAGES, type Stage, type StageTimes } from './record.ts';

/** Kinds of failure, each named for what a person has to look at: what it means, and what to do about it. */
export const FAULTS = {
  missing: {
    means: 'the file is not there (any more)',
    advice: 'check that the files were not moved while the run went on',
  },
  unreadable: {
    means: 'the file cannot be opened or read',
    advice: 'check permissions, the disk or the share, then run again',
  },
  name: {
    means: 'the name of the file cannot be used',
    advice: 'rename the files',
  },
  format: {
    means: 'the content is no image of a known format',
    advice: 'look whether these are exposures at all; leave others out with --exclude',
  },
  unsupported: {
    means: 'an image of a kind that is not read',
    advice: 'convert them first; each message says to what',
  },
  corrected: {
    means: 'an image that darkroom wrote, no raw exposure',
    advice: 'leave them out with --exclude, or give --allow-corrected to correct them again',
  },
  incomplete: {
    means: 'the file is shorter than its header says',
    advice: 'copy them again, or wait until they are written, then run again',
  },
  changed: {
    means: 'the file changed while it was read',
    advice: 'run again when nothing writes to them any more',
  },
  geometry: {
    means: 'the size does not fit the references',
    advice: 'use the references that were taken with this camera mode',
  },
  references: {
    means: 'no set of references, or more than one, is meant for it',
    advice: 'give each exposure one set: see darkroom help references',
  },
  spikes: {
    means: 'more spikes than --max-spikes',
    advice: 'use --despike off for counted electrons, or raise --max-spikes',
  },
  range: {
    means: 'more than 1 % of the pixels were changed by clip or range, or are no finite numbers',
    advice: 'each message says what keeps the pixels, or why the file is no exposure to keep',
  },
  suspect: {
    means: 'suspect, and --strict was given',
    advice: 'look at them, or run without --strict',
  },
  collision: {
    means: 'another exposure or another program has the same output',
    advice: 'move away what is in the way, rename one of two exposures with one name, or choose another --out',
  },
  output: {
    means: 'the output cannot be written',
    advice: 'check the permissions of the output folder, then run again',
  },
  large: {
    means: 'the output is larger than the room on its disk',
    advice: 'make room for them, or leave them out with --exclude',
  },
  disk: {
    means: 'no room on the disk of the output',
    advice: 'make room, then run again',
  },
  away: {
    means: 'the disk or share of the output went away, or may not be written',
    advice: 'check the disk or share of the output folder, then run again',
  },
  scarce: {
    means: 'too few file handles, threads or memory on this computer',
    advice: 'raise the limits (ulimit -n, ulimit -u) or use fewer --threads, then run again',
  },
  crash: {
    means: 'darkroom itself failed on this exposure',
    advice: 'run again with fewer --threads; if it comes back, report the file as a bug',
  },
} as const;

export type FaultKind = keyof typeof FAULTS;

/** An expected failure. Thrown inside a worker or a command, it becomes a value at the edge: it never crosses a thread. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;
  constructor(kind: FaultKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What identifies the content of a file without reading it. Times in nanoseconds since 1970. */
export interface Identity {
  readonly size: number;
  readonly mtimeNs: bigint;
}

/** What one look at a file sees: `size` in bytes, `mtimeMs` since 1970 as `fs.Stats` has it. */
export interface Look {
  readonly size: number;
  readonly mtimeMs: number;
}

/** Whether two looks saw the same. Not the inode: some shares give a file another one at every look. */
export const sameLook = (a: Look, b: Look): boolean => a.size === b.size && a.mtimeMs === b.mtimeMs;

/** The nanoseconds as `fs.Stats` counts milliseconds, to the last bit: whole seconds, and what is above them. */
export function lookOf({ size, mtimeNs }: Identity): Look {
  const above = ((mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { size, mtimeMs: Number((mtimeNs - above) / 1_000_000_000n) * 1000 + Number(above) / 1e6 };
}

/** What the correction of one exposure found and wrote. */
export interface Corrected extends Figures {
  readonly exposure: Exposure;
  readonly type: WrittenType;
  /** Reasons to look at it; empty when there are none. */
  readonly suspect: readonly string[];
  /** Reported once per run: files with odd headers, references flipped vertically, images too small to despike. */
  readonly notes: readonly string[];
  /** The steps that ran, in order, for the time saved. */
  readonly steps: readonly string[];
  /** Size of the output. */
  readonly bytesOut: number;
  /** CRC-32 of the written pixels, little-endian, rows in the stored order of the raw file. */
  readonly crc: number;
  /** The output's rows stand in the other order than the raw file's. */
  readonly turned: boolean;
  /** With which it was corrected; absent: with those of its run. */
  readonly references?: readonly ReferenceFile[];
  /** What the page may show of it; stays out of events. */
  readonly sample?: Sample;
}

/** An exposure as the conveyor knows it: absolute input path, output path relative to the output folder. */
export interface Job {
  readonly input: string;
  readonly output: string;
}

export type Outcome =
  | (Job & { readonly status: 'done'; readonly identity: Identity } & Corrected)
  /** `rule`: what a rule of the recipe said to do instead of a correction. */
  | (Job & { readonly status: 'skipped'; readonly reason: string; readonly rule?: 'copied' | 'ignored' })
  | (Job & {
      readonly status: 'failed';
      readonly identity: Identity | null;
      readonly fault: { readonly kind: FaultKind; readonly message: string };
      /** What the header said, where it could be read. */
      readonly exposure: Exposure | null;
      /** Of one that was corrected and found wanting; stays out of events. */
      readonly sample?: Sample;
    });

/** The environment's fault, such as a full disk or a share that went away: exit code 3, and the same may be tried again. */
export class Trouble extends Error {
  override readonly name: string = 'Trouble';
}

/** The outcome of an exposure that failed. */
export function failed(
  job: Job,
  { kind, message }: Fault,
  identity: Identity | null,
  exposure: Exposure | null,
  sample: Sample | null = null,
): Outcome {
  return { status: 'failed', ...job, identity, exposure, fault: { kind, message }, ...(sample && { sample }) };
}

/** A wrong option, recipe or reference: nothing runs, exit code 1. The message says what to change. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
}
