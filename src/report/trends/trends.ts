/** Trends: the reports of several output folders side by side, each reduced to the figures of its night. */

import path from 'node:path';
import { VERSION } from '../../model/version.ts';
import { needsSomebody, stateOf } from '../page/headline.ts';
import { digits, duration, whole } from '../page/wording.ts';
import type { Report } from '../shape.ts';

/** An output folder, usually that of one night. */
export interface Night {
  /** Absolute. */
  readonly folder: string;
  /** As on the page of its report: nothing to do; to be looked at; something failed. And what needs attention. */
  readonly verdict: 'well' | 'look' | 'bad';
  readonly needs: readonly string[];
  /** When its exposures were taken, by their own times; ISO 8601, UTC. Null where nothing is known. */
  readonly first: string | null;
  readonly last: string | null;
  readonly corrected: number;
  readonly failed: number;
  readonly suspect: number;
  readonly exposuresPerHour: number | null;
  /** s. */
  readonly medianInterval: number | null;
  /** Exposures in the best hour; null where the night was shorter than one. */
  readonly bestHour: number | null;
  /** How often nothing was taken for longer than five median intervals and 60 s, and for how long in all, s. */
  readonly gaps: number | null;
  readonly gapSeconds: number | null;
  /** As in the report; bases are never mixed. */
  readonly timeSaved: readonly { readonly name: string; readonly seconds: number }[];
  /** Of all pixels corrected. */
  readonly spikesPpm: number | null;
  /** Mean counts of the dark reference; null without one. */
  readonly darkLevel: number | null;
}

export interface Trends {
  readonly version: 1;
  readonly tool: Report['tool'];
  /** In the order in which they were taken. */
  readonly nights: readonly Night[];
}

export function nightOf(report: Report, folder: string): Night {
  const { totals, acquisition, cadence, exposures, timeSaved, references } = report;
  const paced = cadence.silent === null;
  const pixels = exposures.reduce(
    (sum, { counts, width, height, frames }) => sum + (counts ? width! * height! * frames! : 0),
    0,
  );
  return {
    folder,
    verdict: stateOf(report),
    needs: needsSomebody(report).map(([what]) => what),
    first: acquisition.sessions[0]?.first ?? null,
    last: acquisition.sessions.at(-1)?.last ?? null,
    corrected: totals.done + totals.skipped,
    failed: totals.failed,
    suspect: totals.suspect,
    exposuresPerHour: paced ? acquisition.exposuresPerHour : null,
    medianInterval: paced ? acquisition.medianInterval : null,
    bestHour: cadence.perHour.best?.exposures ?? null,
    gaps: paced ? cadence.gaps.length : null,
    gapSeconds: paced ? cadence.gaps.reduce((sum, { seconds }) => sum + seconds, 0) : null,
    timeSaved: timeSaved.map(({ name, seconds }) => ({ name, seconds })),
    spikesPpm: pixels > 0 ? Math.round((totals.counts.spikes * 1e9) / pixels) / 1000 : null,
    darkLevel: references.find(({ role }) => role === 'dark')?.level ?? null,
  };
}

/** `nights`: in any order. */
export function trendsOf(nights: readonly Night[]): Trends {
  const ordered = nights.toSorted(
    (a, b) => (a.first ?? '~').localeCompare(b.first ?? '~') || a.folder.localeCompare(b.folder),
  );
  return { version: 1, tool: { name: 'em-darkroom', version: VERSION }, nights: ordered };
}

/** A figure of a night, and how people read it. */
export interface TrendFigure {
  readonly name: string;
  readonly of: (night: Night) => number | null;
  readonly say: (value: number) => string;
}

/** In the order of page and summary. */
export function figuresOf(nights: readonly Night[]): TrendFigure[] {
  const saved = (basis: string) => (night: Night) =>
    night.timeSaved.find(({ name }) => name === basis)?.seconds ?? null;
  // Bases are not mixed: the first of them that every night has.
  const basis = ['yours', 'inline'].find((name) => nights.every((night) => saved(name)(night) !== null)) ?? 'measured';
  return [
    { name: 'corrected', of: (night) => night.corrected, say: whole },
    { name: 'failed', of: (night) => night.failed, say: whole },
    { name: 'exposures an hour', of: (night) => night.exposuresPerHour, say: digits },
    { name: 'best hour', of: (night) => night.bestHour, say: whole },
    { name: 'median interval', of: (night) => night.medianInterval, say: duration },
    { name: 'gaps', of: (night) => night.gaps, say: whole },
    { name: 'time in gaps', of: (night) => night.gapSeconds, say: duration },
    { name: `time given back, ${basis}`, of: saved(basis), say: duration },
    { name: 'spikes, ppm', of: (night) => night.spikesPpm, say: digits },
    { name: 'dark level, counts', of: (night) => night.darkLevel, say: digits },
  ];
}

export const VERDICTS: Record<Night['verdict'], string> = { well: 'well', look: 'look at it', bad: 'failures' };

export const nameOf = ({ folder }: Night): string => path.basename(folder) || folder;

/** The nights as a table of plain text; no line break at its end. */
export function trendsTable({ nights }: Trends): string {
  const figures = figuresOf(nights);
  const rows = [
    ['', 'from (UTC)', 'verdict', ...figures.map(({ name }) => name)],
    ...nights.map((night) => [
      nameOf(night),
      night.first?.slice(0, 16).replace('T', ' ') ?? '-',
      VERDICTS[night.verdict],
      ...figures.map(({ of, say }) => {
        const value = of(night);
        return value === null ? '-' : say(value).replaceAll('\u202f', ' ');
      }),
    ]),
  ];
  const widths = rows[0]!.map((_, col) => Math.max(...rows.map((row) => row[col]!.length)));
  const line = (row: string[]): string =>
    row.map((cell, col) => (col < 3 ? cell.padEnd(widths[col]!) : cell.padStart(widths[col]!))).join('  ');
  return rows.map(line).join('\n');
}
