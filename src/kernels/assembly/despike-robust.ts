/**
 * Despike, method `robust`: patches of a few pixels that stand out from the median of their surroundings become what the
 * good pixels around them are.
 *
 *     candidates by SIMD, a few in ten thousand                                  robust/levels.ts
 *       -> median and deviation of 11 x 11 px                                    robust/surroundings.ts
 *         -> growth to a patch, which goes into the mask                         robust/decide.ts
 *           -> a row is filled when no patch can reach it any more               robust/fill.ts
 *
 * All decisions are made on rows as they came; the mask runs ahead of the rows that are filled, and masked pixels are
 * never read for filling. So neither bands nor the order of decisions matter. Images go on behind their borders as in a
 * mirror.
 */

import { listBytes, PLACES } from './robust/decide';
import { FILL_BYTES, fillRow } from './robust/fill';
import { BELOW, candidates, levelsBytes } from './robust/levels';
import { HALF, maskPitchFor, maskRowsFor, RobustState, reachOf, WIDE } from './robust/state';
import { openSurroundings, SURROUNDINGS_BYTES } from './robust/surroundings';
import { WIDE_BYTES } from './robust/wide';
import { RowLayout } from './rows';

/** Values of `polarity`; both together are 3. */
const BRIGHT: i32 = 1;
const DARK: i32 = 2;

/** Rows that are decided, then filled, at once: the more, the longer a chunk of columns stays in the cache. */
const GROUP: i32 = 16;

/** Rows of the mask that are in use: those a fill looks back on, a group, and ahead of it a patch down and one up. */
function rowsInUse(patch: i32): i32 {
  return HALF + GROUP + aheadOf(patch) + reachOf(patch) + 1;
}

/**
 * Rows below a row that must be decided before it is filled: fills look down, where patches may reach up, and decisions
 * look up to rows that are not filled yet.
 */
@inline
function aheadOf(patch: i32): i32 {
  return max<i32>(HALF + reachOf(patch), WIDE);
}

/** Octaves of the heights of spots: 16 int32. */
const OCTAVES_BYTES: usize = 64;
const PLACES_BYTES: usize = (<usize>PLACES) << 3;

@inline
function aligned(bytes: i32): usize {
  return <usize>((bytes + 15) & ~15);
}

@inline
function maskBytes(width: i32, patch: i32): usize {
  return <usize>maskRowsFor(rowsInUse(patch)) * maskPitchFor(width);
}

/** Bytes of a `RobustState` with all that stands behind it, for rows of `width` px and the largest patch. */
export function despikeRobustBytes(width: i32, patch: i32): usize {
  const spaces =
    aligned(SURROUNDINGS_BYTES) +
    aligned(FILL_BYTES) +
    aligned(listBytes(patch)) +
    aligned(WIDE_BYTES) +
    OCTAVES_BYTES +
    2 * PLACES_BYTES;
  return aligned(offsetof<RobustState>()) + maskBytes(width, patch) + spaces + 2 * <usize>levelsBytes(width);
}

/** How many rows below the last of `rows` must be there. */
export function despikeRobustAhead(patch: i32): i32 {
  return aheadOf(patch) + max<i32>(max<i32>(BELOW, WIDE), reachOf(patch) + 1);
}

/**
 * Opens the state (`despikeRobustBytes` of memory, 16-byte aligned) for a frame of rows as `layout` has them, at least
 * 11 x 11 px. `threshold`: deviations; `patch`: the largest patch, px; `polarity`: 1 bright, 2 dark, 3 both; `neighbour`:
 * fill with a good neighbour instead of the median; `diffraction`: spots stay, and so do saturated pixels; `saturatedToo`:
 * saturated pixels may be spikes as well.
 */
