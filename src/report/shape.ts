/** The shape of a report: plain data, as it stands in `report.json`. `schema.ts` says the same to other programs. */

import type { EffectiveOption } from '../correct/effective-recipe.ts';
import type { ReferenceFile } from '../journal/contents.ts';
import type { Counts, Stage, StageTimes } from '../model/record.ts';
import type { Acquisition } from './cadence/acquisition.ts';
import type { CameraReport } from './camera/camera.ts';
import type { ReportExposure } from './record.ts';
import type { Basis } from './time-saved.ts';

export type { CameraReport } from './camera/camera.ts';
export type { ReportExposure } from './record.ts';

export interface Report {
  readonly version: 1;
  readonly tool: { readonly name: 'em-darkroom'; readonly version: string };
  /** When this report was made: ISO 8601, UTC. */
  readonly made: string;
  /** The newest run. */
  readonly run: ReportRun;
  readonly recipe: unknown;
  /** What the recipe came to with the exposures of this report. */
  readonly effectiveRecipe: readonly EffectiveOption[];
  readonly references: readonly ReferenceFile[];
  /** Sums over `exposures`, times over `exposures` and `days`. */
  readonly totals: Totals;
  /** The first is the headline; empty before the first correction. */
  readonly timeSaved: readonly Basis[];
  /** Over the exposures that are done or skipped. */
  readonly stages: readonly StageSummary[];
  /** All that the journal knows, sorted by output. */
  readonly exposures: readonly ReportExposure[];
  /** Corrections whose times are kept by the day only, oldest first. */
  readonly days: readonly ReportDay[];
  readonly acquisition: Acquisition;
  /** Of what is done or skipped. */
  readonly disk: Disk;
  /** Of the newest run. */
  readonly pool: PoolSummary;
  /** Of all exposures with the newest references; null: nothing was surveyed. */
  readonly camera: CameraReport | null;
  /** How a watch went; null where nothing was waited for. */
  readonly watch: Watched | null;
  /** All that the journal knows, oldest first. */
  readonly runs: readonly RunSummary[];
}

export interface ReportDay {
  /** UTC, such as 2026-03-01. */
  readonly day: string;
  readonly corrections: number;
  readonly seconds: StageTimes;
}

/** Bytes. */
export interface Disk {
  readonly raw: number;
  readonly corrected: number;
  /** What the same pixels would have taken more as float32. */
  readonly savedBy16Bit: number;
}

export interface PoolSummary {
  readonly threads: number;
  /** Seconds that threads were at work: all stages but wait and settle. */
  readonly busySeconds: number;
  /** Busy seconds per second of wall time; null where nothing was corrected. */
  readonly speedUp: number | null;
  /** The same per thread. */
  readonly efficiency: number | null;
}

export interface RunSummary {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly finished: string | null;
  readonly exitCode: number | null;
  readonly command: string;
  readonly tool: string;
  readonly threads: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly recipe: unknown;
  readonly references: readonly ReferenceFile[];
}

export interface ReportRun {
  readonly id: number;
  readonly command: string;
  /** ISO 8601, UTC; `finished` is null while it runs and when it was killed. */
  readonly started: string;
  readonly finished: string | null;
  /** The report was made by the run itself, which went on. */
  readonly goesOn: boolean;
  readonly exitCode: number | null;
  readonly host: string;
  readonly node: string;
  /** Versions of the libraries by name. */
  readonly libraries: Readonly<Record<string, string>>;
  /** Processor, cores, memory, system. */
  readonly machine: string;
  readonly threads: number;
  readonly outputFolder: string;
  /** As it was last given; s per exposure. */
  readonly inlineSeconds: number | null;
  /** Wall time, s. */
  readonly seconds: number;
  /** What this run did; an exposure that it corrected twice counts twice. */
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  /** Of wall time; null where nothing was corrected. */
  readonly exposuresPerSecond: number | null;
  /** Of a run that was several shards; null: it was one process. */
  readonly array: ReportArray | null;
  /** Raw megabytes (10^6 bytes) per second of wall time. */
  readonly megabytesPerSecond: number | null;
}

/** The shards of a run. `seconds` of the run is the time from the first start to the last word; here is what they took of their nodes. */
export interface ReportArray {
  /** How many there are to be, and how many came to their end. */
  readonly shards: number;
  readonly finished: number;
  /** Those that did not: killed, at work, or never begun. */
  readonly unfinished: readonly number[];
  /** Sums over the shards, s. */
  readonly nodeSeconds: number;
  readonly threadSeconds: number;
}

export interface Totals {
  readonly exposures: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly suspect: number;
  /** Bytes of the inputs and outputs of what is done or skipped. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly seconds: StageTimes;
  readonly counts: Counts;
}

/** Seconds; the median and the 95th percentile are those of the nearest rank, of what is not kept by the day. */
export interface StageSummary {
  readonly name: Stage;
  readonly total: number;
  readonly median: number;
  readonly percentile95: number;
  readonly longest: number;
}

/** How a watch went. Seconds; ranks are the nearest. */
export interface Watched {
  /** Corrected ones that were waited for. */
  readonly exposures: number;
  /** ISO 8601, UTC: the first arrival, and when the last one was corrected. */
  readonly first: string;
  readonly last: string;
  /** From the last change of an exposure to the corrected one in place. */
  readonly delay: { readonly median: number; readonly percentile95: number; readonly worst: number };
  /** In the five minutes in which most arrived. */
  readonly arrivalsPerMinute: number;
  /** What the threads could have corrected. */
  readonly capacityPerMinute: number;
  /** Whole and not yet corrected at one moment, and that moment. */
  readonly mostWaiting: number;
  readonly mostWaitingAt: string;
  /** How long more than five exposures per thread were in that state. */
  readonly behindSeconds: number;
  /** It was so for less than a minute: a handful of files at once is no falling behind. */
  readonly keptUp: boolean;
}
