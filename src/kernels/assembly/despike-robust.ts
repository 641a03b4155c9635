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

import { leftAlone, listBytes, setDecision } from './robust/decide';
import { FILL_BYTES, fillRow, setFill } from './robust/fill';
import { clearMask, HALF, maskBytes, setFrame, setMask } from './robust/frame';
import { BELOW, candidates, levelsBytes } from './robust/levels';
import { setSurroundings, SURROUNDINGS_BYTES } from './robust/surroundings';

/** Values of `polarity`; both together are 3. */
const BRIGHT: i32 = 1;
const DARK: i32 = 2;

/** Rows that are decided, then filled, at once: the more, the longer a chunk of columns stays in the cache. */
const GROUP: i32 = 16;

/** Rows of the mask that are in use: those a fill looks back on, a group, and ahead of it a patch down and one up. */
function maskRowsFor(patch: i32): i32 {
  return 2 * HALF + GROUP + 2 * patch;
}

/** Rows below a row that must be decided before it is filled: fills look down, where patches may reach up. */
@inline
function aheadOf(patch: i32): i32 {
  return HALF + patch - 1;
}

@inline
function aligned(bytes: i32): i32 {
  return (bytes + 15) & ~15;
}

/** Bytes of `scratch` for a width and the largest patch. */
export function despikeRobustScratch(width: i32, patch: i32): i32 {
  const spaces = aligned(SURROUNDINGS_BYTES) + aligned(FILL_BYTES) + aligned(listBytes(patch));
  return 16 + maskBytes(width, maskRowsFor(patch)) + spaces + 2 * levelsBytes(width);
}

/** How many rows below the last of `rows` must be there. */
export function despikeRobustAhead(patch: i32): i32 {
  return aheadOf(patch) + max<i32>(BELOW, patch);
}

/**
 * Despikes `rows` rows in place: `row` is the address of the first, which is row `rowIndex` of the image, in a stretch of
 * memory where rows stand `stride` bytes apart. HALF rows above them and `despikeRobustAhead` below must be there, as far
 * as the image has them. Called for all rows of an image in rising order. At least 11 x 11 px. `patch`: the largest patch,
 * px; `polarity`: 1 bright, 2 dark, 3 both; `neighbour`: fill with a good neighbour instead of the median; `diffraction`:
 * spots stay. `flags`: bytes from a row's address to its saturation bits, 0 to despike saturated pixels too. `marks`: bytes
 * to its bits of replaced pixels, where they are set; 0: not wanted. `scratch`: kept from call to call within a frame,
 * aligned to 16; its second i32 counts the peaks that were too large. Returns the number of pixels replaced.
 */
export function despikeRobust(
  row: usize,
  stride: usize,
  rowIndex: i32,
  rows: i32,
  width: i32,
  height: i32,
  threshold: f64,
  patch: i32,
  polarity: i32,
  neighbour: bool,
  diffraction: bool,
  flags: usize,
  marks: usize,
  scratch: usize,
): i32 {
  // scratch[0]: rows whose spikes are in the mask; scratch[1]: peaks of the frame that were too large.
  const mask = scratch + 16;
  const surroundings = mask + maskBytes(width, maskRowsFor(patch));
  const around = surroundings + aligned(SURROUNDINGS_BYTES);
  const list = around + aligned(FILL_BYTES);
  const bright = list + aligned(listBytes(patch));
  const dark = bright + levelsBytes(width);
  if (rowIndex == 0) store<i64>(scratch, 0);
  let decided = load<i32>(scratch);

  setFrame(row - <usize>rowIndex * stride, stride, width, height, flags, marks);
  setMask(mask, maskRowsFor(patch));
  setSurroundings(surroundings);
  setFill(around);
  setDecision(threshold, patch, diffraction, load<i32>(scratch, 4), list);

  let replaced = 0;
  const end = rowIndex + rows;
  for (let from = rowIndex; from < end; from += GROUP) {
    const to = min<i32>(from + GROUP, end);
    const until = min<i32>(to + aheadOf(patch), height);
    // Patches of the rows that are decided now grow up to `patch` rows further down, and not above what is filled.
    clearMask(decided == 0 ? 0 : decided + patch, until + patch);
    if (polarity & BRIGHT) candidates(decided, until, 1, bright);
    if (polarity & DARK) candidates(decided, until, -1, dark);
    decided = until;
    for (let at = from; at < to; at++) replaced += fillRow(at, neighbour);
  }
  store<i32>(scratch, decided);
  store<i32>(scratch, leftAlone, 4);
  return replaced;
}
