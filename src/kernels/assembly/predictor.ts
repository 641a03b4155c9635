/**
 * Undoes TIFF's horizontal differencing (TIFF 6.0, section 14), in place: every sample becomes the sum of its row up to
 * it, modulo its size. `rows` rows of `width` samples, packed, in the machine's byte order, at any address; no byte behind
 * them is touched.
 *
 * Within a vector the sum is built by doubling: add the vector shifted by one sample, then by two, then by four ...;
 * `carry` holds the last sum of the vector before in every lane, so that only one addition waits for it.
 */

export function undoPredictor8(address: usize, width: i32, rows: i32): void {
  const zero = i8x16.splat(0);
  let at = address;
  for (let row = 0; row < rows; row++) {
    const end = at + <usize>width;
    const fast = end - (<usize>width & 15);
    let carry = zero;
    for (; at < fast; at += 16) {
      let x = v128.load(at);
      x = i8x16.add(x, i8x16.shuffle(zero, x, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30));
      x = i8x16.add(x, i8x16.shuffle(zero, x, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29));
      x = i8x16.add(x, i8x16.shuffle(zero, x, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
      x = i8x16.add(x, i8x16.shuffle(zero, x, 0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23));
      x = i8x16.add(x, carry);
      v128.store(at, x);
      carry = i8x16.shuffle(x, x, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15);
    }
    let sum = <u32>i8x16.extract_lane_u(carry, 0);
    for (; at < end; at++) {
      sum += <u32>load<u8>(at);
      store<u8>(at, <u8>sum);
    }
  }
}

export function undoPredictor16(address: usize, width: i32, rows: i32): void {
  const zero = i16x8.splat(0);
  let at = address;
  for (let row = 0; row < rows; row++) {
    const end = at + ((<usize>width) << 1);
    const fast = end - ((<usize>width & 7) << 1);
    let carry = zero;
    for (; at < fast; at += 16) {
      let x = v128.load(at);
      x = i16x8.add(x, i8x16.shuffle(zero, x, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29));
      x = i16x8.add(x, i8x16.shuffle(zero, x, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
      x = i16x8.add(x, i8x16.shuffle(zero, x, 0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23));
      x = i16x8.add(x, carry);
      v128.store(at, x);
      carry = i8x16.shuffle(x, x, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15);
    }
    let sum = <u32>i16x8.extract_lane_u(carry, 0);
    for (; at < end; at += 2) {
      sum += <u32>load<u16>(at);
      store<u16>(at, <u16>sum);
    }
  }
}

export function undoPredictor32(address: usize, width: i32, rows: i32): void {
  const zero = i32x4.splat(0);
  let at = address;
  for (let row = 0; row < rows; row++) {
    const end = at + ((<usize>width) << 2);
    const fast = end - ((<usize>width & 3) << 2);
    let carry = zero;
    for (; at < fast; at += 16) {
      let x = v128.load(at);
      x = i32x4.add(x, i8x16.shuffle(zero, x, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
      x = i32x4.add(x, i8x16.shuffle(zero, x, 0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23));
      x = i32x4.add(x, carry);
      v128.store(at, x);
      carry = i8x16.shuffle(x, x, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
    }
    let sum = <u32>i32x4.extract_lane(carry, 0);
    for (; at < end; at += 4) {
      sum += load<u32>(at);
      store<u32>(at, sum);
    }
  }
}

/**
 * Undoes the predictor for floating point (Adobe, "TIFF Technical Note 3"), in place: the bytes of a row are differences;
 * their sums are the first bytes of all its numbers, the highest, then the second ones, and so on, whatever the byte order
 * of the file. `bytes`: 2 or 4 of a number; `scratch`: room for a row.
 */
export function undoFloatPredictor(address: usize, width: i32, rows: i32, bytes: i32, scratch: usize): void {
  const rowBytes = <usize>(width * bytes);
  undoPredictor8(address, <i32>rowBytes, rows);
  for (let row = 0; row < rows; row++) {
    const to = address + <usize>row * rowBytes;
    memory.copy(scratch, to, rowBytes);
    let i = 0;
    if (bytes === 4) {
      const plane = <usize>width;
      for (; i + 16 <= width; i += 16) {
        const from = scratch + <usize>i;
        const a = v128.load(from + 3 * plane);
        const b = v128.load(from + 2 * plane);
        const c = v128.load(from + plane);
        const d = v128.load(from);
        const lowAb = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const highAb = i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const lowCd = i8x16.shuffle(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const highCd = i8x16.shuffle(c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const out = to + ((<usize>i) << 2);
        v128.store(out, i16x8.shuffle(lowAb, lowCd, 0, 8, 1, 9, 2, 10, 3, 11));
        v128.store(out, i16x8.shuffle(lowAb, lowCd, 4, 12, 5, 13, 6, 14, 7, 15), 16);
        v128.store(out, i16x8.shuffle(highAb, highCd, 0, 8, 1, 9, 2, 10, 3, 11), 32);
        v128.store(out, i16x8.shuffle(highAb, highCd, 4, 12, 5, 13, 6, 14, 7, 15), 48);
      }
    }
    for (; i < width; i++) {
      for (let byte = 0; byte < bytes; byte++)
        store<u8>(to + <usize>(i * bytes + byte), load<u8>(scratch + <usize>((bytes - 1 - byte) * width + i)));
    }
  }
}
