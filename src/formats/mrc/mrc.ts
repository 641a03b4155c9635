/**
 * MRC2014 files: 1024 bytes of header, an extended header that is carried over untouched, then the pixels, frame after
 * frame, bottom row first. Reading is in `mrc-source.ts`, writing in `mrc-sink.ts`.
 */

import { LARGEST, type WritableFormat } from '../format.ts';
import { HEADER_BYTES } from './header.ts';
import { MrcSink } from './sink.ts';
import { byteOrder, labelsIn, openMrc } from './source.ts';

export const mrc: WritableFormat = {
  name: 'mrc',
  titles: ['MRC'],
  extensions: ['.mrc', '.mrcs', '.st'],
  firstRow: 'bottom',
  maskBits: 8,
  recognises: (head, size) => size >= HEADER_BYTES && head.length >= HEADER_BYTES && byteOrder(head) !== null,
  open: async (file, choice = LARGEST) => openMrc(file, choice),
  description: async (file) => labelsIn(file),
  create: (file, plan) => new MrcSink(file, plan),
};
