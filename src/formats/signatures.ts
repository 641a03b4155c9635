/** Ways to tell a format by the first bytes of a file. */

/** Whether a file with these first bytes (up to 1024) is of a format; `size` in bytes. */
export type RunMessages = (head: Uint8Array, size: number) => boolean;

/** The bytes at `at` are these, one to a character. */
export function starts(text: string, at = 0): (head: Uint8Array) => boolean {
  const bytes = Buffer.from(text, 'latin1');
  return (head) => bytes.every((byte, i) => head[at + i] === byte);
}

/** NaN behind the end. */
export function int32(head: Uint8Array, at: number, order: 'little' | 'big' = 'little'): number {
  if (at + 4 > head.length) return Number.NaN;
  return new DataView(head.buffer, head.byteOffset, head.byteLength).getInt32(at, order === 'little');
}

/** Lines that are not empty, without comments; none where the bytes are no text. */
export function textLines(head: Uint8Array): string[] {
  if (head.some((byte) => byte < 0x20 && ![0x09, 0x0a, 0x0d].includes(byte))) return [];
  return Buffer.from(head)
    .toString('latin1')
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

/** Each line is `count` whole numbers; the last one may be cut off. */
export function integers(lines: readonly string[], count: number): boolean {
  const whole = lines.slice(0, Math.max(1, lines.length - 1));
  return (
    lines.length > 0 && whole.every((line) => /^\d+([\s,]+\d+)*$/.test(line) && line.split(/[\s,]+/).length === count)
  );
}
