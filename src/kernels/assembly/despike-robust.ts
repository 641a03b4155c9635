/**
 * Despike, method `robust`: patches of a few pixels that stand out from the median of their surroundings become what the
 * good pixels around them are.
 *
 *     level of each pixel: x + 1.5 x (the sum of the differences to its four neighbours)
 *       -> its mean in 5 x 5 px, for the four quadrants beside each pixel      SIMD, float32, always the same order
 *         -> candidates: pixels above the lowest of the four                    a few in ten thousand
 *           -> median and deviation of 11 x 11 px, growth to a patch            the definition, pixel by pixel
 *             -> mask; a row is filled when no patch can reach it any more
 *
 * One quadrant without an edge or another spike is enough for a candidate. All decisions are made on rows as they came;
 * the mask runs ahead of the rows that are filled, and masked pixels are never read for filling. So neither bands nor
 * the order of decisions matter. Images go on behind their borders as in a mirror.
 */

import { hasBit, setBit } from './bits';

/** Half the side of the window. */
const HALF: i32 = 5;
const WINDOW: i32 = (2 * HALF + 1) * (2 * HALF + 1);
/** Weight of the differences in a level. */
const DIFFERENCES: f32 = 1.5;
const QUADRANT_PIXELS: f32 = 25;
/** Deviations, as a part of the threshold, above which a neighbour belongs to the patch. */
const GROWTH: f64 = 0.6;
/** From the median absolute residual, and from the mean one, to the deviation of Gaussian noise. */
const MEDIAN_TO_DEVIATION: f64 = 1.4826;
const MEAN_TO_DEVIATION: f64 = 1.25;
/** Residuals count in the mean with at most so many times the one that three quarters stay below. */
const OUTSIDE: f64 = 2;
/** Where more than half of the pixels are equal: the deviation, as a part of the mean residual of the others. */
const SPARSE: f64 = 0.75;
/** Where all but so few are equal that they may be one spike: counts. */
const QUIET: f64 = 5;
/**
 * In a spot the pixels above, below, left and right of the highest rise to this part of it, give or take so many
 * deviations, and all four together to this. A Gaussian of sigma 0.7 px: 0.13 to 1, together 1.44 at least.
 */
const SPOT: f64 = 0.1;
const SPOT_NOISE: f64 = 2;
const SPOT_SUM: f64 = 1;
/** A pixel is filled from so many good ones, if there are as many within HALF. */
const ENOUGH: i32 = 8;

/** Values of `polarity`; both together are 3. */
const BRIGHT: i32 = 1;
const DARK: i32 = 2;

/** Pixels kept at both ends of a row of levels. */
const MARGIN: i32 = 8;
/** Rows of sums over 5 px of a row, and of the lower of two quadrants, that are kept; powers of 2. */
const SUMS: i32 = 16;
const LOWERS: i32 = 8;

/* What is where in the scratch, found anew in every call. */
let width: i32 = 0;
let height: i32 = 0;
/** Address of row 0 of the image (which need not be there any more), and bytes from a row to the next. */
let origin: usize = 0;
let stride: usize = 0;
let flags: usize = 0;
let marks: usize = 0;
let pitch: usize = 0; // bytes from a row of levels or sums to the next
let maskPitch: usize = 0;
let maskRows: i32 = 0;
let levels: usize = 0;
let masks: usize = 0;
let values: usize = 0;
let residuals: usize = 0;
let list: usize = 0;
let leftAlone: i32 = 0;

@inline
function rowAt(row: i32): usize {
  return origin + <usize>row * stride;
}

@inline
function maskAt(row: i32): usize {
  return masks + <usize>(row & (maskRows - 1)) * maskPitch;
}

@inline
function reflected(i: i32, length: i32): i32 {
  return i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i;
}

function maskRowsFor(patch: i32): i32 {
  let rows = 32;
  while (rows < 2 * patch + 16) rows <<= 1;
  return rows;
}

@inline
function pitchFor(pixels: i32): usize {
  return <usize>((pixels + 2 * MARGIN + 8) & ~3) << 2;
}

