/**
 * Unpacks 4-bit pixels, two in a byte, into bytes: `rows` rows of `width` pixels from `from` (each begins at a whole
 * byte) to `to`, where exactly `width` bytes a row are written. `highFirst`: the left pixel is in the upper bits, as
 * TIFF 6.0 has it; otherwise in the lower bits, as MRC and SerialEM have it.
 */
export function unpackNibbles(from: usize, to: usize, width: i32, rows: i32, highFirst: bool): void {
  const mask = i8x16.splat(0x0f);
  const pairs = width >> 1;
  let at = from;
  let out = to;
  for (let row = 0; row < rows; row++) {
    let pair = 0;
    for (; pair + 16 <= pairs; pair += 16) {
      const packed = v128.load(at);
      const lower = v128.and(packed, mask);
      const upper = i8x16.shr_u(packed, 4);
      const left = highFirst ? upper : lower;
      const right = highFirst ? lower : upper;
      v128.store(out, i8x16.shuffle(left, right, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      v128.store(out, i8x16.shuffle(left, right, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
      at += 16;
      out += 32;
    }
    for (; pair < pairs; pair++) {
      const byte = load<u8>(at++);
      store<u8>(out++, highFirst ? byte >> 4 : byte & 15);
      store<u8>(out++, highFirst ? byte & 15 : byte >> 4);
    }
    if ((width & 1) === 1) {
      const byte = load<u8>(at++);
      store<u8>(out++, highFirst ? byte >> 4 : byte & 15);
    }
  }
}
