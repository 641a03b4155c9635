/** What is done to references when they are loaded: how they are turned, and by what the dark is multiplied. */

import type { Plane } from './norm.ts';
import type { ReferenceFile } from './references.ts';
import type { Turn } from './turns.ts';

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
