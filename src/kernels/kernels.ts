/**
 * The typed face of the WebAssembly kernels, and the memory they work on. One shared memory holds the references once
 * and a slot for every worker; addresses are bytes into it. Address 0 is never handed out: it stands for "none".
 */

import fs from 'node:fs';
import type { PixelType, WrittenType } from '../model/exposure.ts';
import type { Pages } from './pages.ts';

/**
 * What `assembly/index.ts` exports; each kernel's contract stands beside its code there. `state`, `layout`: addresses of
 * records that a kernel opens and keeps, in memory that the host reserves: as many bytes as `...Bytes` says.
 */
export interface Kernels {
  swap16(address: number, count: number): void;
  swap32(address: number, count: number): void;

  unpackUint8(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackInt8(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackUint16(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackInt16(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackFloat16(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackFloat32(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackInt32(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackUint32(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;

  rowLayoutBytes(): number;
  openRowLayout(
    layout: number,
    width: number,
    height: number,
    stride: number,
    flags: number,
    marks: number,
    lost: number,
  ): void;
  clearBits(layout: number, row: number, rows: number): void;
  listBits(bits: number, count: number, list: number): number;

  lowest(row: number, count: number): number;
  subtractDark(bright: number, dark: number, count: number, sum: number): number;
  sumRow(row: number, count: number, sum: number): number;
  divideMean(row: number, count: number, mean: number, floor: number, cap: number): number;
  /** 1: all. */
  allFinite(row: number, count: number): number;
  markNonFinite(raw: number, bytes: number, count: number, bits: number): void;

  flatField(row: number, dark: number, norm: number, count: number): number;

  correlate(u: number, excess: number, level: number, count: number, sums: number): void;

  repairBytes(): number;
  openRepair(
    state: number,
    layout: number,
    mask: number,
    maskStride: number,
    starts: number,
    columns: number,
    radii: number,
    turned: boolean,
  ): void;
  repairPixels(state: number, row: number, rowIndex: number, lostToo: boolean): number;
  repairLost(state: number, row: number, rowIndex: number): number;
  repairColumns(row: number, first: number, last: number, width: number): void;
  repairRow(row: number, above: number, below: number, part: number, parts: number, width: number): void;

  despikeBytes(width: number): number;
  openDespike(state: number, layout: number, size: number, threshold: number, saturatedToo: boolean): void;
  despike(state: number, row: number, rows: number): number;
  despikeFloat32(state: number, row: number, rows: number): number;

  despikeRobustBytes(width: number, patch: number): number;
  despikeRobustAhead(patch: number): number;
  openDespikeRobust(
    state: number,
    layout: number,
    threshold: number,
    patch: number,
    polarity: number,
    neighbour: boolean,
    diffraction: boolean,
    saturatedToo: boolean,
  ): void;
  despikeRobustRepaired(state: number, bad: number, badStride: number): void;
  despikeRobust(state: number, row: number, rowIndex: number, rows: number): number;
  despikeRobustLeftAlone(state: number): number;
  despikeRobustPatches(state: number): number;
  despikeRobustSpots(state: number): number;
  despikeRobustSingles(state: number): number;
  despikeRobustWidths(state: number): number;
  despikeRobustPlaces(state: number): number;
  despikeRobustLarge(state: number): number;
  despikeRobustLargePlaces(state: number): number;
  despikeRobustCommon(state: number): number;
  despikeRobustOctave(state: number, octave: number): number;

  inlineDark(raw: number, bytes: number, signed: boolean, dark: number, image: number, count: number): void;
  inlineNorm(image: number, norm: number, count: number): void;
  inlineFinite(image: number, count: number): void;
  inlineClip(image: number, count: number, low: number, high: number): void;
  inlineDespike(image: number, width: number, height: number, size: number, threshold: number): number;
  inlineStatistics(image: number, count: number, to: number): void;

  tallyBytes(): number;
  clip(row: number, count: number, low: number, high: number, flags: number, tally: number): void;

  packUint16(row: number, out: number, count: number, scale: number, offset: number, tally: number): void;
  packInt16(row: number, out: number, count: number, scale: number, offset: number, tally: number): void;
  packFloat32(row: number, out: number, count: number, scale: number, offset: number, tally: number): void;

  checksumBytes(): number;
  checksumEndBytes(): number;
  openChecksum(state: number): void;
  checksumAdd(state: number, from: number, bytes: number): void;
  checksumEnd(state: number, to: number): number;

  addRow(row: number, sums: number, count: number): void;
  sumBoxes(sums: number, count: number, box: number, boxes: number): void;
  pickPixels(row: number, count: number, step: number, to: number): void;

  spikesBytes(): number;
  openSpikes(
    state: number,
    layout: number,
    type: number,
    rawStride: number,
    list: number,
    room: number,
    pieceBytes: number,
  ): void;
  referSpikes(state: number, dark: number, norm: number, step: number, first: number, turn: number): void;
  listSpikes(state: number, row: number, rowIndex: number, rows: number, raw: number, least: number): number;
  spikesFound(state: number): number;
  spikeCol(state: number): number;
  spikeRise(state: number): number;
  copyPiece(state: number, row: number, raw: number, col: number, count: number, to: number): void;

  countSpikes(list: number, count: number, counters: number): bigint;
  addSums(sums: number, count: number, into: number, parts: number): void;
  meanSegments(row: number, width: number, length: number, means: number): void;
  listFar(
    row: number,
    width: number,
    length: number,
    levels: number,
    first: number,
    list: number,
    room: number,
  ): number;
  countFar(list: number, count: number, counters: number): void;

  unpackNibbles(from: number, to: number, width: number, rows: number, highFirst: boolean): void;

  lzwBytes(): number;
  openLzw(state: number): void;
  lzw(from: number, fromBytes: number, to: number, toBytes: number, state: number): number;
  packBitsBytes(): number;
  openPackBits(state: number): void;
  packBits(from: number, fromBytes: number, to: number, toBytes: number, state: number): number;
  decoderConsumed(state: number): number;
  /** 1: yes. */
  decoderEnded(state: number): number;

  packLzwBytes(): number;
  packLzwMost(bytes: number): number;
  packLzw(from: number, bytes: number, to: number, table: number): number;
  packDeflateBytes(): number;
  packDeflateMost(bytes: number): number;
  packDeflate(from: number, bytes: number, to: number, state: number): number;

  undoPredictor8(address: number, width: number, rows: number): void;
  undoPredictor16(address: number, width: number, rows: number): void;
  undoFloatPredictor(address: number, width: number, rows: number, bytes: number, scratch: number): void;
  undoPredictor32(address: number, width: number, rows: number): void;
}

const PAGE = 65_536;

/** WebAssembly's limit: 65 536 pages of 64 KiB. */
export const MEMORY_LIMIT = PAGE * PAGE;

/** Compiled once per process; workers get the module, not the bytes. */
export function compileKernels(): WebAssembly.Module {
  return new WebAssembly.Module(fs.readFileSync(new URL('./kernels.wasm', import.meta.url)));
}

/** A memory that all threads see. Its first page stays unused, so that no address is 0. */
export function createMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ shared: true, initial: 1, maximum: PAGE });
}

/** Appends `bytes` to the memory and returns their address. Safe from any thread: growing is atomic. */
export function extend(memory: Pages, bytes: number): number {
  return memory.grow(Math.ceil(bytes / PAGE)) * PAGE;
}

/** Instantiates the kernels on a memory; cheap, once per thread. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const abort = (): never => {
    throw new Error('a kernel aborted');
  };
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Kernels;
}

/** The kernel that reads each type of pixel. */
export const UNPACK = {
  uint8: 'unpackUint8',
  int8: 'unpackInt8',
  uint16: 'unpackUint16',
  int16: 'unpackInt16',
  float16: 'unpackFloat16',
  float32: 'unpackFloat32',
  int32: 'unpackInt32',
  uint32: 'unpackUint32',
} as const satisfies Record<PixelType, keyof Kernels>;

/** The kernel that writes each type of pixel. */
export const PACK = {
  uint16: 'packUint16',
  int16: 'packInt16',
  float32: 'packFloat32',
} as const satisfies Record<WrittenType, keyof Kernels>;
