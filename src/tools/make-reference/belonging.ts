/** Which exposures of a series do not belong to it, and why; and whether all are of the kind that was asked for. */

import { Refusal } from '../../model/outcome.ts';
import { median } from '../../model/rank.ts';
import { MOST_UNEVEN, refuseOtherName, saidUneven, writtenAs } from '../../references/acceptance.ts';
import type { Blocks } from '../../references/blocks.ts';
import { type CameraNoise, varianceAt } from './clipped-mean.ts';
import { cameraNoise, levelled, mediansOf } from './levels.ts';
import type { Kind, Lattice, Member } from './member.ts';
import type { ShotNoise } from './shot-noise.ts';

/**
 * What a file says of itself, by its header and its name.
 * @throws Refusal when that is no exposure for a series of this kind
 */
export function refuseStranger(kind: Kind, name: string, description: readonly string[]): void {
  const written = writtenAs(description);
  if (written === 'corrected') {
    throw new Refusal(
      `${name}: its header says that darkroom corrected it, expected a raw exposure; give the raw files of the ${kind}s`,
    );
  }
  if (written !== null && written !== kind) {
    throw new Refusal(`${name}: its header says that it is a ${written} reference, expected a ${kind}; leave it out`);
  }
  refuseOtherName(kind, name, true);
}

/** An exposure that does not belong to its series. */
export interface Odd {
  readonly member: Member;
  /** What was found, what was expected, and what it may be. */
  readonly reason: string;
}

/** Those that do not belong to the others, the worst kind first; one exposure is named once. */
export function oddOnes(kind: Kind, members: readonly Member[], lattice: Lattice): Odd[] {
  for (const find of [byMetadata, byLevel, bySaturation, byPicture, byPixels]) {
    const found = find(kind, members, lattice);
    // Exposures that are far off move what is usual: the others are looked at again without them.
    if (found.length > 0) return found;
  }
  return [];
}

/** Times that differ by a smaller part are the same. */
const SAME_TIME = 0.01;

function byMetadata(_kind: Kind, members: readonly Member[]): Odd[] {
  const odd = (what: string, unit: string, of: (member: Member) => number | undefined): Odd[] => {
    const stated = members.map(of).filter((value) => value !== undefined);
    const usual = median(stated);
    return members.flatMap((member) => {
      const value = of(member);
      if (value === undefined || Math.abs(value - usual) <= SAME_TIME * Math.abs(usual)) return [];
      return [{ member, reason: `found ${what} of ${value}${unit}, expected ${usual}${unit} as of the others` }];
    });
  };
  const byTime = odd('an exposure time', ' s', ({ metadata }) => metadata.exposureSeconds);
  return byTime.length > 0 ? byTime : odd('a binning', '', ({ metadata }) => metadata.binning);
}

/** Darks: counts, and part of the level; brights: part of the level. Beyond, something else was there than in the others. */
const MOST_SHIFT = { counts: 5, part: 0.05 } as const;
const MOST_DIMMER = 0.7;
const MOST_BRIGHTER = 1.4;
/** Deviations of the levels of a series whose levels differ. */
const FAR = 8;

function byLevel(kind: Kind, members: readonly Member[]): Odd[] {
  const levels = members.map(({ level }) => level);
  const usual = median(levels);
  const spread = 1.4826 * median(levels.map((level) => Math.abs(level - usual)));
  const most = Math.max(MOST_SHIFT.counts, MOST_SHIFT.part * Math.abs(usual), FAR * spread);
  const guess = (level: number): string | null => {
    if (kind === 'dark') {
      if (Math.abs(level - usual) <= most) return null;
      return level > usual ? 'was the beam on?' : 'is it of another mode of the camera?';
    }
    if (level < usual * MOST_DIMMER) return 'was there no beam?';
    return level > usual * MOST_BRIGHTER ? 'was the beam brighter?' : null;
  };
  return members.flatMap((member) => {
    const why = guess(member.level);
    if (why === null) return [];
    const reason = `found a mean of ${member.level.toFixed(1)} counts where the series has ${usual.toFixed(1)}; ${why}`;
    return [{ member, reason }];
  });
}

const bySaturation = (_kind: Kind, members: readonly Member[]): Odd[] =>
  members
    .filter(({ saturated }) => saturated > 0)
    .map((member) => ({
      member,
      reason: `${(100 * member.saturated).toPrecision(2)} % of its pixels are saturated, expected none; take it with fewer counts`,
    }));

/** Part of the level by which the same place differs between two brights at most; counts between two darks. */
const MOST_CHANGE = 0.02;
const MOST_DARK_CHANGE = 5;

