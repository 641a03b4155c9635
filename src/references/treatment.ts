/** What is done to references when they are loaded: how they are turned, and by what the dark is multiplied. */

import type { FirstRow } from '../model/exposure.ts';
import type { DefectMask } from './defects.ts';
import type { Plane } from './norm.ts';
import type { ReferenceFile } from './references.ts';
import { type Turn, turnPixels } from './turns.ts';

/** `norm`: of the norm, or of the bright from which it is computed. `dark`: of dark and bias. */
export interface Treatment {
  readonly dark: Turn;
  readonly norm: Turn;
  readonly defects: Turn;
  readonly darkScale: number;
}

export const AS_GIVEN: Treatment = { dark: 'none', norm: 'none', defects: 'none', darkScale: 1 };

const TURNED_AS = { dark: 'dark', bias: 'dark', bright: 'norm', norm: 'norm', defects: 'defects' } as const;

export const turnOf = (treatment: Treatment, role: ReferenceFile['role']): Turn => treatment[TURNED_AS[role]];

/** dark = (dark - bias) x scale + bias, in place; without a bias dark x scale. The bias is taken no time for. */
export function scaleDark(dark: Plane, bias: Plane | null, scale: number): void {
  if (scale === 1) return;
  const { pixels } = dark;
  // Behind the end of a row stand zeros, in both.
  for (let i = 0; i < pixels.length; i++) {
    const fixed = bias?.pixels[i] ?? 0;
    pixels[i] = (pixels[i]! - fixed) * scale + fixed;
  }
}

/** Marks in `to` what `from`, whose first row is the picture's `firstRow`, has after a turn. */
export function turnMarks(turn: Turn, from: DefectMask, to: DefectMask, firstRow: FirstRow): void {
  if (!from.marked) return;
  const { width, height } = from;
  const marks = new Uint8Array(width * height);
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) if (from.has(row, col)) marks[row * width + col] = 1;
  const turned = turnPixels(turn, marks, from, firstRow);
  for (let at = turned.indexOf(1); at >= 0; at = turned.indexOf(1, at + 1))
    to.mark(Math.floor(at / to.width), at % to.width);
}
