/**
 * What the disks and shares took: how late exposures were seen, how fast they were read from the source and written to the
 * output over the run. Speeds are bytes by the time that a thread waited for them.
 */

import { rank } from '../model/rank.ts';
import { amount, described, list, number, type Of, orNull, record, text, time, whole } from '../model/schema.ts';
import type { ReportExposure } from './record.ts';
import { type Handling, passages } from './watched.ts';

const perSecond = 'MB/s (10^6 bytes) of an exposure, as its thread saw it';

const speed = record({
  median: described(amount, perSecond),
  slowest: described(amount, `${perSecond}: one in twenty was as slow or slower`),
});

const lag = record({
  exposures: whole,
  from: described(text, "what states an exposure's own time"),
  median: described(number, 's; below zero where the clock that states the time is ahead of this computer'),
  percentile95: number,
  worst: number,
});

const step = record({ from: time, to: time, read: orNull(amount), write: orNull(amount) });

export const transferSchema = record({
  lag: described(
    orNull(lag),
    "from an exposure's own time to when it was seen; null where nothing arrived during the run",
  ),
  read: described(orNull(speed), 'from the source, unpacked'),
  write: described(orNull(speed), 'to the output, flushed; what is written while rows are corrected costs no time'),
  steps: described(list(step), 'MB/s of all threads together over the newest run, by when exposures were corrected'),
});

export type Transfer = Of<typeof transferSchema>;

/** Steps of a chart, and exposures that make one at least. */
const STEPS = 48;
const ENOUGH = 3;

/** `runs`: when each began. */
export function transfer(
  exposures: readonly ReportExposure[],
  runs: readonly { readonly id: number; readonly started: string }[],
): Transfer {
  const newest = runs.at(-1)?.id;
  const moved = exposures
    .flatMap((exposure) => (exposure.run === newest ? (movedBy(exposure) ?? []) : []))
    .sort((a, b) => a.at - b.at);
  return {
    lag: lagOf(exposures, new Map(runs.map(({ id, started }) => [id, Date.parse(started)]))),
    read: speedOf(moved.map(({ read }) => read)),
    write: speedOf(moved.map(({ write }) => write)),
    steps: stepsOf(moved),
  };
}

/** Bytes and the seconds that they took. */
interface Amount {
  readonly bytes: number;
  readonly seconds: number;
}

interface Moved {
  /** ms since 1970. */
  readonly at: number;
  readonly read: Amount;
  readonly write: Amount;
}

function movedBy({ seconds, bytesIn, bytesOut, recorded }: ReportExposure): Moved | null {
  if (!seconds || bytesIn === null || bytesOut === null) return null;
  return {
    at: Date.parse(recorded),
    read: { bytes: bytesIn, seconds: seconds.read },
    write: { bytes: bytesOut, seconds: seconds.write + seconds.flush },
  };
}

/** MB/s; null where it took no time that could be measured. */
const megabytes = ({ bytes, seconds }: Amount): number | null =>
  seconds > 0 ? Math.round(bytes / seconds / 1e3) / 1e3 : null;

function speedOf(amounts: readonly Amount[]): Of<typeof speed> | null {
  const speeds = amounts.flatMap((each) => megabytes(each) ?? []).sort((a, b) => a - b);
  return speeds.length > 0 ? { median: rank(speeds, 0.5), slowest: rank(speeds, 0.05) } : null;
}

function stepsOf(moved: readonly Moved[]): Of<typeof step>[] {
  const size = Math.max(ENOUGH, Math.ceil(moved.length / STEPS));
  return Array.from({ length: Math.floor(moved.length / size) }, (_, i) => {
    const part = moved.slice(i * size, (i + 1) * size);
    const all = (of: 'read' | 'write'): number | null =>
      megabytes({
        bytes: part.reduce((sum, each) => sum + each[of].bytes, 0),
        seconds: part.reduce((sum, each) => sum + each[of].seconds, 0),
      });
    return {
      from: new Date(part[0]!.at).toISOString(),
      to: new Date(part.at(-1)!.at).toISOString(),
      read: all('read'),
      write: all('write'),
    };
  });
}

/** Exposures that were there before the run began say nothing of how long they took to arrive. */
function lagOf(exposures: readonly ReportExposure[], started: ReadonlyMap<number, number>): Of<typeof lag> | null {
  const arrivals = exposures.flatMap((exposure) => {
    const own = exposure.metadata?.taken ?? exposure.taken;
    const [handling] = passages([exposure]) as [Handling | undefined];
    if (!handling || own === null) return [];
    const at = Date.parse(String(own));
    if (at < (started.get(exposure.run) ?? 0)) return [];
    const from = exposure.metadata?.taken === undefined ? 'modification time' : String(exposure.metadata.takenFrom);
    return [{ seconds: Math.round(handling.arrived - at) / 1000, from }];
  });
  if (arrivals.length === 0) return null;
  const lags = arrivals.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return {
    exposures: lags.length,
    from: [...new Set(arrivals.map(({ from }) => from))].sort().join(', '),
    median: rank(lags, 0.5),
    percentile95: rank(lags, 0.95),
    worst: rank(lags, 1),
  };
}
