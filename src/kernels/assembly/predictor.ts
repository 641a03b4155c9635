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
