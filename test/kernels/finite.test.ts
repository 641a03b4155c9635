import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernels, newBench } from './arena.ts';

test('one pixel that is not finite is seen wherever it stands, and the largest numbers are finite', () => {
  const arena = newBench();
  const at = arena.take(4 * 48);
  const pixels = arena.floats(at, 48);
  const good = Float32Array.from({ length: 48 }, (_, i) => [3.4e38, -3.4e38, 1e-45, -0, 0][i % 5]!);
  pixels.set(good);
  assert.equal(kernels.allFinite(at, 48), 1);
  assert.equal(kernels.allFinite(at, 0), 1);
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (let i = 0; i < 48; i++) {
      pixels.set(good);
      pixels[i] = odd;
      assert.equal(kernels.allFinite(at, 48), 0, `${odd} at ${i}`);
      assert.equal(kernels.allFinite(at, 40), i < 40 ? 0 : 1, `${odd} at ${i}, behind the end from 40 on`);
    }
  }
});
