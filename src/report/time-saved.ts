/**
 * Correction time moved off the microscope, at most: what acquisition would have waited, had the exposures been corrected
 * inline. Each basis stands alone with its source, none is mixed into another, and each output counts once, at its first
 * correction. All sums are integer microseconds.
 */

import type { Batch, Contents, Work } from '../journal/contents.ts';
import { PIXELS } from '../model/exposure.ts';
import { PUBLISHED } from '../model/published.ts';
import { amount, described, type Of, oneOf, orNull, record, text, whole } from '../model/schema.ts';

/** One way to tell the time saved. */
export const basisSchema = record(
  {
    name: oneOf(['published', 'measured', 'yours']),
    source: described(text, 'where its figures come from, and which exposures it counts'),
    exposures: described(whole, 'how many it counts'),
    secondsPerExposure: amount,
    seconds: amount,
    secondsPerHour: described(orNull(amount), "per hour of acquisition; null where the files' own times do not tell"),
    arithmetic: described(text, 'how the seconds came about, in figures that can be checked'),
  },
  { warning: described(text, 'why the figure should not be believed as it stands') },
);

export type Basis = Of<typeof basisSchema>;

/** By the names of the steps. */
const STEPS: Readonly<Record<string, number>> = {
  'flat-field': PUBLISHED.flatField,
  despike: PUBLISHED.despike,
  clip: PUBLISHED.clip,
};

/** Exposures whose times lie within a second were copied or unpacked together: their times say nothing of acquisition. */
const LEAST_ACQUIRED = 1;

type Disk = keyof typeof PUBLISHED.saving;

/**
 * The bases that apply: `yours` only where `--inline-seconds` was given, none before the first correction.
 * @param acquired seconds of acquisition by the files' own times, pauses between sessions left out
 */
export function timeSaved(contents: Contents, acquired: number): Basis[] {
  const { batches, work, inlineSeconds } = contents;
  const all = count(batches);
  if (all === 0) return [];
  const single = batches.filter((batch) => batch.frames === 1);
  const known = acquired >= LEAST_ACQUIRED;
  const basis = (name: Basis['name'], source: string, exposures: number, { micros, arithmetic }: Sum): Basis => {
    const seconds = micros / 1e6;
    const secondsPerExposure = Math.round(micros / exposures) / 1e6;
    const secondsPerHour = known ? Math.round((seconds * 3_600_000) / acquired) / 1000 : null;
    const plain = { name, source, exposures, secondsPerExposure, seconds, secondsPerHour, arithmetic };
    return !known || seconds <= acquired
      ? plain
      : {
          ...plain,
          warning: `more than the ${acquired} s that acquisition took by the files' own times: it cannot have waited that long`,
        };
  };
  const bases: Basis[] = [];
  if (inlineSeconds !== null) {
    const micros = Math.round(inlineSeconds * 1e6) * all;
    const arithmetic = `${all} exposures x ${inlineSeconds} s`;
    bases.push(basis('yours', '--inline-seconds, as measured at your microscope', all, { micros, arithmetic }));
  }
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

/** The basis to show first: `yours` if given, else `measured`. */
export const headline = (bases: readonly Basis[]): Basis | undefined => bases[0];

const count = (batches: readonly Batch[]): number => batches.reduce((sum, batch) => sum + batch.exposures, 0);

/** Integer microseconds, and how they came about. */
interface Sum {
  readonly micros: number;
  readonly arithmetic: string;
}

/** The work, and the bytes that float32 would have added at the speed at which the same run wrote. */
function measured(batches: readonly Batch[], runs: readonly Work[]): Sum {
  let work = 0;
  let saving = 0;
  let more = 0;
  for (const { run, bytesWritten, writing } of runs) {
    const mine = batches.filter((batch) => batch.run === run);
    const added = mine.reduce((sum, batch) => sum + addedByFloat(batch), 0);
    work += mine.reduce((sum, batch) => sum + batch.busy, 0);
    if (bytesWritten === 0) continue;
    more += added;
    saving += Math.round((added / bytesWritten) * writing);
  }
  const speed = saving > 0 ? ` at ${Math.round(more / saving)} MB/s of write and flush` : '';
  const arithmetic = `${work / 1e6} s of work + ${saving / 1e6} s to write ${Math.round(more / 1e6)} MB more as float32${speed}`;
  return { micros: work + saving, arithmetic };
}

const addedByFloat = (batch: Batch): number =>
  batch.exposures * batch.pixels * (PIXELS.float32.bytes - PIXELS[batch.typeWritten].bytes);

/** Kinds of exposures whose sums are written out. */
const WRITTEN_OUT = 3;

/** What 2007 would have taken for the steps that ran; statistics were always computed. */
function published(batches: readonly Batch[], disk: Disk): Sum {
  const terms = batches.map((batch) => {
    const steps = batch.steps.filter((step) => STEPS[step]);
    // 16 bit saves half of what float32 took.
    const saving = batch.typeWritten === 'float32' ? 0 : PUBLISHED.saving[disk] / 2;
    const parts = [
      ...steps.map((step): [string, number] => [step, STEPS[step]!]),
      ['statistics', PUBLISHED.statistics] as const,
      ...(saving > 0 ? [['saved by 16 bit', saving] as const] : []),
    ];
    const each = Math.round((parts.reduce((sum, [, micros]) => sum + micros, 0) * batch.pixels) / PUBLISHED.pixels);
    const said = parts.map(([name, micros]) => `${micros / 1e6} ${name}`).join(' + ');
    const scaled =
      batch.pixels === PUBLISHED.pixels ? '' : ` x ${Number((batch.pixels / PUBLISHED.pixels).toFixed(4))}`;
    return { micros: batch.exposures * each, exposures: batch.exposures, each: `(${said}) s${scaled}` };
  });
  // Runs that did the same are one term.
  const kinds = new Map<string, number>();
  for (const { each, exposures } of terms) kinds.set(each, (kinds.get(each) ?? 0) + exposures);
  const sums = [...kinds].map(([each, exposures]) => `${exposures} x ${each}`);
  const rest = sums.length - WRITTEN_OUT;
  const arithmetic = [...sums.slice(0, WRITTEN_OUT), ...(rest > 0 ? [`${rest} more kinds`] : [])].join(' + ');
  return { micros: terms.reduce((sum, { micros }) => sum + micros, 0), arithmetic };
}
