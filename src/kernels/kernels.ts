/**
 * The typed face of the WebAssembly kernels, and the memory they work on. One shared memory holds the references once
 * and a slot for every worker; addresses are bytes into it. Address 0 is never handed out: it stands for "none".
 */

import fs from 'node:fs';
import type { PixelType, WrittenType } from '../model/exposure.ts';

/** What `assembly/index.ts` exports; each kernel's contract stands beside its code there. */
export interface Kernels {
  swap16(address: number, count: number): void;
  swap32(address: number, count: number): void;

  unpackUint8(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackInt8(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackUint16(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackInt16(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackFloat16(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;
  unpackFloat32(raw: number, out: number, count: number, saturation: number, flags: number, tally: number): void;

  clearBits(row: number, stride: number, rows: number, bits: number, bytes: number): void;
  listBits(bits: number, count: number, list: number): number;

  lowest(row: number, count: number): number;
  /** 1: all. */
  allFinite(row: number, count: number): number;
  markNonFinite(raw: number, bytes: number, count: number, bits: number): void;

  flatField(row: number, dark: number, norm: number, count: number): number;

  repairPixels(
    row: number,
    stride: number,
    rowIndex: number,
    height: number,
    width: number,
    columns: number,
    radii: number,
    count: number,
    mask: number,
    maskStep: number,
    lost: number,
    scratch: number,
  ): number;
  repairLost(
    row: number,
    stride: number,
    rowIndex: number,
    height: number,
    width: number,
    mask: number,
    maskStep: number,
    lost: number,
    scratch: number,
  ): number;
  repairColumns(row: number, first: number, last: number, width: number): void;
  repairRow(row: number, above: number, below: number, part: number, parts: number, width: number): void;
  despikeScratch(width: number, size: number): number;

  despike(
    row: number,
    stride: number,
    rows: number,
    width: number,
    size: number,
    threshold: number,
    flags: number,
    marks: number,
    scratch: number,
  ): number;
  despikeFloat32(
    row: number,
    stride: number,
    rows: number,
    width: number,
    size: number,
    threshold: number,
    flags: number,
    marks: number,
  ): number;
  despikeRobustScratch(width: number, patch: number): number;
  despikeRobustAhead(patch: number): number;
  despikeRobust(
    row: number,
    stride: number,
    rowIndex: number,
    rows: number,
    width: number,
    height: number,
    threshold: number,
    patch: number,
    polarity: number,
    neighbour: boolean,
    diffraction: boolean,
    flags: number,
    marks: number,
    scratch: number,
  ): number;

  clip(row: number, count: number, low: number, high: number, flags: number, tally: number): void;

  packUint16(row: number, out: number, count: number, scale: number, offset: number, tally: number): void;
  packInt16(row: number, out: number, count: number, scale: number, offset: number, tally: number): void;
  packFloat32(row: number, out: number, count: number, scale: number, offset: number, tally: number): void;

  checksumBytes(): number;
  checksumBegin(state: number): void;
  checksumAdd(state: number, from: number, bytes: number): void;
  checksumEnd(state: number, to: number): number;

  addRow(row: number, sums: number, count: number): void;
  sumBoxes(sums: number, count: number, box: number, boxes: number): void;
  pickPixels(row: number, count: number, step: number, to: number): void;
  listSpikes(
    row: number,
    stride: number,
    marks: number,
    width: number,
    rows: number,
    index: number,
    turn: number,
    raw: number,
    rawStride: number,
    type: number,
    dark: number,
    norm: number,
    step: number,
    list: number,
    room: number,
    least: number,
    result: number,
  ): number;
  copyPiece(raw: number, type: number, row: number, col: number, count: number, before: number, after: number): void;
  countSpikes(list: number, count: number, counters: number): bigint;
  addSums(sums: number, count: number, into: number, parts: number): void;

  lzwStart(state: number): void;
  lzw(from: number, fromBytes: number, to: number, toBytes: number, state: number): number;
  packBits(from: number, fromBytes: number, to: number, toBytes: number, state: number): number;
  undoPredictor8(address: number, width: number, rows: number): void;
  undoPredictor16(address: number, width: number, rows: number): void;
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
export function extend(memory: WebAssembly.Memory, bytes: number): number {
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
} as const satisfies Record<PixelType, keyof Kernels>;

/** The kernel that writes each type of pixel. */
export const PACK = {
  uint16: 'packUint16',
  int16: 'packInt16',
  float32: 'packFloat32',
} as const satisfies Record<WrittenType, keyof Kernels>;
