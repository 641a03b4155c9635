/** What becomes of an exposure, and the ways in which it can fail. Plain data: it crosses threads and goes into the journal. */

import type { Exposure, WrittenType } from './exposure.ts';
import type { Figures } from './record.ts';
import type { Sample } from './sample.ts';

export { type Counts, noCounts, noTimes, STAGES, type Stage, type StageTimes } from './record.ts';

/** Kinds of failure; each names what a person has to look at. */
export const FAULTS = {
  missing: 'the file is not there (any more)',
  unreadable: 'the file cannot be opened or read',
  name: 'the name of the file cannot be used',
  format: 'the content is no image of a known format',
  unsupported: 'an image of a kind that is not read',
  corrected: 'an image that darkroom wrote, no raw exposure',
  incomplete: 'the file is shorter than its header says',
  changed: 'the file changed while it was read',
  geometry: 'the size does not fit the references',
  spikes: 'more spikes than --max-spikes',
  range: 'more than 1 % of the pixels were changed by clip or range, or are no finite numbers',
  suspect: 'suspect, and --strict was given',
  collision: 'another exposure or another program has the same output',
  output: 'the output cannot be written',
  large: 'the output is larger than the room on its disk',
  disk: 'no room on the disk of the output',
  away: 'the disk or share of the output went away, or may not be written',
  scarce: 'too few file handles, threads or memory on this computer',
  crash: 'darkroom itself failed on this exposure',
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
  /** Things to tell once per run: files with odd headers, references turned over, images too small to despike. */
  readonly notes: readonly string[];
  /** The steps that ran, in order, for the time saved. */
  readonly steps: readonly string[];
  /** Size of the output. */
  readonly bytesOut: number;
  /** CRC-32 of the written pixels, little-endian, rows in the stored order of the raw file. */
  readonly crc: number;
  /** The output's rows stand in the other order than the raw file's. */
  readonly turned: boolean;
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
  | (Job & { readonly status: 'skipped'; readonly reason: string })
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
