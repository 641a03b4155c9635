/**
 * Leginon's own corrections, as acquisition would compute them: whole float32 images, one plain pass after another, no
 * SIMD, nothing fused. They correct no exposure. They are timed, so that the report can say what correcting inline costs
 * on this computer, and their pixels equal Leginon's bit for bit, so that what is timed is the real work.
 *
 * Byte addresses; images are row-major without padding, `count` in px.
 */

/** Where `inlineStatistics` puts its results: float64. */
const MIN: usize = 0;
const MAX: usize = 8;
const MEAN: usize = 16;
const DEVIATION: usize = 24;

@inline
function subtract<T extends number>(raw: usize, dark: usize, image: usize, count: i32): void {
  for (let i: usize = 0, end = <usize>count; i < end; i++) {
    const counts = <f32>load<T>(raw + i * sizeof<T>());
    store<f32>(image + (i << 2), counts - load<f32>(dark + (i << 2)));
  }
}

/** image = raw - dark, of pixels of one, two or four bytes (float32). */
export function inlineDark(raw: usize, bytes: i32, signed: bool, dark: usize, image: usize, count: i32): void {
  if (bytes === 4) subtract<f32>(raw, dark, image, count);
  else if (bytes === 2 && signed) subtract<i16>(raw, dark, image, count);
  else if (bytes === 2) subtract<u16>(raw, dark, image, count);
  else if (signed) subtract<i8>(raw, dark, image, count);
  else subtract<u8>(raw, dark, image, count);
}

/** image = image * norm */
export function inlineNorm(image: usize, norm: usize, count: i32): void {
  for (let at = image, end = image + ((<usize>count) << 2); at < end; at += 4, norm += 4) {
    store<f32>(at, load<f32>(at) * load<f32>(norm));
  }
}

/** What is no finite number becomes 0. */
export function inlineFinite(image: usize, count: i32): void {
  for (let at = image, end = image + ((<usize>count) << 2); at < end; at += 4) {
    if (!(abs<f32>(load<f32>(at)) <= f32.MAX_VALUE)) store<f32>(at, 0);
  }
}

/** image = min(max(image, low), high) */
export function inlineClip(image: usize, count: i32, low: f32, high: f32): void {
  for (let at = image, end = image + ((<usize>count) << 2); at < end; at += 4) {
    const x = load<f32>(at);
    store<f32>(at, x < low ? low : x > high ? high : x);
  }
}

/**
 * Despike in place, with running float32 sums in the order of Leginon's C code; returns how many pixels it replaced.
 * `../../test/oracle/despike-float32.ts` is its definition.
 */
export function inlineDespike(image: usize, width: i32, height: i32, size: i32, threshold: f32): i32 {
  const stride = (<usize>width) << 2;
  const half = size >> 1;
  const across = (<usize>size) << 2;
  const n = <f32>(size * size - 1);
  let replaced = 0;
  for (let row = half; row < height - half; row++) {
    let corner = image + <usize>(row - half) * stride;
    let centre = image + <usize>row * stride + ((<usize>half) << 2);
    let s: f32 = 0;
    let q: f32 = 0;
    for (let line = 0; line < size; line++) {
      for (let col = 0; col < size; col++) {
        const value = load<f32>(corner + <usize>line * stride + ((<usize>col) << 2));
        s += value;
        q += value * value;
      }
    }
    let x = load<f32>(centre);
    s -= x;
    q -= x * x;
    for (let col = half; ; col++) {
      const mean = s / n;
      const deviation = <f32>Math.sqrt(<f64>(q / n - mean * mean));
      if (Math.abs(<f64>(x - mean)) > <f64>(threshold * deviation)) {
        x = mean;
        store<f32>(centre, x);
        replaced++;
      }
      if (col + 1 >= width - half) break;
      s += x;
      q += x * x;
      for (let from = corner, end = corner + <usize>size * stride; from < end; from += stride) {
        const leaving = load<f32>(from);
        const entering = load<f32>(from + across);
        s -= leaving;
        q -= leaving * leaving;
        s += entering;
        q += entering * entering;
      }
      corner += 4;
      centre += 4;
      x = load<f32>(centre);
      s -= x;
      q -= x * x;
    }
  }
  return replaced;
}

/** Lowest and highest pixel, mean and population standard deviation, in double precision: the mean pixel by pixel. */
export function inlineStatistics(image: usize, count: i32, to: usize): void {
  let min = <f64>load<f32>(image);
  let max = min;
  let mean: f64 = 0;
  let spread: f64 = 0;
  for (let i = 0; i < count; i++) {
    const x = <f64>load<f32>(image + ((<usize>i) << 2));
    if (x < min) min = x;
    if (x > max) max = x;
    const distance = x - mean;
    mean += distance / <f64>(i + 1);
    spread += distance * (x - mean);
  }
  store<f64>(to + MIN, min);
  store<f64>(to + MAX, max);
  store<f64>(to + MEAN, mean);
  store<f64>(to + DEVIATION, Math.sqrt(spread / <f64>count));
}
