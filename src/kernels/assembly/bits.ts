/**
 * Bits beside the pixels of a row, one per pixel, the lowest first: of pixels saturated in the raw (`flags`), of pixels
 * that despike replaced (`marks`). Both are given as bytes from a row's address to its bits; 0: there are none.
 */

@inline
export function hasBit(row: usize, bits: usize, col: i32): bool {
  return bits != 0 && (load<u8>(row + bits + (<usize>col >> 3)) & ((<u8>1) << (<u8>col & 7))) != 0;
}

@inline
export function setBit(row: usize, bits: usize, col: i32): void {
  if (bits == 0) return;
  const at = row + bits + (<usize>col >> 3);
  store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>col & 7)));
}

/** Clears `bytes` bytes of bits beside each of `rows` rows that stand `stride` bytes apart. */
export function clearBits(row: usize, stride: usize, rows: i32, bits: usize, bytes: usize): void {
  for (let i = 0; i < rows; i++, row += stride) memory.fill(row + bits, 0, bytes);
}