export function openDespikeRobust(
  state: RobustState,
  layout: RowLayout,
  threshold: f64,
  patch: i32,
  polarity: i32,
  neighbour: bool,
  diffraction: bool,
  saturatedToo: bool,
): void {
  const width = layout.width;
  state.width = width;
  state.height = layout.height;
  state.stride = layout.stride;
  state.flags = layout.flags;
  state.keepSaturated = !saturatedToo || diffraction;
  state.bad = 0;
  state.marks = layout.marks;
  state.threshold = threshold;
  state.patch = patch;
  state.polarity = polarity;
  state.neighbour = neighbour;
  state.diffraction = diffraction;
  state.decided = 0;
  state.leftAlone = 0;
  state.patches = 0;
  state.spots = 0;
  state.singles = 0;
  state.widths = 0;
  state.common = 0;
  state.large = 0;
  state.maskPitch = maskPitchFor(width);
  state.maskRows = maskRowsFor(rowsInUse(patch));

  state.mask = changetype<usize>(state) + aligned(offsetof<RobustState>());
  const surroundings = state.mask + maskBytes(width, patch);
  const around = surroundings + aligned(SURROUNDINGS_BYTES);
  openSurroundings(state, surroundings);
  state.fillKeys = around + 16;
  state.list = around + aligned(FILL_BYTES);
  state.wideBits = state.list + aligned(listBytes(patch));
  state.octaves = state.wideBits + aligned(WIDE_BYTES);
  memory.fill(state.octaves, 0, OCTAVES_BYTES);
  state.places = state.octaves + OCTAVES_BYTES;
  state.largePlaces = state.places + PLACES_BYTES;
  state.bright = state.largePlaces + PLACES_BYTES;
  state.dark = state.bright + <usize>levelsBytes(width);
}

/** Tells an opened state which pixels were repaired: bits, those of row 0 at `bad`, rows `badStride` bytes apart. */
export function despikeRobustRepaired(state: RobustState, bad: usize, badStride: i32): void {
  state.bad = bad;
  state.badStride = badStride;
}

/**
 * Despikes `rows` rows in place, the first of them at `row`, which is row `rowIndex` of the image. HALF rows above them
 * and `despikeRobustAhead` below must be there, as far as the image has them. Called for all rows of a frame in rising
 * order. Sets the marks of pixels replaced. Returns how many there are.
 */
export function despikeRobust(state: RobustState, row: usize, rowIndex: i32, rows: i32): i32 {
  const height = state.height;
  const patch = state.patch;
  const polarity = state.polarity;
  state.origin = row - <usize>rowIndex * state.stride;

  let replaced = 0;
  let decided = state.decided;
  const end = rowIndex + rows;
  for (let from = rowIndex; from < end; from += GROUP) {
    const to = min<i32>(from + GROUP, end);
    const until = min<i32>(to + aheadOf(patch), height);
    // Patches of the rows that are decided now grow up to `patch` rows further down, and not above what is filled.
    state.clearMask(decided === 0 ? 0 : decided + reachOf(patch), until + reachOf(patch));
    if (polarity & BRIGHT) candidates(state, decided, until, 1, state.bright);
    if (polarity & DARK) candidates(state, decided, until, -1, state.dark);
    decided = until;
    for (let at = from; at < to; at++) replaced += fillRow(state, at);
  }
  state.decided = decided;
  return replaced;
}

/** Peaks of the frame so far that rose as spikes do and stayed, because they were too large. */
export function despikeRobustLeftAlone(state: RobustState): i32 {
  return state.leftAlone;
}

/** The population of the frame's patches, as the fields of `RobustState` have it. */
export function despikeRobustPatches(state: RobustState): i32 {
  return state.patches;
}

export function despikeRobustSpots(state: RobustState): i32 {
  return state.spots;
}

/** Patches of a single pixel. */
export function despikeRobustSingles(state: RobustState): i32 {
  return state.singles;
}

export function despikeRobustWidths(state: RobustState): i32 {
  return state.widths;
}

/** Address of rows and columns (int32) of the first 512 spots. */
export function despikeRobustPlaces(state: RobustState): usize {
  return state.places;
}

/** Peaks that were left alone, but for those beside an equal pixel. */
export function despikeRobustLarge(state: RobustState): i32 {
  return state.large;
}

/** The places of the first 512 of these. */
export function despikeRobustLargePlaces(state: RobustState): usize {
  return state.largePlaces;
}

/** Peaks that rose as spikes do and stayed, since they are one of many. */
export function despikeRobustCommon(state: RobustState): i32 {
  return state.common;
}

/** How many spots rise by 2^octave to 2^(octave + 1) deviations; the last of 16 octaves holds all higher ones. */
export function despikeRobustOctave(state: RobustState, octave: i32): i32 {
  return load<i32>(state.octaves + ((<usize>octave) << 2));
}