/** Bytes of `scratch` for a width and the largest patch. */
export function despikeRobustScratch(pixels: i32, patch: i32): i32 {
  const rows = 2 + 2 * (SUMS + LOWERS);
  return 64 + <i32>pitchFor(pixels) * rows + maskRowsFor(patch) * ((pixels + 31) & ~15) + 8 * 128 + 8 * (patch + 16);
}

/** How many rows below the last of `rows` must be there. */
export function despikeRobustAhead(patch: i32): i32 {
  return HALF - 1 + patch + max<i32>(HALF + 1, patch);
}

/** Level of one pixel, with its neighbours at both sides given by their columns. */
@inline
function levelAt(x: usize, up: usize, down: usize, col: i32, left: i32, right: i32, sign: f32): f32 {
  const value = load<f32>(x + (<usize>col << 2));
  const sides =
    abs<f32>(value - load<f32>(x + (<usize>left << 2))) + abs<f32>(value - load<f32>(x + (<usize>right << 2)));
  const ends =
    abs<f32>(value - load<f32>(up + (<usize>col << 2))) + abs<f32>(value - load<f32>(down + (<usize>col << 2)));
  return sign * value + DIFFERENCES * (sides + ends);
}

@inline
function five(outer: v128, outer2: v128, inner: v128, inner2: v128, centre: v128): v128 {
  return f32x4.add(f32x4.add(f32x4.add(outer, outer2), f32x4.add(inner, inner2)), centre);
}

/** Sums of the levels of 5 px in row `row`, from column -4 on, to `out` (the address of column 0). */
function sumRow(row: i32, sign: f32, out: usize): void {
  const x = rowAt(row);
  const up = rowAt(reflected(row - 1, height));
  const down = rowAt(reflected(row + 1, height));
  const level = levels + (<usize>MARGIN << 2);
  const signs = f32x4.splat(sign);
  const weight = f32x4.splat(DIFFERENCES);
  const bytes = <usize>width << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const value = v128.load(x + at);
    const left = f32x4.abs(f32x4.sub(value, v128.load(x + at - 4)));
    const right = f32x4.abs(f32x4.sub(value, v128.load(x + at + 4)));
    const above = f32x4.abs(f32x4.sub(value, v128.load(up + at)));
    const below = f32x4.abs(f32x4.sub(value, v128.load(down + at)));
    const differences = f32x4.add(f32x4.add(left, right), f32x4.add(above, below));
    v128.store(level + at, f32x4.add(f32x4.mul(signs, value), f32x4.mul(weight, differences)));
  }
  store<f32>(level, levelAt(x, up, down, 0, 1, 1, sign));
  store<f32>(level + bytes - 4, levelAt(x, up, down, width - 1, width - 2, width - 2, sign));
  for (let i = 1; i < MARGIN; i++) {
    const step = <usize>i << 2;
    store<f32>(level - step, load<f32>(level + step));
    store<f32>(level + bytes - 4 + step, load<f32>(level + bytes - 4 - step));
  }
  for (let at: isize = -16; at < <isize>bytes + 16; at += 16) {
    const from = level + at;
    v128.store(
      out + at,
      five(v128.load(from - 8), v128.load(from + 8), v128.load(from - 4), v128.load(from + 4), v128.load(from)),
    );
  }
}

/** The lower of the quadrants whose middles lie in row `row` 3 px left and right of each column. */
function lowerRow(row: i32, sums: usize, out: usize): void {
  const first = <usize>MARGIN << 2;
  const a = sums + <usize>(reflected(row - 2, height) & (SUMS - 1)) * pitch + first;
  const b = sums + <usize>(reflected(row - 1, height) & (SUMS - 1)) * pitch + first;
  const c = sums + <usize>(reflected(row, height) & (SUMS - 1)) * pitch + first;
  const d = sums + <usize>(reflected(row + 1, height) & (SUMS - 1)) * pitch + first;
  const e = sums + <usize>(reflected(row + 2, height) & (SUMS - 1)) * pitch + first;
  const quadrant = levels + first;
  const bytes = <isize>width << 2;
  for (let at: isize = -16; at < bytes + 16; at += 16) {
    v128.store(
      quadrant + at,
      five(v128.load(a + at), v128.load(e + at), v128.load(b + at), v128.load(d + at), v128.load(c + at)),
    );
  }
  for (let at: isize = 0; at < bytes; at += 16) {
    v128.store(out + at, f32x4.pmin(v128.load(quadrant + at - 12), v128.load(quadrant + at + 12)));
  }
}

