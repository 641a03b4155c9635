/** What a kind of sidecar offers: where it lies beside an exposure, and what its text states. One object per kind. */

import type { Draft } from '../../model/metadata.ts';

export interface Sidecar {
  /** As messages name one of it. */
  readonly name: string;
  /** Where it may lie beside an exposure, the likeliest first. `folder` ends with a slash; `stem`: the name without its extension. */
  places(folder: string, name: string, stem: string): readonly string[];
  /** A larger one is damaged, and is not read; bytes. */
  readonly limit: number;
  /** What it states of the exposure; null where it is something else, of which nothing is said. Throws `NotUnderstood`. */
  read(text: string, exposure: Described): Statement | null | Promise<Statement | null>;
}

/** What a sidecar has to fit. */
export interface Described {
  /** Of the file, without its folder. */
  readonly name: string;
  readonly frames: number;
}

export interface Statement {
  readonly draft: Draft;
  /** What a person should hear of once; they name no file, so that a night of them says it once. */
  readonly notes: readonly string[];
}

/** What was found instead of what is expected, in words that follow the name of the sidecar. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

/** A number as text states it; undefined for what is none. */
export function numberIn(text: string | undefined): number | undefined {
  const trimmed = text?.trim();
  return trimmed && /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}
