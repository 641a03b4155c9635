/** Lengths and distances of matches as symbols with extra bits (RFC 1951, section 3.2.5). */

/** Extra bits of a length of 3 to 258, less 3. */
@inline
export function lengthExtra(length: i32): i32 {
  return length < 8 || length === 255 ? 0 : 29 - clz(length);
}

/** Its symbol, less 257. */
@inline
export function lengthSymbol(length: i32): i32 {
  if (length === 255) return 28;
  const extra = lengthExtra(length);
  return (extra << 2) + (length >> extra);
}

/** Extra bits of a distance of 1 to 32 768, less 1. */
@inline
export function distanceExtra(distance: i32): i32 {
  return distance < 4 ? 0 : 30 - clz(distance);
}

@inline
export function distanceSymbol(distance: i32): i32 {
  const extra = distanceExtra(distance);
  return (extra << 1) + (distance >> extra);
}