/** Marks the spikes whose highest pixel is in row `row`. */
function decideRow(row: i32, sign: f32, sums: usize, lowers: usize, threshold: f64, patch: i32, diffraction: bool): void {
  const first = <usize>MARGIN << 2;
  // Row 0 is the first to ask; each further row needs one more of both.
  for (let next = row == 0 ? 0 : row + 5; next <= min<i32>(row + 5, height - 1); next++) {
    sumRow(next, sign, sums + <usize>(next & (SUMS - 1)) * pitch + first);
  }
  for (let next = row == 0 ? -3 : row + 3; next <= row + 3; next++) {
    lowerRow(next, sums, lowers + <usize>((next + 3) & (LOWERS - 1)) * pitch);
  }
  const x = rowAt(row);
  const above = lowers + <usize>(row & (LOWERS - 1)) * pitch;
  const below = lowers + <usize>((row + 6) & (LOWERS - 1)) * pitch;
  const weight = f32x4.splat(sign * QUADRANT_PIXELS);
  for (let col = 0; col < width; col += 4) {
    const at = <usize>col << 2;
    const lowest = f32x4.pmin(v128.load(above + at), v128.load(below + at));
    const hits = f32x4.gt(f32x4.mul(weight, v128.load(x + at)), lowest);
    if (!v128.any_true(hits)) continue;
    for (let bits = i32x4.bitmask(hits); bits != 0; bits &= bits - 1) {
      const found = col + ctz(bits);
      if (found < width) decide(row, found, sign, threshold, patch, diffraction);
    }
  }
}

@inline
function pixel(row: i32, col: i32, sign: f32): f32 {
  return sign * load<f32>(rowAt(row) + (<usize>col << 2));
}

function isHighest(row: i32, col: i32, sign: f32): bool {
  const x = pixel(row, col, sign);
  const lastRow = min<i32>(row + 1, height - 1);
  const lastCol = min<i32>(col + 1, width - 1);
  for (let r = max<i32>(row - 1, 0); r <= lastRow; r++) {
    for (let c = max<i32>(col - 1, 0); c <= lastCol; c++) if (pixel(r, c, sign) > x) return false;
  }
  return true;
}

/** Marks the patch around a candidate, if it is a spike. */
function decide(row: i32, col: i32, sign: f32, threshold: f64, patch: i32, diffraction: bool): void {
  if (!isHighest(row, col, sign)) return;
  const lowest = gather(row, col, sign);
  const x = <f64>pixel(row, col, sign);
  const median = <f64>(isMost(lowest) ? lowest : ranked(0, WINDOW - 1, WINDOW >> 1));
  const rise = x - median;
  const deviation = spread(row, col, <f32>median, rise, patch);
  if (!(rise > threshold * deviation)) return;
  const found = grow(row, col, sign, median, GROWTH * threshold * deviation, patch);
  if (found == 0 || (diffraction && isSpot(row, col, sign, median, rise, deviation))) return;
  for (let i = 0; i < found; i++) {
    const at = list + (<usize>i << 3);
    store<u8>(maskAt(load<i32>(at)) + <usize>load<i32>(at, 4), 1);
  }
}

