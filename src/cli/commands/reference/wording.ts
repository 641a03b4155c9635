/** What `darkroom reference` tells of what it made. */

import type { FoundDefects } from '../../../tools/make-reference/find-defects.ts';
import type { Kind } from '../../../tools/make-reference/member.ts';
import type { NormFigures } from '../../../tools/make-reference/norm.ts';
import { type Mean, noiseAdded } from '../../../tools/make-reference/series.ts';

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

export function ofMean(file: string, kind: Kind, mean: Mean): string[] {
  const { combine, exposures, level, leftOut, hit, unstable, noise, exposure } = mean;
  const how = combine === 'median' ? 'median' : 'mean';
  const left =
    combine === 'sigma-clip' ? `; ${leftOut} values of ${plural(hit, 'pixel')} left out (X-rays, outliers)` : '';
  const added = noiseAdded(mean);
  const one = Math.sqrt(noise.variance);
  const figure = (counts: number): string =>
    kind === 'bright' && level > 0 ? `${((100 * counts) / level).toPrecision(2)} %` : `${counts.toPrecision(2)} counts`;
  const { width } = exposure;
  const named = unstable
    .slice(0, NAMED)
    .map((at) => `column ${at % width}, row ${Math.floor(at / width)}`)
    .join('; ');
  return [
    `${file}: ${how} of ${exposures} exposures, ${level.toFixed(1)} counts${left}`,
    `it adds noise of ${figure(added)} rms to each exposure; one exposure of the series has ${figure(one)}`,
    ...(unstable.length > 0
      ? [
          `${plural(unstable.length, 'pixel is', 'pixels are')} unstable, which no ${kind} corrects (${named}${unstable.length > NAMED ? '; ...' : ''}): find defects with darkroom reference defects`,
        ]
      : []),
  ];
}

export function ofFound({ hot, dead, unstable, columns, rows }: FoundDefects, brights: boolean): string {
  const parts = [
    `${hot} hot`,
    brights ? `${dead} dead` : 'dead ones not looked for (no brights)',
    `${unstable} unstable`,
    ...(columns.length > 0 ? [`columns ${columns.join(', ')}`] : []),
    ...(rows.length > 0 ? [`rows ${rows.join(', ')}`] : []),
  ];
  return `found pixels: ${parts.join('; ')}`;
}

/** Unstable pixels, columns and rows that are named. */
const NAMED = 3;

export function ofNorm(file: string, { least, most, dead, columns, rows, quadrants }: NormFigures): string[] {
  const lines = (what: string, found: readonly number[]): string =>
    found.length === 0
      ? ''
      : `; dead ${found.length === 1 ? what : `${what}s`} ${found.slice(0, NAMED).join(', ')}${found.length > NAMED ? ', ...' : ''}`;
  const percent = (part: number): string => `${part >= 1 ? '+' : ''}${(100 * (part - 1)).toFixed(1)} %`;
  return [
    `${file}: ${plural(dead, 'bad pixel')}${lines('column', columns)}${lines('row', rows)}`,
    `norm from ${least.toPrecision(3)} to ${most.toPrecision(3)}; sensitivity of the quadrants ${quadrants.map(percent).join(', ')} (first rows left, right; last rows left, right)`,
  ];
}
