/** The journal read back as plain data, its shape: what reports and `verify` work from. `reading.ts` reads it. */

import type { PixelType, WrittenType } from '../model/exposure.ts';
import type { Metadata } from '../model/metadata.ts';
import type { FaultKind, Identity, StageTimes } from '../model/outcome.ts';
import type { KnownFigures } from '../model/record.ts';
import type { ReferenceChecks } from '../model/reference-checks.ts';
import type { Shard } from '../model/shard.ts';

/** A reference as a run used it. `hash`: SHA-256 of the file, hexadecimal. */
export interface ReferenceFile {
  readonly role: string;
  readonly name: string;
  readonly hash: string;
  /** Mean counts of a dark; the others have none. */
  readonly level?: number;
  /** How it was turned when it was loaded, and what a dark was multiplied by, where it was. */
  readonly orientation?: string;
  readonly scale?: number;
}

/** What is known of a run before its first exposure. */
export interface RunStart {
  readonly command: string;
  /** Version of the tool. */
  readonly tool: string;
  readonly threads: number;
  /** JSON-able. */
  readonly recipe: unknown;
  readonly references: readonly ReferenceFile[];
  /** Absolute. */
  readonly outputFolder: string;
  /** The user's own inline cost, s per exposure. */
  readonly inlineSeconds: number | null;
  /** The shard that it is; absent or null: all exposures are its own. */
  readonly shard?: Shard | null;
}

/** A run, finished or not. Times are ISO 8601, UTC. */
export interface Run extends RunStart {
  readonly id: number;
  readonly node: string;
  readonly host: string;
  /** Versions of the libraries by name, and the processor, cores, memory and system. */
  readonly libraries: Readonly<Record<string, string>>;
  readonly machine: string;
  readonly started: string;
  /** Null while it runs, and for ever when it was killed. */
  readonly finished: string | null;
  /** Microseconds from its start to the last thing recorded. */
  readonly wall: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly exitCode: number | null;
  /** Of a run that was several shards; null: it was one process. */
  readonly array: RunArray | null;
}

/** The shards of a run. Microseconds. */
export interface RunArray {
  /** How many there are to be. */
  readonly shards: number;
  /** Those that began, in that order. */
  readonly parts: readonly ArrayPart[];
  /** Of all of them: what they took of their nodes, and of threads of these. */
  readonly wall: number;
  readonly threadWall: number;
}

/** A shard; as in `Run`. */
export interface ArrayPart extends Pick<Run, 'host' | 'started' | 'finished' | 'exitCode' | 'wall'> {
  readonly shard: number;
}

/** The last word on an exposure: the newest attempt to correct it. */
export interface Entry {
  readonly output: string;
  readonly input: string;
  readonly run: number;
  /** ISO 8601, UTC. */
  readonly recorded: string;
  readonly identity: Identity | null;
  readonly key: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly frames: number | null;
  readonly typeRead: PixelType | null;
  /** How it was taken; null where nothing states it, and where an older tool corrected the exposure. */
  readonly metadata: Metadata | null;
  readonly fault: { readonly kind: FaultKind; readonly message: string } | null;
  /** Null when it failed. */
  readonly corrected: EntryCorrected | null;
}

/** Figures are null where an older tool corrected the exposure, which did not know them yet. */
export interface EntryCorrected extends KnownFigures {
  readonly typeWritten: WrittenType;
  readonly suspect: readonly string[];
  readonly bytesOut: number;
  /** CRC-32 of the written pixels, rows in the stored order of the raw file. */
  readonly crc: number;
  readonly turned: boolean;
  readonly steps: readonly string[];
  /** With which it was corrected. */
  readonly references: readonly ReferenceFile[];
  /** Null where timings are kept by the day. */
  readonly times: StageTimes | null;
}

/** The corrections of a day whose timings are no longer kept one by one: the newest of each output. */
export interface Day {
  /** UTC, such as 2026-03-01. */
  readonly day: string;
  readonly corrections: number;
  /** Microseconds of all of them. */
  readonly times: StageTimes;
}

/** First corrections that are alike: what the time saved is computed from. */
export interface Batch {
  readonly run: number;
  readonly steps: readonly string[];
  readonly typeWritten: WrittenType;
  readonly frames: number;
  /** Of all frames of one exposure. */
  readonly pixels: number;
  readonly exposures: number;
  /** Microseconds in flat-field, defects, despike and finish, of all these exposures. */
  readonly busy: number;
}

/** What the threads of a run did, of all its corrections. Microseconds. */
export interface Work {
  readonly run: number;
  readonly bytesWritten: number;
  /** In write and flush. */
  readonly writing: number;
  /** In all stages but wait and settle. */
  readonly busy: number;
}

/** What is timed of Leginon's own corrections, in their order. */
export const INLINE_PASSES = ['flatField', 'clip', 'despike', 'statistics'] as const;

export type InlinePass = (typeof INLINE_PASSES)[number];

/** What correcting inline costs on one thread of a computer: the fastest of several turns, pass by pass. */
export interface InlineTiming {
  /** Processor, cores, memory and system. */
  readonly machine: string;
  /** px that were timed: larger exposures on a part of their rows. */
  readonly width: number;
  readonly height: number;
  readonly typeRead: PixelType;
  readonly despikeSize: number;
  /** Deviations. */
  readonly threshold: number;
  /** ISO 8601, UTC. */
  readonly measured: string;
  readonly turns: number;
  /** Microseconds. */
  readonly times: Readonly<Record<InlinePass, number>>;
}

/** What tells one timing from another. */
export type InlineKey = Omit<InlineTiming, 'measured' | 'turns' | 'times'>;

/** How busy the computer was for some seconds. Parts of the time, 0 to 1; null where the system does not tell. */
export interface LoadStep {
  /** ISO 8601, UTC: when it began. */
  readonly at: string;
  readonly seconds: number;
  /** Some thread on this computer waited for a core, for a disk or share, for memory. */
  readonly cpu: number | null;
  readonly io: number | null;
  readonly memory: number | null;
  /** Time of all cores that the host of a virtual machine took for others. */
  readonly steal: number | null;
  /** Of the time that cores were at work: what other programs had. */
  readonly others: number | null;
}

export interface Contents {
  /** The newest. */
  readonly run: Run;
  /** All, oldest first. */
  readonly runs: readonly Run[];
  /** `inlineSeconds` as it was last given, in this run or an earlier one. */
  readonly inlineSeconds: number | null;
  /** Sorted by output. */
  readonly entries: readonly Entry[];
  readonly batches: readonly Batch[];
  readonly work: readonly Work[];
  /** Oldest first. */
  readonly days: readonly Day[];
  /** Of the newest run that has some; null: none has. */
  readonly referenceChecks: ReferenceChecks | null;
  /** Oldest first; none in journals of older tools. */
  readonly inlineTimings: readonly InlineTiming[];
  /** Of the newest run, oldest first; none in journals of older tools. */
  readonly load: readonly LoadStep[];
}
