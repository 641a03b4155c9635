/**
 * What the patches of an exposure are, taken together. X-rays have sharp edges, many shapes and heights, and stand anywhere.
 * What a lens makes (dots, atoms, Bragg spots) is blurred alike, and often as high, or stands on a lattice. Single electrons
 * are everywhere. One patch alone cannot tell; ten can.
 */

export interface Population {
  /** Patches that are spikes or spots, and how many of them are spots, or a single pixel. */
  readonly patches: number;
  readonly spots: number;
  readonly singles: number;
  /** Peaks that were left, since as many others around are as high. */
  readonly common: number;
  /** Mean of exp(-1 / sigma squared) of the spots: 0.13 at a sigma of 0.7 px, 0.37 at 1 px. */
  readonly width: number;
  /** Spots by the octave of their height in deviations. */
  readonly octaves: readonly number[];
  /** Rows and columns of the first spots, one after the other, px. */
  readonly places: Int32Array;
  /** Peaks that are too large and not drawn: how many, and the places of the first. */
  readonly large: number;
  readonly largePlaces: Int32Array;
}

/** With fewer spots nothing can be said; among X-rays less than one in so many looks like one. */
const FEWEST = 10;
const SHARE = 5;

/** Spots of a sigma above 0.9 px: no X-ray is so wide. Of one above 0.65 px: clouds of charge may be. */
const WIDE = 0.3;
const BLURRED = 0.1;

/** Part of the spots whose heights differ by a factor of 4 at most: heights of X-rays differ by hundreds. */
const ALIKE = 0.75;

/** Electrons: so many peaks are left for each patch, and at least; patches of single pixels are so large a part. */
const LEFT = 2;
const LEFT_AT_LEAST = 100;
const SINGLE = 2 / 3;

/** Distances between spots are compared up to so many px, to the nearest 2; a lattice repeats one in this part of the spots. */
const FARTHEST = 64;
const REPEATED = 5;

export type Kind = 'X-rays' | 'features' | 'lattice' | 'electrons';

export function kindOf(found: Population): Kind {
  const { patches, spots, singles, common } = found;
  const spotted = spots >= FEWEST && spots * SHARE >= patches;
  const single = patches >= 3 * FEWEST && singles >= SINGLE * patches;
  const lattice = repeats(found.places);
  const many = found.large >= FEWEST && found.large * SHARE >= patches;
  const largeLattice = many && repeats(found.largePlaces);
  const electrons = common >= Math.max(LEFT_AT_LEAST, LEFT * patches) && (spotted || single);
  if (electrons && !lattice && !largeLattice) return 'electrons';
  const alike = found.width >= BLURRED && areAlike(found);
  if (spotted && (found.width >= WIDE || alike || lattice)) return 'features';
  return largeLattice ? 'lattice' : 'X-rays';
}

function areAlike({ spots, octaves }: Population): boolean {
  return octaves.some((count, octave) => count + (octaves[octave + 1] ?? 0) >= ALIKE * spots);
}

/** Does one distance between two spots come back far more often than by chance? */
function repeats(places: Int32Array): boolean {
  const side = FARTHEST + 1;
  const often = new Uint16Array(side * side);
  const count = places.length / 2;
  let most = 0;
  let pairs = 0;
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const down = places[2 * j]! - places[2 * i]!;
      const right = places[2 * j + 1]! - places[2 * i + 1]!;
      // Spots stand row by row: those that follow are all farther down.
      if (down > FARTHEST) break;
      if (Math.abs(right) > FARTHEST) continue;
      pairs++;
      const at = (down >> 1) * side + ((right + FARTHEST) >> 1);
      most = Math.max(most, ++often[at]!);
    }
  }
  const chance = pairs / (side * (side >> 1));
  return most >= Math.max(FEWEST / 2, count / REPEATED) && most >= 4 * (1 + chance);
}
