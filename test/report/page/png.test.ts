/** Pictures of the page are PNG files that hold the pixels that were given, and nothing else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, inflateSync } from 'node:zlib';
import { dataUri } from '../../../src/report/page/picture.ts';
import { png } from '../../../src/report/page/png.ts';
import { seeded } from '../session.ts';

/** Reads a file as the specification has it. */
function decoded(file: Buffer): { width: number; height: number; kind: number[]; pixels: number[] } {
  assert.equal(file.toString('latin1', 0, 8), '\u0089PNG\r\n\u001a\n');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const name = file.toString('latin1', at + 4, at + 8);
    assert.equal(file.readUInt32BE(at + 8 + length), crc32(file.subarray(at + 4, at + 8 + length)), name);
    chunks.set(name, file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  assert.deepEqual([...chunks.keys()], ['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR')!;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(chunks.get('IDAT')!);
  assert.equal(rows.length, (1 + width) * height);
  const pixels = Array.from({ length: height }, (_, y) => {
    assert.equal(rows[y * (1 + width)], 0, 'no filter');
    return [...rows.subarray(y * (1 + width) + 1, (y + 1) * (1 + width))];
  }).flat();
  return { width, height, kind: [...header.subarray(8)], pixels };
}

test('what is read back are the same grey pixels, stored or packed', () => {
  const draw = seeded(3);
  for (const [width, height] of [
    [1, 1],
    [21, 21],
    [128, 97],
    [300, 400],
  ] as const) {
    const pixels = Uint8Array.from({ length: width * height }, () => 256 * draw());
    const grey = [8, 0, 0, 0, 0];
    assert.deepEqual(decoded(png(pixels, width, height)), { width, height, kind: grey, pixels: [...pixels] });
  }
});

test('the top row of the picture comes first, whatever the order of the file', () => {
  const shown = (firstRow: 'top' | 'bottom'): number[] => {
    const uri = dataUri(Uint8Array.of(1, 2, 3, 4, 5, 6), 2, 3, firstRow);
    return decoded(Buffer.from(uri.slice('data:image/png;base64,'.length), 'base64')).pixels;
  };
  assert.deepEqual(shown('top'), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(shown('bottom'), [5, 6, 3, 4, 1, 2]);
});