/** Puts the window around a pixel into `values` and `residuals`, row by row; returns the lowest. */
function gather(row: i32, col: i32, sign: f32): f32 {
  const signs = f32x4.splat(sign);
  let lowest = f32x4.splat(f32.MAX_VALUE);
  let to = values;
  for (let dr = -HALF; dr <= HALF; dr++) {
    const from = rowAt(reflected(row + dr, height));
    let at = from + (<usize>(col - HALF) << 2);
    if (col < HALF || col >= width - HALF) {
      at = list;
      for (let dc = -HALF; dc <= HALF; dc++) {
        store<f32>(at + (<usize>(dc + HALF) << 2), load<f32>(from + (<usize>reflected(col + dc, width) << 2)));
      }
    }
    // Eleven pixels as 4 + 4 + 4, one of them twice.
    const first = f32x4.mul(signs, v128.load(at));
    const second = f32x4.mul(signs, v128.load(at, 16));
    const third = f32x4.mul(signs, v128.load(at, 28));
    v128.store(to, first);
    v128.store(to, second, 16);
    v128.store(to, third, 28);
    lowest = f32x4.pmin(lowest, f32x4.pmin(first, f32x4.pmin(second, third)));
    to += 44;
  }
  memory.copy(residuals, values, <usize>WINDOW << 2);
  return min<f32>(
    min<f32>(f32x4.extract_lane(lowest, 0), f32x4.extract_lane(lowest, 1)),
    min<f32>(f32x4.extract_lane(lowest, 2), f32x4.extract_lane(lowest, 3)),
  );
}

/** Do more than half of `values` equal `value`? In sparse counts most are 0, and nothing has to be sorted. */
function isMost(value: f32): bool {
  const all = f32x4.splat(value);
  let equal = i32x4.splat(0);
  for (let i: usize = 0; i < <usize>(WINDOW & ~3) << 2; i += 16) {
    equal = i32x4.sub(equal, f32x4.eq(v128.load(values + i), all));
  }
  const last = load<f32>(values + (<usize>(WINDOW - 1) << 2)) == value ? 1 : 0;
  return (
    i32x4.extract_lane(equal, 0) +
      i32x4.extract_lane(equal, 1) +
      i32x4.extract_lane(equal, 2) +
      i32x4.extract_lane(equal, 3) +
      last >
    WINDOW >> 1
  );
}

/** The value at place `rank` among `values[low..high]` in rising order; smaller ones stand before it afterwards. Hoare 1961. */
function ranked(low: i32, high: i32, rank: i32): f32 {
  const place = values + (<usize>rank << 2);
  while (low < high) {
    const pivot = load<f32>(place);
    let i = low;
    let j = high;
    do {
      while (load<f32>(values + (<usize>i << 2)) < pivot) i++;
      while (pivot < load<f32>(values + (<usize>j << 2))) j--;
      if (i > j) break;
      const other = load<f32>(values + (<usize>i << 2));
      store<f32>(values + (<usize>i << 2), load<f32>(values + (<usize>j << 2)));
      store<f32>(values + (<usize>j << 2), other);
      i++;
      j--;
    } while (i <= j);
    if (j < rank) low = i;
    if (rank < i) high = j;
  }
  return load<f32>(place);
}

/** The deviation of the window in `residuals`, whose middle pixel rises by `rise` above the median. */
function spread(row: i32, col: i32, median: f32, rise: f64, patch: i32): f64 {
  const medians = f32x4.splat(median);
  // The last vector ends behind the window, within the room of both.
  for (let i: usize = 0; i < <usize>WINDOW << 2; i += 16) {
    const residual = f32x4.abs(f32x4.sub(v128.load(residuals + i), medians));
    v128.store(residuals + i, residual);
    v128.store(values + i, residual);
  }
  const middle = isMost(0) ? 0 : <f64>ranked(0, WINDOW - 1, WINDOW >> 1);
  let sum: f64 = 0;
  if (middle > 0) {
    const most = OUTSIDE * <f64>ranked(WINDOW >> 1, WINDOW - 1, (3 * WINDOW) >> 2);
    for (let i: usize = 0; i < <usize>WINDOW << 2; i += 4) sum += Math.min(<f64>load<f32>(residuals + i), most);
    return Math.max(MEDIAN_TO_DEVIATION * middle, MEAN_TO_DEVIATION * (sum / <f64>WINDOW));
  }
  // Pixels of the image only: its mirror would make many of a few.
  const lastRow = min<i32>(2 * HALF, height - 1 - row + HALF);
  const lastCol = min<i32>(2 * HALF, width - 1 - col + HALF);
  const half = rise / 2;
  let others = 0;
  for (let r = max<i32>(0, HALF - row); r <= lastRow; r++) {
    for (let c = max<i32>(0, HALF - col); c <= lastCol; c++) {
      const residual = <f64>load<f32>(residuals + (<usize>(r * (2 * HALF + 1) + c) << 2));
      if (!(residual > 0) || residual > half) continue;
      sum += residual;
      others++;
    }
  }
  return others > patch ? (SPARSE * sum) / <f64>others : QUIET;
}

