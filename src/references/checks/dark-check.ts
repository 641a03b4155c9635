/** The dark against the exposures, in words: its hot pixels, its level, and whether a beam was on. */

import type { ReferenceCheck } from '../../model/reference-checks.ts';
import { inWords, type Turn, together } from '../turns.ts';
import { LEAST_PIXELS, type TimeRatio } from './dark-time.ts';
import { figure, finite } from './norm-check.ts';
import type { Slope } from './slope.ts';

export interface DarkGiven {
  readonly name: string;
  readonly turn: Turn;
  readonly scale: number;
}

/** The ratio as given, and turned in every way; the first one is as given. */
export interface DarkFit extends TimeRatio {
  readonly turn: Turn;
  /** Part of the pixels that are as strong in the exposures as in the dark. */
  readonly following: number;
}

/** Errors from which on a ratio is there, and is another one. */
const THERE = 6;
const DIFFERENT = 5;
/** A ratio this far from 1 is another exposure time. */
const ANOTHER = 0.2;
/** Below this, nothing of the dark is left. */
const TRACE = 0.15;
/** Where the right dark would have fewer errors, nothing is said. */
const TELLING = 12;
/** Where so many pixels follow as they are, the others are X-rays in the dark, or change from day to day. */
const MOST = 0.2;

export function hotPixelCheck(fits: readonly DarkFit[], given: DarkGiven): ReferenceCheck {
  const asGiven = fits[0]!;
  const { name } = given;
  const best = fits.reduce((most, each) => (each.slope > most.slope && each.z >= THERE ? each : most));
  const { slope, error, expected, pixels } = asGiven;
  const verdict = ((): 'turned' | 'right' | 'absent' | 'another time' | 'cannot tell' => {
    if (pixels < LEAST_PIXELS) return 'cannot tell';
    if (best !== asGiven && slope + 3 * error < best.slope / 2) return 'turned';
    if (expected < TELLING) return 'cannot tell';
    const other = Math.abs(slope - 1);
    if (other <= ANOTHER || other <= DIFFERENT * error || asGiven.following > MOST) {
      return asGiven.z >= THERE ? 'right' : 'cannot tell';
    }
    return slope + 3 * error < TRACE ? 'absent' : slope > 0 ? 'another time' : 'cannot tell';
  })();
  const option = `--dark-orientation ${together(given.turn, best.turn)}`;
  const scale = (given.scale * slope).toPrecision(2);
  const seen = `hot pixels of the dark are ${slope.toFixed(2)} times as strong in the exposures (+- ${error.toFixed(2)}, ${pixels} pixels)`;
  const words = {
    turned: [
      `${name}: the exposures have the hot pixels of the dark ${inWords(best.turn)}, not as given`,
      `give ${option}, or take a dark with the rotation of the exposures`,
    ],
    right: [`${name}: ${seen}`, null],
    absent: [
      `${name}: ${seen}: was the dark subtracted already, or is it of another camera or mode?`,
      'leave out --dark, or give the dark of these exposures',
    ],
    'another time': [
      `${name}: ${seen}: another exposure time?`,
      `take a dark of the time of the exposures, or give --dark-scale ${scale} with the --bias of this camera`,
    ],
    'cannot tell': [`${name}: too few hot pixels, or too few counts, to tell whether the dark fits`, null],
  } as const;
  const [found, advice] = words[verdict];
  return {
    reference: 'dark',
    check: 'hot pixels',
    verdict,
    refused: verdict !== 'right' && verdict !== 'cannot tell',
    found,
    advice,
    figures: { slope, error: finite(error), pixels, following: asGiven.following, best: best.slope },
  };
}

/** Part of the beam of the exposures that a dark may have seen. */
const BEAM = 0.1;

/** `beam`: counts by which the dark shows the pattern of the norm; `signal`: those of the exposures, by the same pattern. */
export function beamCheck(beam: Slope, signal: number, { name }: DarkGiven): ReferenceCheck {
  const part = signal > 0 ? beam.slope / signal : 0;
  const lit = beam.z >= THERE && part > BEAM;
  const known = signal > 0 && beam.error < (BEAM * signal) / THERE;
  const verdict = lit ? 'with beam' : known ? 'right' : 'cannot tell';
  const words = {
    'with beam': [
      `${name}: the dark shows the pattern of the norm, as ${beam.slope.toFixed(0)} counts of beam make it (the exposures: ${signal.toFixed(0)} counts): was the beam on?`,
      'take darks with the beam blanked',
    ],
    right: [`${name}: no beam in the dark`, null],
    'cannot tell': [`${name}: too faint a pattern to tell whether the dark was taken with a beam`, null],
  } as const;
  const [found, advice] = words[verdict];
  const figures = { beam: beam.slope, error: finite(beam.error), signal };
  return { reference: 'dark', check: 'beam', verdict, refused: lit, found, advice, figures };
}

/** A dark may be brighter than the exposures by this part of it, and by so many counts: nothing is in the beam then. */
const BRIGHTER = 0.1;
const BRIGHTER_COUNTS = 10;

/** `exposures`, `dark`: mean counts of a frame. `pattern`: the slope of the norm's pattern, null where there is none. */
export function levelCheck(
  exposures: number,
  dark: number,
  pattern: Slope | null,
  { name }: DarkGiven,
): ReferenceCheck {
  const above = exposures - dark;
  const bright = above < -(BRIGHTER * Math.abs(dark) + BRIGHTER_COUNTS);
  // A pattern that is stronger than the counts above the dark explain belongs to more counts.
  const high = pattern !== null && !bright && pattern.slope - DIFFERENT * pattern.error > 1 + ANOTHER;
  const verdict = bright ? 'too bright' : high ? 'too bright' : 'right';
  const levels = `${exposures.toFixed(0)} counts in the exposures, ${dark.toFixed(0)} in the dark`;
  const words = bright
    ? ([
        `${name}: the dark is brighter than the exposures (${levels}): was the beam on, or was the dark subtracted from the exposures already?`,
        'give the dark of these exposures, or leave out --dark',
      ] as const)
    : high
      ? ([
          `${name}: the pattern of the norm is ${figure(pattern)} times as strong as the counts above the dark explain (${levels}): is the dark too high, or was it subtracted already?`,
          'compare the levels of dark and exposures with darkroom info',
        ] as const)
      : ([`${name}: ${levels}`, null] as const);
  return {
    reference: 'dark',
    check: 'level',
    verdict,
    refused: bright,
    found: words[0],
    advice: words[1],
    figures: { exposures, dark, patternSlope: pattern?.slope ?? null },
  };
}
