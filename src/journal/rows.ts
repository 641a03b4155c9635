/** Outcomes as rows of the journal's tables: column by column, in the units that `schema.ts` names. */

import path from 'node:path';
import { type Metadata, metadataJson } from '../model/metadata.ts';
import type { Outcome } from '../model/outcome.ts';
import { type Figures, type FigureValue, figureOf, type Placed, ROW_FIGURES, TIME_FIGURES } from '../model/record.ts';
import type { ReferenceFile as UsedFile } from '../model/reference-file.ts';
import type { ReferenceFile } from './contents.ts';
import { column } from './schema.ts';
import { kept } from './times.ts';

export type Done = Extract<Outcome, { status: 'done' }>;
export type Failed = Extract<Outcome, { status: 'failed' }>;

/** Values by column. */
export type Row = Record<string, string | number | bigint | null>;

/** References as runs and exposures name them. */
export const asRecorded = (files: readonly UsedFile[]): ReferenceFile[] =>
  files.map(({ role, path: file, hash, level, orientation, scale }) => ({
    role,
    name: path.basename(file),
    hash,
    ...(level !== null && { level }),
    ...(orientation && { orientation }),
    ...(scale && { scale }),
  }));

/** The time of day, ISO 8601, UTC. */
export const now = (): string => new Date().toISOString();

/** A row of `timings`. */
export function timingRow(outcome: Done, run: number, first: boolean): Row {
  const { width, height, frames } = outcome.exposure;
  return {
    run,
    output: outcome.output,
    first: first ? 1 : 0,
    steps: JSON.stringify(outcome.steps),
    type_written: outcome.type,
    frames,
    pixels: width * height * frames,
    bytes_written: outcome.bytesOut,
    ...figures(outcome, TIME_FIGURES),
    recorded: now(),
  };
}

/** A row of `exposures`, but for `timing` and `corrections`. */
export function doneRow(outcome: Done, run: number, key: string): Row {
  return {
    ...commonRow(outcome, run),
    key,
    status: 'done',
    suspect: JSON.stringify(outcome.suspect),
    ...header(outcome.exposure),
    type_written: outcome.type,
    ...figures(outcome, ROW_FIGURES),
    bytes_out: outcome.bytesOut,
    crc32: outcome.crc,
    turned: outcome.turned ? 1 : 0,
    steps: JSON.stringify(outcome.steps),
  };
}

/** A row of `exposures`, but for `corrections`. */
export function failedRow(outcome: Failed, run: number, key: string): Row {
  return {
    ...commonRow(outcome, run),
    key,
    status: 'failed',
    kind: outcome.fault.kind,
    message: outcome.fault.message,
    ...(outcome.exposure && header(outcome.exposure)),
  };
}

/** A row of `collisions`. */
export function collisionRow(outcome: Failed, run: number): Row {
  return { ...commonRow(outcome, run), message: outcome.fault.message };
}

const commonRow = ({ output, input, identity }: Done | Failed, run: number): Row => ({
  output,
  run,
  recorded: now(),
  input,
  input_size: identity?.size ?? null,
  input_mtime_ns: identity && kept(identity.mtimeNs),
});

const header = ({ width, height, frames, type, metadata }: Done['exposure']): Row => ({
  ...{ width, height, frames, type_read: type },
  ...(metadata && metadataRow(metadata)),
});

/** Times as text, flags as 1 and 0. */
const metadataRow = (metadata: Metadata): Row =>
  Object.fromEntries(
    Object.entries(metadataJson(metadata)).map(([name, value]) => [
      column(name),
      typeof value === 'boolean' ? Number(value) : value,
    ]),
  );

const figures = (of: Figures, wanted: readonly Placed[]): Row =>
  Object.fromEntries(wanted.map((figure) => [column(figure.name), cell(figureOf(of, figure))]));

const cell = (value: FigureValue | undefined): number | string | null =>
  Array.isArray(value) ? JSON.stringify(value) : ((value ?? null) as number | null);
