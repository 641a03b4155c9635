/** Changes to the directories of a TIFF file, which are found in the bytes as they are when the change is done. */

import { type Change, EDGES, edited, number } from './changes.ts';
import type { Random } from './random.ts';

interface Found {
  readonly little: boolean;
  readonly wide: 4 | 8;
  readonly step: number;
  /** Where each directory begins, and its entries. */
  readonly directories: readonly { readonly at: number; readonly entries: readonly number[]; readonly next: number }[];
}

/** As far as they can be followed. */
function find(bytes: Uint8Array): Found {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = bytes[0] === 0x49;
  const read = (at: number, size: number): number => {
    if (at < 0 || at + size > bytes.length) return 0;
    if (size === 8) return Number(little ? buffer.readBigUInt64LE(at) : buffer.readBigUInt64BE(at));
    return little ? buffer.readUIntLE(at, size) : buffer.readUIntBE(at, size);
  };
  const big = read(2, 2) === 43;
  const [head, step, wide] = big ? ([8, 20, 8] as const) : ([2, 12, 4] as const);
  const directories: Found['directories'][number][] = [];
  for (let at = read(big ? 8 : 4, wide); at > 0 && directories.length < 8; ) {
    const first = at + head;
    const count = Math.min(64, read(at, head));
    const next = first + count * step;
    directories.push({ at, entries: Array.from({ length: count }, (_, i) => first + i * step), next });
    at = read(next, wide);
  }
  return { little, wide, step, directories };
}

/** As far as there is room. */
function put(copy: Uint8Array, at: number, piece: Uint8Array): void {
  if (at < copy.length) copy.set(piece.subarray(0, copy.length - at), at);
}

/** Tags that say where pixels are and how they are packed, and those next to them. */
const TAGS = [
  ...[254, 255, 256, 257, 258, 259, 262, 266, 270, 273, 274, 277, 278, 279, 282, 284, 296, 317, 322, 323, 324, 325],
  ...[338, 339, 32_997, 32_998, 33_550, 34_665, 50_838, 50_839, 65_535],
];
const COMPRESSIONS = [1, 2, 5, 7, 8, 32_773, 32_946, 50_000];

export function directoryChange(random: Random): Change {
  const [which, entry, other] = [random.uniform(), random.uniform(), random.uniform()];
  const value = random.pick([random.below(80), random.pick(EDGES), random.pick(COMPRESSIONS)]);
  const [tag, type, count] = [random.pick(TAGS), random.below(19), random.pick([0, 1, 2, 3, random.pick(EDGES)])];
  const aim = random.uniform();
  const size = random.pick([2, 4, 4]);
  const at = (change: (bytes: Uint8Array, found: Found, entry: number, other: number) => Uint8Array): Change => {
    return (bytes) => {
      const found = find(bytes);
      const directory = found.directories[Math.floor(which * found.directories.length)];
      if (!directory || directory.entries.length === 0) return bytes;
      const pick = (part: number): number => directory.entries[Math.floor(part * directory.entries.length)]!;
      return change(bytes, found, pick(entry), pick(other));
    };
  };
  return random.pick<Change>([
    at((bytes, { little, wide }, from) => number(bytes, from + 4 + wide, size, value, little)),
    at((bytes, { little, wide }, from) => number(bytes, from + 4 + wide, size, value, little)),
    at((bytes, { little }, from) => number(bytes, from, 2, tag, little)),
    at((bytes, { little }, from) => number(bytes, from + 2, 2, type, little)),
    at((bytes, { little, wide }, from) => number(bytes, from + 4, wide, count, little)),
    // Offsets that lead somewhere into the file.
    at((bytes, { little, wide }, from) => number(bytes, from + 4 + wide, wide, Math.floor(aim * bytes.length), little)),
    // An entry twice: over another one, or exchanged with it.
    at((bytes, { step }, from, to) => edited(bytes, to, (copy) => put(copy, to, bytes.slice(from, from + step)))),
    at((bytes, { step }, from, to) =>
      edited(bytes, to, (copy) => {
        put(copy, to, bytes.slice(from, from + step));
        put(copy, from, bytes.slice(to, to + step));
      }),
    ),
    // Fewer or more entries than there are, and directories that lead elsewhere.
    (bytes) => {
      const { little, directories } = find(bytes);
      const directory = directories[Math.floor(which * directories.length)];
      return directory ? number(bytes, directory.at, 2, Math.floor(entry * 30), little) : bytes;
    },
    (bytes) => {
      const { little, wide, directories } = find(bytes);
      const directory = directories[Math.floor(which * directories.length)];
      const to = directories[Math.floor(other * directories.length)]?.at ?? 0;
      return directory ? number(bytes, directory.next, wide, aim < 0.5 ? to : Math.floor(aim * 400), little) : bytes;
    },
  ]);
}
