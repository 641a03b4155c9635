/** A sum over batches as people can check it: how many exposures, times what of each. */

/** Kinds of exposures whose sums are written out. */
const WRITTEN_OUT = 3;

export interface Term {
  readonly exposures: number;
  /** Microseconds of one exposure, by what they went into. */
  readonly parts: readonly (readonly [name: string, micros: number])[];
  /** How many pixels an exposure has of those that `parts` are for. */
  readonly scale: number;
}

/** Integer microseconds of one exposure. */
const eachOf = ({ parts, scale }: Term): number =>
  Math.round(parts.reduce((sum, [, micros]) => sum + micros, 0) * scale);

export function total(terms: readonly Term[]): { readonly micros: number; readonly arithmetic: string } {
  // Runs that did the same are one term.
  const kinds = new Map<string, number>();
  for (const term of terms) {
    const said = term.parts.map(([name, micros]) => `${micros / 1e6} ${name}`).join(' + ');
    const each = `(${said}) s${term.scale === 1 ? '' : ` x ${Number(term.scale.toFixed(4))}`}`;
    kinds.set(each, (kinds.get(each) ?? 0) + term.exposures);
  }
  const sums = [...kinds].map(([each, exposures]) => `${exposures} x ${each}`);
  const rest = sums.length - WRITTEN_OUT;
  return {
    micros: terms.reduce((sum, term) => sum + term.exposures * eachOf(term), 0),
    arithmetic: [...sums.slice(0, WRITTEN_OUT), ...(rest > 0 ? [`${rest} more kinds`] : [])].join(' + '),
  };
}
