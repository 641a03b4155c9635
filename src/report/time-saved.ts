/**
 * Correction time moved off the microscope, at most: what acquisition would have waited, had the exposures been corrected
 * inline. Each basis stands alone with its source, none is mixed into another, and each output counts once, at its first
 * correction. All sums are integer microseconds.
 */

import type { Batch, Contents, Work } from '../journal/contents.ts';
import { PUBLISHED } from '../model/published.ts';
import { amount, described, type Of, oneOf, orNull, record, text, whole } from '../model/schema.ts';
import type { Cadence } from './cadence/cadence.ts';
import { floatSaving } from './float-saving.ts';
import { inlineBasis } from './inline-basis.ts';
import { total } from './terms.ts';

/** One way to tell the time saved. */
export const basisSchema = record(
  {
    name: oneOf(['published', 'measured', 'inline', 'yours']),
    source: described(text, 'where its figures come from, and which exposures it counts'),
    exposures: described(whole, 'how many it counts'),
    secondsPerExposure: amount,
    seconds: amount,
    secondsPerHour: described(orNull(amount), "per hour of acquisition; null where the exposures' times do not tell"),
    moreExposures: described(
      orNull(amount),
      "how many more exposures these seconds make at the median interval; null where the exposures' times do not tell",
    ),
    morePercent: described(orNull(amount), 'the same in percent of the exposures that it counts'),
    arithmetic: described(text, 'how the seconds came about, in figures that can be checked'),
  },
  { warning: described(text, 'why the figure should not be believed as it stands') },
);

export type Basis = Of<typeof basisSchema>;

/** How the exposures were taken. */
export interface Acquired {
  /** By their own times, pauses between sessions left out. */
  readonly seconds: number;
  readonly cadence: Pick<Cadence, 'silent' | 'interval'>;
}

const NO_MORE = { moreExposures: null, morePercent: null };

/** Thousandths, as the seconds an hour. */
const moreExposures = (seconds: number, exposures: number, interval: number) => ({
  moreExposures: Math.round((1000 * seconds) / interval) / 1000,
  morePercent: Math.round((100_000 * seconds) / interval / exposures) / 1000,
});

/** By the names of the steps. */
const STEPS: Readonly<Record<string, number>> = {
  'flat-field': PUBLISHED.flatField,
  despike: PUBLISHED.despike,
  clip: PUBLISHED.clip,
};

type Disk = keyof typeof PUBLISHED.saving;

/**
 * The bases that apply: `yours` only where `--inline-seconds` was given, none before the first correction.
 */
export function timeSaved(contents: Contents, { seconds: acquired, cadence }: Acquired): Basis[] {
  const { batches, work, inlineSeconds } = contents;
  const all = count(batches);
  if (all === 0) return [];
  const single = batches.filter((batch) => batch.frames === 1);
  const interval = cadence.silent === null ? cadence.interval.median : null;
  const known = interval !== null;
  const basis = (name: Basis['name'], source: string, exposures: number, { micros, arithmetic }: Sum): Basis => {
    const seconds = micros / 1e6;
    const secondsPerExposure = Math.round(micros / exposures) / 1e6;
    const secondsPerHour = known ? Math.round((seconds * 3_600_000) / acquired) / 1000 : null;
    const more = interval ? moreExposures(seconds, exposures, interval) : NO_MORE;
    const plain = { name, source, exposures, secondsPerExposure, seconds, secondsPerHour, ...more, arithmetic };
    return !known || seconds <= acquired
      ? plain
      : {
          ...plain,
          warning: `more than the ${acquired} s that acquisition took by the exposures' own times: it cannot have waited that long`,
        };
  };
  const bases: Basis[] = [];
  if (inlineSeconds !== null) {
    const micros = Math.round(inlineSeconds * 1e6) * all;
    const arithmetic = `${all} exposures x ${inlineSeconds} s`;
    bases.push(basis('yours', '--inline-seconds, as measured at your microscope', all, { micros, arithmetic }));
  }
  const inline = inlineBasis(contents);
  if (inline) bases.push(basis('inline', inline.source, all, inline));
  const source =
    'seconds that these exposures spent here in flat-field, defects, despike, clip and statistics, and in writing what float32 would have added; a lower bound';
  bases.push(basis('measured', source, all, measured(batches, work)));
  for (const disk of Object.keys(PUBLISHED.saving) as Disk[]) {
    if (single.length === 0) break;
    const history = `Leginon's timing analysis (4k Gatan camera, 2007 hardware), saved to ${disk} disk, scaled by pixels; exposures of one frame; history`;
    bases.push(basis('published', history, count(single), published(single, disk)));
  }
  return bases;
}

/** The basis to show first: `yours` if given, else `inline` where it was timed, else `measured`. */
export const headline = (bases: readonly Basis[]): Basis | undefined => bases[0];

const count = (batches: readonly Batch[]): number => batches.reduce((sum, batch) => sum + batch.exposures, 0);

/** Integer microseconds, and how they came about. */
interface Sum {
  readonly micros: number;
  readonly arithmetic: string;
}

/** The work, and the bytes that float32 would have added. */
function measured(batches: readonly Batch[], runs: readonly Work[]): Sum {
  const work = batches.reduce((sum, batch) => sum + batch.busy, 0);
  const saving = floatSaving(batches, runs, ({ pixels }) => pixels);
  return { micros: work + saving.micros, arithmetic: `${work / 1e6} s of work + ${saving.arithmetic}` };
}

/** What 2007 would have taken for the steps that ran; statistics were always computed. */
const published = (batches: readonly Batch[], disk: Disk): Sum =>
  total(
    batches.map((batch) => {
      const steps = batch.steps.filter((step) => STEPS[step]);
      // 16 bit saves half of what float32 took.
      const saving = batch.typeWritten === 'float32' ? 0 : PUBLISHED.saving[disk] / 2;
      return {
        exposures: batch.exposures,
        parts: [
          ...steps.map((step): [string, number] => [step, STEPS[step]!]),
          ['statistics', PUBLISHED.statistics] as const,
          ...(saving > 0 ? [['saved by 16 bit', saving] as const] : []),
        ],
        scale: batch.pixels / PUBLISHED.pixels,
      };
    }),
  );
