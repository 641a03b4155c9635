/** Kernels of the survey: counters and sums that all threads add to. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { compileKernels, createMemory, extend, instantiate } from '../../src/kernels/kernels.ts';

const module = compileKernels();

function place() {
  const memory = createMemory();
  return { memory, kernels: instantiate(module, memory), address: extend(memory, 1 << 16) };
}

test('a counter counts each time its pixel is listed, and stays at 255', () => {
  const { memory, kernels, address } = place();
  const counters = new Uint8Array(memory.buffer, address, 500);
  counters[7] = 254;
  const listed = Array.from({ length: 300 }, (_, i) => [7, 9, 100 + i][i % 3]!);
  new Uint32Array(memory.buffer, address + 4096, 300).set(listed);
  kernels.countSpikes(address + 4096, 300, address);
  const expected = new Uint8Array(500);
  for (const pixel of listed) expected[pixel]! += pixel === 7 ? 0 : 1;
  expected[7] = 255;
  assert.deepEqual(new Uint8Array(counters), expected);
});

test('sums are added in parts, rounded once, below zero too', () => {
  const { memory, kernels, address } = place();
  new Float32Array(memory.buffer, address, 4).set([1.5, -2.25, 0.001, 1e7]);
  new BigInt64Array(memory.buffer, address + 64, 4).set([1n, 1n, 1n, 1n]);
  kernels.addSums(address, 4, address + 64, 256);
  assert.deepEqual([...new BigInt64Array(memory.buffer, address + 64, 4)], [385n, -575n, 1n, 2_560_000_001n]);
});

test('what is beyond all counts, or no number, stops no kernel', () => {
  const { memory, kernels, address } = place();
  new Float32Array(memory.buffer, address, 4).set([Number.NaN, 3e38, -3e38, Number.POSITIVE_INFINITY]);
  kernels.addSums(address, 4, address + 64, 256);
  const most = 2n ** 63n - 1n;
  assert.deepEqual([...new BigInt64Array(memory.buffer, address + 64, 4)], [0n, most, -most - 1n, most]);
});

test('threads that count the same pixels at once lose none', async () => {
  const { memory, kernels, address } = place();
  const [list, sums] = [address + 4096, address + 8192];
  new Uint32Array(memory.buffer, list, 200).fill(3);
  new Float32Array(memory.buffer, address + 64, 4).fill(1);
  const other = `
    const { workerData: { module, memory, address, list, sums } } = require('node:worker_threads');
    const { countSpikes, addSums } = new WebAssembly.Instance(module, { env: { memory, abort() {} } }).exports;
    for (let turn = 0; turn < 20000; turn++) addSums(address + 64, 4, sums, 1);
    countSpikes(list, 100, address);`;
  const worker = new Worker(other, { eval: true, workerData: { module, memory, address, list, sums } });
  const ended = new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
  for (let turn = 0; turn < 20_000; turn++) kernels.addSums(address + 64, 4, sums, 1);
  kernels.countSpikes(list, 100, address);
  assert.equal(await ended, 0);
  assert.equal(new Uint8Array(memory.buffer, address, 4)[3], 200);
  assert.deepEqual([...new BigInt64Array(memory.buffer, sums, 4)], [40_000n, 40_000n, 40_000n, 40_000n]);
});
