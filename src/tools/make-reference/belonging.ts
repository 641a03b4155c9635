/** Whether the exposures of a series belong together, and are of the kind that was asked for. */

import { Refusal } from '../../model/outcome.ts';
import { median } from '../../model/rank.ts';
import { MOST_UNEVEN, refuseOtherName, saidUneven, writtenAs } from '../../references/acceptance.ts';
import type { Blocks } from '../../references/blocks.ts';
import type { ShotNoise } from './shot-noise.ts';

export type Kind = 'dark' | 'bright';

/** One file of the series. `blocks`: of each of its frames. */
export interface Member {
  readonly name: string;
  /** Mean counts. */
  readonly level: number;
  readonly blocks: readonly Blocks[];
}

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

/** How far the level of an exposure may lie from that of its series. */
const ODD_LEVEL: Readonly<Record<Kind, (level: number, median: number) => string | null>> = {
  dark: (level, median) =>
    level > 2 * Math.abs(median) + 50 ? 'was the beam on? leave it out, or take the series again' : null,
  bright: (level, median) => (level < median / 2 ? 'was there no beam? leave it out, or take the series again' : null),
};

/** @throws Refusal with the file and the figures when one does not belong to the others, or all are of another kind */
export function refuseMixed(kind: Kind, members: readonly Member[], noise: ShotNoise | null): void {
  const usual = median(members.map(({ level }) => level));
  for (const { name, level } of members) {
    const odd = ODD_LEVEL[kind](level, usual);
    if (odd) {
      throw new Refusal(
        `${name}: found a mean of ${level.toFixed(1)} counts where the series has ${usual.toFixed(1)}; ${odd}`,
      );
    }
  }
  refuseChanging(kind, members);
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

/** Part of the level by which the same place differs between two brights at most; counts between two darks. */
const MOST_CHANGE = 0.02;
const MOST_DARK_CHANGE = 5;

/** The camera and its beam are the same in all exposures; a specimen is not. */
function refuseChanging(kind: Kind, members: readonly Member[]): void {
  const frames = members.flatMap(({ name, blocks }) =>
    blocks.map((each) => ({ name, blocks: each, means: each.means })),
  );
  const shapes = frames.map(({ means }) => {
    const level = means.reduce((sum, x) => sum + x, 0) / means.length;
    return { level, shape: means.map((x) => (kind === 'bright' ? x / level : x - level)) };
  });
  const usual = shapes[0]!.shape.map((_, block) => median(shapes.map(({ shape }) => shape[block]!)));
  const changes = frames.map(({ blocks }, i) => {
    const { level, shape } = shapes[i]!;
    const unit = kind === 'bright' ? level : 1;
    const change = blocks.uneven(shape.map((x, block) => x - usual[block]!)) * unit;
    const least = kind === 'bright' ? MOST_CHANGE * level : Math.max(MOST_CHANGE * level, MOST_DARK_CHANGE);
    return { change, limit: Math.max(least, 6 * blocks.noise), level };
  });
  const worst = changes.reduce((most, { change, limit }, i) => {
    const { change: other, limit: its } = changes[most]!;
    return change / limit > other / its ? i : most;
  }, 0);
  const { change, limit, level } = changes[worst]!;
  if (!(change > limit)) return;
  const percent = (x: number): string => `${((100 * x) / Math.abs(level)).toFixed(1)} %`;
  throw new Refusal(
    `${frames[worst]!.name}: at large scale it differs from the series by ${percent(change)} rms, expected at most ${percent(limit)}; is there a specimen in it? leave it out, or take the series again`,
  );
}

/** Counts: amplifiers glow, and differ by some. */
const MOST_UNEVEN_DARK = 50;

function refuseUneven(kind: Kind, { name, level, blocks }: Member): void {
  const uneven = Math.sqrt(Math.max(0, blocks[0]!.uneven() ** 2 - blocks[0]!.noise ** 2));
  const part = uneven / Math.abs(level);
  if (!(part > MOST_UNEVEN)) return;
  if (kind === 'bright') throw new Refusal(`${name}: ${saidUneven(part)}`);
  if (uneven > MOST_UNEVEN_DARK) {
    throw new Refusal(
      `${name}: its large-scale counts vary by ${uneven.toFixed(0)} rms around ${level.toFixed(0)}, expected a dark; is it an exposure of a specimen? give exposures without a beam`,
    );
  }
}