/** Puts the rows and columns of the patch around a pixel into `list`; returns how many, 0 when it is none of ours. */
function grow(row: i32, col: i32, sign: f32, median: f64, level: f64, patch: i32): i32 {
  store<i32>(list, row);
  store<i32>(list, col, 4);
  let found = 1;
  for (let i = 0; i < found; i++) {
    const fromRow = load<i32>(list + (<usize>i << 3));
    const fromCol = load<i32>(list + (<usize>i << 3), 4);
    if (hasBit(rowAt(fromRow), flags, fromCol)) return 0;
    const lastRow = min<i32>(fromRow + 1, height - 1);
    const lastCol = min<i32>(fromCol + 1, width - 1);
    for (let r = max<i32>(fromRow - 1, 0); r <= lastRow; r++) {
      for (let c = max<i32>(fromCol - 1, 0); c <= lastCol; c++) {
        if (!(<f64>pixel(r, c, sign) - median > level) || isListed(r, c, found)) continue;
        store<i32>(list + (<usize>found << 3), r);
        store<i32>(list + (<usize>found << 3), c, 4);
        found++;
      }
    }
    if (found > patch) {
      leftAlone++;
      return 0;
    }
  }
  return found;
}

function isListed(row: i32, col: i32, found: i32): bool {
  for (let i = 0; i < found; i++) {
    const at = list + (<usize>i << 3);
    if (load<i32>(at) == row && load<i32>(at, 4) == col) return true;
  }
  return false;
}

/** Does the patch fall off on all sides, as spots do that a lens has blurred? */
function isSpot(row: i32, col: i32, sign: f32, median: f64, rise: f64, deviation: f64): bool {
  if (row == 0 || col == 0 || row == height - 1 || col == width - 1) return false;
  const least = SPOT * rise - SPOT_NOISE * deviation;
  const above = <f64>pixel(row - 1, col, sign) - median;
  const below = <f64>pixel(row + 1, col, sign) - median;
  const left = <f64>pixel(row, col - 1, sign) - median;
  const right = <f64>pixel(row, col + 1, sign) - median;
  if (above < least || below < least || left < least || right < least) return false;
  return above + below + (left + right) >= SPOT_SUM * rise;
}

/** Thirty-two bits that look random, the same for the same place: the finisher of splitmix32. */
function stirred(row: i32, col: i32): u32 {
  let z = <u32>row * 0x9e3779b9 + <u32>col;
  z = (z ^ (z >> 16)) * 0x21f0aaad;
  z = (z ^ (z >> 15)) * 0x735a2d97;
  return z ^ (z >> 15);
}

/** Replaces the masked pixels of a row; returns how many. */
function fillRow(row: i32, neighbour: bool): i32 {
  const mask = maskAt(row);
  let replaced = 0;
  for (let col = 0; col < width; col += 16) {
    // The mask is as wide as its pitch, and 0 behind the row's end.
    const marked = v128.load(mask + <usize>col);
    if (!v128.any_true(marked)) continue;
    for (let bits = i8x16.bitmask(i8x16.ne(marked, i8x16.splat(0))); bits != 0; bits &= bits - 1) {
      const spike = col + ctz(bits);
      if (!fill(row, spike, neighbour)) continue;
      setBit(rowAt(row), marks, spike);
      replaced++;
    }
  }
  return replaced;
}