/** The camera and its beam are the same in all exposures at large scale; a specimen is not. */
function byPicture(kind: Kind, members: readonly Member[]): Odd[] {
  const all = members.map(({ blocks }) => blocks.means);
  const shapes = all.map((means) => {
    const level = means.reduce((sum, x) => sum + x, 0) / means.length;
    return { level, shape: means.map((x) => (kind === 'bright' ? x / level : x - level)) };
  });
  const usual = shapes[0]!.shape.map((_, block) => median(shapes.map(({ shape }) => shape[block]!)));
  return members.flatMap((member, i) => {
    const { level, shape } = shapes[i]!;
    const unit = kind === 'bright' ? level : 1;
    const change = member.blocks.uneven(shape.map((x, block) => x - usual[block]!)) * unit;
    const least = kind === 'bright' ? MOST_CHANGE * level : Math.max(MOST_CHANGE * level, MOST_DARK_CHANGE);
    const limit = Math.max(least, 6 * member.blocks.noise);
    if (!(change > limit)) return [];
    const percent = (x: number): string => `${((100 * x) / Math.abs(level)).toFixed(1)} %`;
    const reason = `at large scale it differs from the series by ${percent(change)} rms, expected at most ${percent(limit)}; is there a specimen in it?`;
    return [{ member, reason }];
  });
}

/** Part of the pixels that X-rays and noise may take away from the others, and deviations from which on one counts. */
const MOST_PIXELS = 0.005;
const PIXEL_FAR = 5;
/** Times what is usual in the series. */
const TIMES = 4;

/** A faint specimen, a shadow or a beam that is not even: many single pixels are not what they are in the others. */
function byPixels(kind: Kind, members: readonly Member[], lattice: Lattice): Odd[] {
  const noise = cameraNoise(kind, members, lattice);
  const values = levelled(kind, members, lattice);
  const usual = mediansOf(values);
  const parts = values.map((counts) => partFar(counts, usual, noise));
  // Where X-rays are many they are so in all.
  const most = Math.max(MOST_PIXELS, TIMES * median(parts));
  return members.flatMap((member, i) => {
    if (!(parts[i]! > most)) return [];
    const reason = `${(100 * parts[i]!).toFixed(1)} % of its pixels differ from those of the others, expected at most ${(100 * most).toFixed(1)} %; is there a specimen or a shadow in it?`;
    return [{ member, reason }];
  });
}

function partFar(counts: Float32Array, usual: Float32Array, noise: CameraNoise): number {
  let far = 0;
  for (let at = 0; at < counts.length; at++) {
    const limit = PIXEL_FAR * Math.sqrt(varianceAt(noise, usual[at]!));
    // Shot noise is skew: see clipped-mean.
    const skew = noise.level > 0 ? (4 * noise.variance) / noise.level : 0;
    const away = counts[at]! - usual[at]!;
    if (away < -limit || away > limit + skew) far++;
  }
  return far / counts.length;
}

/** @throws Refusal when all exposures are of another kind, or of a specimen */
export function refuseOtherKindOfSeries(kind: Kind, members: readonly Member[], noise: ShotNoise | null): void {
  refuseUneven(kind, members[0]!);
  if (kind === 'dark' && noise && isBeam(noise)) {
    throw new Refusal(
      `${members[0]!.name} and the others: found ${noise.level.toFixed(1)} counts whose noise grows with them, as it does under a beam, expected darks; for brights give darkroom reference bright`,
    );
  }
}

/**
 * What to tell of a bright whose noise does not grow with its counts. No refusal: a weak beam on a camera with a large
 * offset looks the same.
 */
export function doubt(kind: Kind, noise: ShotNoise | null): string | null {
  if (kind !== 'bright' || noise === null || noise.slope + 4 * noise.error > SHOT_NOISE / 2) return null;
  return `the noise of these exposures does not grow with their ${noise.level.toFixed(1)} counts, as it does under a beam: are they darks?`;
}

/** Slopes above which most of the counts are electrons, and which nothing but a beam gives. */
const SHOT_NOISE = 0.5;
const MOST_SLOPE = 3;
/** Counts that may come without a beam, of dark current alone. */
const BY_DARK_CURRENT = 300;

const isBeam = ({ level, slope, error }: ShotNoise): boolean =>
  level > BY_DARK_CURRENT && slope - 4 * error > SHOT_NOISE && slope < MOST_SLOPE;

/** Counts: amplifiers glow, and differ by some. */
const MOST_UNEVEN_DARK = 50;

function refuseUneven(kind: Kind, { name, level, blocks }: { name: string; level: number; blocks: Blocks }): void {
  const uneven = Math.sqrt(Math.max(0, blocks.uneven() ** 2 - blocks.noise ** 2));
  const part = uneven / Math.abs(level);
  if (!(part > MOST_UNEVEN)) return;
  if (kind === 'bright') throw new Refusal(`${name}: ${saidUneven(part)}`);
  if (uneven > MOST_UNEVEN_DARK) {
    throw new Refusal(
      `${name}: its large-scale counts vary by ${uneven.toFixed(0)} rms around ${level.toFixed(0)}, expected a dark; is it an exposure of a specimen? give exposures without a beam`,
    );
  }
}
