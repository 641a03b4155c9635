/** The norm against the exposures, in words: its pattern from pixel to pixel, and its structure at larger scales. */

import type { ReferenceCheck } from '../../model/reference-checks.ts';
import { inWords, type Turn, together } from '../turns.ts';
import type { Fit } from './fits.ts';
import { normVerdict } from './norm-verdict.ts';
import type { Slope } from './slope.ts';

/** How the norm came about, for messages. */
export interface NormGiven {
  /** The file, as messages name it. */
  readonly name: string;
  /** Computed from a bright. */
  readonly bright: boolean;
  readonly dark: boolean;
  /** How it was turned when it was loaded. */
  readonly turn: Turn;
}

const ANOTHER_CAMERA = 'is it of another camera or mode?';
const NOT_AT_ALL = 'if the exposures need no norm, use --no-flat-field';

/** `larger`: slopes of the pattern in blocks, columns and rows, which noise of the norm hides less. */
export function patternCheck(fits: readonly Fit[], larger: readonly Slope[], given: NormGiven): ReferenceCheck {
  const found = normVerdict(fits, larger);
  const { verdict } = found;
  const turn = 'turn' in found ? found.turn : null;
  const asGiven = fits[0]!;
  const best = fits.find((fit) => fit.turn === turn) ?? null;
  const { name } = given;
  const option = turn && `--norm-orientation ${together(given.turn, turn)}`;
  const too = given.bright ? ', and the dark likewise if it is turned too,' : '';
  const slope = `slope ${figure(asGiven)}, expected 1`;
  const raw = `give raw exposures, or ${NOT_AT_ALL}`;
  const missing = given.dark ? '' : ' Without --dark, counts of the dark hide it as well.';
  const words: Record<typeof verdict, readonly [found: string, advice: string | null]> = {
    right: [`${name}: the exposures show the pattern of the norm (slope ${figure(asGiven)})`, null],
    weak: [
      `${name}: at the scale of pixels this norm adds more than it removes (${slope}); was it made from too few exposures?`,
      'give a norm made from more',
    ],
    'cannot tell': [`${name}: too faint a pattern, or too few counts, to tell whether the norm fits`, null],
    turned: [
      `${name}: the exposures show the pattern of the norm ${turn && inWords(turn)} (z ${best?.z.toFixed(0)}), not as given (z ${asGiven.z.toFixed(1)})`,
      `give ${option}${too} or take a norm with the rotation of the exposures`,
    ],
    inverted: [
      `${name}: the exposures carry the pattern of the norm upside down (${slope}): does it divide instead of multiply, or were the exposures corrected with it already, or twice?`,
      `give 1 / norm, or ${raw}`,
    ],
    'inverted and turned': [
      `${name}: the exposures carry the pattern of the norm upside down and ${turn && inWords(turn)} (slope ${best && figure(best)}, expected 1): does it divide instead of multiply?`,
      `give 1 / norm with ${option}`,
    ],
    'already corrected': [
      `${name}: the pattern of the norm is no longer in the exposures, its noise is (${slope}): were they corrected already?`,
      raw,
    ],
    absent: [
      `${name}: the pattern of the norm is not in the exposures, nor when it is turned or flipped (${slope}): were they corrected already, or ${ANOTHER_CAMERA}${missing}`,
      `give the norm of these exposures; ${NOT_AT_ALL}`,
    ],
  };
  const [said, advice] = words[verdict];
  return {
    reference: 'norm',
    check: 'pattern',
    verdict,
    refused: !['right', 'weak', 'cannot tell'].includes(verdict),
    found: said,
    advice,
    figures: {
      slope: asGiven.slope,
      error: finite(asGiven.error),
      z: asGiven.z,
      zExpected: asGiven.expected,
      zBest: best?.z ?? null,
      better: best?.better ?? null,
      zLarger: larger.length > 0 ? Math.max(...larger.map(({ z }) => z)) : null,
    },
  };
}

/** Structure that the norm shows and the exposures do not: that of a specimen, or a shadow. */
const SHOWN = 0.6;
const TELLING = 12;

/** `slopes`: of blocks, by their side in px. */
export function structureCheck(slopes: ReadonlyMap<number, Slope>, given: NormGiven): ReferenceCheck {
  const worst = [...slopes].reduce<readonly [number, Slope] | null>(
    (most, each) =>
      each[1].expected >= TELLING &&
      each[1].slope + 3 * each[1].error < SHOWN &&
      (!most || each[1].slope < most[1].slope)
        ? each
        : most,
    null,
  );
  const telling = [...slopes.values()].some(({ expected }) => expected >= TELLING);
  const verdict = worst ? 'shadow' : telling ? 'right' : 'cannot tell';
  const words = {
    shadow: [
      `${given.name}: the norm has structure of ${worst?.[0]} px and more that the exposures lack (slope ${worst && figure(worst[1])}, expected 1): is a specimen, dirt or a shadow in the bright?`,
      'take a bright of an even beam',
    ],
    right: [`${given.name}: the exposures show the structure of the norm at larger scales`, null],
    'cannot tell': [`${given.name}: too little structure at larger scales to tell`, null],
  } as const;
  const [found, advice] = words[verdict];
  return {
    reference: 'norm',
    check: 'structure',
    verdict,
    refused: verdict === 'shadow',
    found,
    advice,
    figures: Object.fromEntries(
      [...slopes].flatMap(([side, { slope, error, expected }]) => [
        [`slope${side}`, slope],
        [`error${side}`, finite(error)],
        [`zExpected${side}`, expected],
      ]),
    ),
  };
}

export const figure = ({ slope, error }: Slope): string =>
  Number.isFinite(error) ? `${slope.toFixed(2)} +- ${error.toFixed(2)}` : 'unknown';

/** JSON has no infinity. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