function fill(row: i32, col: i32, neighbour: bool): bool {
  let good = 0;
  for (let radius = 2; radius <= HALF && good < ENOUGH; radius++) {
    good = 0;
    const lastRow = min<i32>(row + radius, height - 1);
    const lastCol = min<i32>(col + radius, width - 1);
    for (let r = max<i32>(row - radius, 0); r <= lastRow; r++) {
      const mask = maskAt(r);
      for (let c = max<i32>(col - radius, 0); c <= lastCol; c++) {
        if (load<u8>(mask + <usize>c) != 0) continue;
        store<f32>(values + (<usize>good << 2), pixel(r, c, 1));
        good++;
      }
    }
  }
  if (good == 0) return false;
  const to = rowAt(row) + (<usize>col << 2);
  if (neighbour) {
    store<f32>(to, load<f32>(values + (<usize>(stirred(row, col) % <u32>good) << 2)));
    return true;
  }
  for (let i = 1; i < good; i++) {
    const value = load<f32>(values + (<usize>i << 2));
    let at = i;
    while (at > 0 && load<f32>(values + (<usize>(at - 1) << 2)) > value) {
      store<f32>(values + (<usize>at << 2), load<f32>(values + (<usize>(at - 1) << 2)));
      at--;
    }
    store<f32>(values + (<usize>at << 2), value);
  }
  const middle = values + (<usize>(good >> 1) << 2);
  const median = good & 1 ? load<f32>(middle) : <f32>((<f64>load<f32>(middle - 4) + <f64>load<f32>(middle)) / 2);
  store<f32>(to, median);
  return true;
}

/**
 * Despikes `rows` rows in place: `row` is the address of the first, which is row `rowIndex` of the image, in a stretch of
 * memory where rows stand `bytes` apart. HALF rows above them and `despikeRobustAhead` below must be there, as far as
 * the image has them. Called for all rows of an image in rising order. At least 11 x 11 px. `patch`: the largest patch,
 * px; `polarity`: 1 bright, 2 dark, 3 both; `neighbour`: fill with a good neighbour instead of the median; `diffraction`:
 * spots stay. `saturation`: bytes from a row's address to its saturation bits, 0 to despike saturated pixels too.
 * `replacements`: bytes to its bits of replaced pixels, where they are set; 0: not wanted. `scratch`: kept from call to
 * call within a frame, aligned to 16; its second i32 counts the peaks that were too large. Returns the number of pixels
 * replaced.
 */
export function despikeRobust(
  row: usize,
  bytes: usize,
  rowIndex: i32,
  rows: i32,
  pixels: i32,
  lines: i32,
  threshold: f64,
  patch: i32,
  polarity: i32,
  neighbour: bool,
  diffraction: bool,
  saturation: usize,
  replacements: usize,
  scratch: usize,
): i32 {
  width = pixels;
  height = lines;
  stride = bytes;
  origin = row - <usize>rowIndex * bytes;
  flags = saturation;
  marks = replacements;
  pitch = pitchFor(pixels);
  maskPitch = <usize>((pixels + 31) & ~15);
  maskRows = maskRowsFor(patch);
  // scratch[0]: rows whose spikes are marked; scratch[1]: peaks of the frame that were too large.
  levels = scratch + 64;
  const bright = levels + pitch + 64;
  const dark = bright + <usize>(SUMS + LOWERS) * pitch;
  masks = (dark + <usize>(SUMS + LOWERS) * pitch + 15) & ~15;
  values = masks + <usize>maskRows * maskPitch;
  residuals = values + 512;
  list = residuals + 512;

  if (rowIndex == 0) {
    store<i32>(scratch, 0);
    store<i32>(scratch, 0, 4);
    memory.fill(masks, 0, <usize>maskRows * maskPitch);
  }
  let decided = load<i32>(scratch);
  leftAlone = load<i32>(scratch, 4);
  let replaced = 0;
  for (let at = rowIndex; at < rowIndex + rows; at++) {
    // A pixel is filled from up to HALF rows below, where patches may reach up from `patch` - 1 rows further on.
    const until = min<i32>(at + HALF + patch, height);
    for (; decided < until; decided++) {
      if (decided > 0) memory.fill(maskAt(decided + patch - 1), 0, maskPitch);
      if (polarity & BRIGHT) decideRow(decided, 1, bright, bright + <usize>SUMS * pitch, threshold, patch, diffraction);
      if (polarity & DARK) decideRow(decided, -1, dark, dark + <usize>SUMS * pitch, threshold, patch, diffraction);
    }
    replaced += fillRow(at, neighbour);
  }
  store<i32>(scratch, decided);
  store<i32>(scratch, leftAlone, 4);
  return replaced;
}
