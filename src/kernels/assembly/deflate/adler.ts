/** Adler-32 (RFC 1950, section 9): sums of bytes, and sums of these sums, sixteen bytes at a time. */

const MODULUS: u32 = 65_521;

/** Blocks of sixteen after which sums are reduced, so that none overflows. */
const BLOCKS: i32 = 300;

export function adler32(from: usize, bytes: i32): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  let at = from;
  const end = from + <usize>bytes;
  const high = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const low = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  while (at + 16 <= end) {
    const blocks = min(BLOCKS, <i32>((end - at) >> 4));
    // Of the bytes; of the sums before each block; of the bytes by their place in a block.
    let sums = i32x4.splat(0);
    let before = i32x4.splat(0);
    let placed = i32x4.splat(0);
    for (let block = 0; block < blocks; block++) {
      const sixteen = v128.load(at);
      before = i32x4.add(before, sums);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(sixteen)));
      placed = i32x4.add(placed, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(sixteen), high));
      placed = i32x4.add(placed, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(sixteen), low));
      at += 16;
    }
    b = <u32>((<u64>b + <u64>a * <u64>(16 * blocks) + <u64>16 * total(before) + total(placed)) % MODULUS);
    a = <u32>((<u64>a + total(sums)) % MODULUS);
  }
  for (; at < end; at++) {
    a = (a + load<u8>(at)) % MODULUS;
    b = (b + a) % MODULUS;
  }
  return (b << 16) | a;
}

function total(lanes: v128): u64 {
  return (
    <u64>(<u32>i32x4.extract_lane(lanes, 0)) +
    <u64>(<u32>i32x4.extract_lane(lanes, 1)) +
    <u64>(<u32>i32x4.extract_lane(lanes, 2)) +
    <u64>(<u32>i32x4.extract_lane(lanes, 3))
  );
}
