/** The typed face of the kernels has what the compiled module has: the same names, with as many parameters. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { kernels } from './arena.ts';

/** The compiler holds this table against the face, both its names and its numbers. */
const PARAMETERS: { readonly [Name in keyof Kernels]: Parameters<Kernels[Name]>['length'] } = {
  addRow: 3,
  addSums: 4,
  allFinite: 2,
  checksumAdd: 3,
  checksumBytes: 0,
  checksumEnd: 2,
  checksumEndBytes: 0,
  clearBits: 3,
  clip: 6,
  copyPiece: 6,
  correlate: 5,
  countSpikes: 3,
  decoderConsumed: 1,
  decoderEnded: 1,
  despike: 3,
  despikeBytes: 1,
  despikeFloat32: 3,
  despikeRobust: 4,
  despikeRobustAhead: 1,
  despikeRobustBytes: 2,
  despikeRobustCommon: 1,
  despikeRobustLarge: 1,
  despikeRobustLargePlaces: 1,
  despikeRobustLeftAlone: 1,
  despikeRobustOctave: 2,
  despikeRobustPatches: 1,
  despikeRobustPlaces: 1,
  despikeRobustRepaired: 3,
  despikeRobustSingles: 1,
  despikeRobustSpots: 1,
  despikeRobustWidths: 1,
  flatField: 4,
  inlineClip: 4,
  inlineDark: 6,
  inlineDespike: 5,
  inlineFinite: 2,
  inlineNorm: 3,
  inlineStatistics: 3,
  listBits: 3,
  listSpikes: 6,
  lowest: 2,
  lzw: 5,
  lzwBytes: 0,
  markNonFinite: 4,
  openChecksum: 1,
  openDespike: 5,
  openDespikeRobust: 8,
  openLzw: 1,
  openPackBits: 1,
  openRepair: 8,
  openRowLayout: 7,
  openSpikes: 7,
  packBits: 5,
  packBitsBytes: 0,
  packFloat32: 6,
  packInt16: 6,
  packUint16: 6,
  pickPixels: 4,
  referSpikes: 6,
  repairBytes: 0,
  repairColumns: 4,
  repairLost: 3,
  repairPixels: 4,
  repairRow: 6,
  rowLayoutBytes: 0,
  spikeCol: 1,
  spikeRise: 1,
  spikesBytes: 0,
  spikesFound: 1,
  sumBoxes: 4,
  swap16: 2,
  swap32: 2,
  tallyBytes: 0,
  undoPredictor16: 3,
  undoPredictor32: 3,
  undoPredictor8: 3,
  unpackFloat16: 6,
  unpackFloat32: 6,
  unpackInt16: 6,
  unpackInt8: 6,
  unpackUint16: 6,
  unpackInt32: 6,
  unpackUint32: 6,
  unpackUint8: 6,
};

test('the module exports the kernels of the typed face, no more and no fewer, with as many parameters', () => {
  // WebAssembly gives an exported function the number of its parameters as its length.
  const functions = Object.entries(kernels).filter(([, kernel]) => typeof kernel === 'function');
  const exported = functions.map(([name, kernel]): [string, number] => [name, kernel.length]).sort();
  assert.deepEqual(Object.fromEntries(exported), PARAMETERS);
});

test('no kernel takes more than eight numbers: what it works on stands behind a handle', () => {
  for (const [name, count] of Object.entries(PARAMETERS)) assert.ok(count <= 8, `${name} takes ${count}`);
});
