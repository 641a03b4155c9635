/**
 * Bits beside the pixels of a row, one per pixel, the lowest first: of pixels saturated in the raw (`flags`), of pixels
 * that despike replaced (`marks`). Both are given as bytes from a row's address to its bits; 0: there are none.
 */

@inline
export function hasBit(row: usize, bits: usize, col: i32): bool {
  return bits !== 0 && (load<u8>(row + bits + (<usize>col >> 3)) & ((<u8>1) << (<u8>col & 7))) !== 0;
}

@inline
export function setBit(row: usize, bits: usize, col: i32): void {
  if (bits === 0) return;
  const at = row + bits + (<usize>col >> 3);
  store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>col & 7)));
}

/** Lists the columns (uint32) of the bits that are set among the first `count` from `bits` on, whole 8 bytes; returns how many. */
export function listBits(bits: usize, count: i32, list: usize): i32 {
  let end = list;
  for (let first = 0; first < count; first += 64, bits += 8) {
    for (let left = load<u64>(bits); left !== 0; left &= left - 1, end += 4) store<u32>(end, first + <i32>ctz(left));
  }
  return <i32>((end - list) >> 2);
}
