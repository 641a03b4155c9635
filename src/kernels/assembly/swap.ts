/** Turns big-endian samples into little-endian ones, in place. Byte addresses of any alignment; `count` in samples. */

export function swap16(address: usize, count: i32): void {
  const end = address + ((<usize>count) << 1);
  const fast = end - ((<usize>count & 7) << 1);
  let at = address;
  for (; at < fast; at += 16) {
    const x = v128.load(at);
    v128.store(at, i8x16.shuffle(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  }
  for (; at < end; at += 2) {
    const x = <u32>load<u16>(at);
    store<u16>(at, <u16>((x << 8) | (x >> 8)));
  }
}

export function swap32(address: usize, count: i32): void {
  const end = address + ((<usize>count) << 2);
  const fast = end - ((<usize>count & 3) << 2);
  let at = address;
  for (; at < fast; at += 16) {
    const x = v128.load(at);
    v128.store(at, i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  }
  for (; at < end; at += 4) {
    const x = load<u32>(at);
    store<u32>(at, (rotl<u32>(x, 8) & 0x00ff00ff) | (rotr<u32>(x, 8) & 0xff00ff00));
  }
}
