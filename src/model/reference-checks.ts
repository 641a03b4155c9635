/** What the first exposures say of the references, before anything is corrected. */

import {
  amount,
  byName,
  described,
  flag,
  list,
  number,
  type Of,
  oneOf,
  orNull,
  record,
  text,
  whole,
} from './schema.ts';

/** `weak`: the reference adds more noise than it removes pattern. */
export const VERDICTS = [
  ...(['right', 'weak', 'cannot tell', 'turned', 'inverted', 'inverted and turned'] as const),
  ...(['already corrected', 'absent', 'another time', 'with beam', 'too bright', 'shadow'] as const),
] as const;

export const referenceCheckSchema = record({
  reference: described(
    oneOf(['norm', 'dark', 'defects']),
    'the norm is that of --norm, or that of --bright and --dark',
  ),
  check: described(oneOf(['pattern', 'structure', 'hot pixels', 'beam', 'level', 'place']), 'what was compared'),
  verdict: oneOf(VERDICTS),
  refused: described(flag, 'nothing is corrected with this reference'),
  found: described(text, 'what was found'),
  advice: described(orNull(text), 'what to do about it'),
  figures: described(byName(orNull(number)), 'what the verdict comes from; see darkroom help reference-checks'),
});

export const referenceChecksSchema = record({
  exposures: described(whole, 'the first ones, which were looked at'),
  seconds: amount,
  checks: list(referenceCheckSchema),
});

export type ReferenceCheck = Of<typeof referenceCheckSchema>;
export type ReferenceChecks = Of<typeof referenceChecksSchema>;

/** Why nothing is corrected; empty: nothing speaks against it. */
export const refusals = ({ checks }: ReferenceChecks): string[] =>
  checks.filter(({ refused }) => refused).map(sentence);

/** After a question the advice is a sentence of its own. */
export function sentence({ found, advice }: ReferenceCheck): string {
  if (advice === null) return found;
  return found.endsWith('?') ? `${found} ${advice[0]!.toUpperCase()}${advice.slice(1)}` : `${found}; ${advice}`;
}
