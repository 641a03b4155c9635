/** Writes an exposure as TIFF: little-endian, pixels first, directories at the end, BigTIFF where 4 GB do not suffice. */

import type { OutputFile } from '../../files/output-file.ts';
import type { WrittenType } from '../../model/exposure.ts';
import type { Plan, Sink } from '../format.ts';
import { ascii, directory, directoryBytes, header, headerBytes, long, longs, rational, short } from './assemble.ts';
import { COMPRESSORS } from './compressors.ts';
import { beforeNul, describe } from './description.ts';
import { TAGS, type TiffField } from './fields.ts';
import { rowsPerStrip, type Strips, strips } from './strips.ts';

/** BitsPerSample, tag 258, and SampleFormat, tag 339. */
const WRITTEN: Readonly<Record<WrittenType | 'mask', { readonly bits: number; readonly format: number }>> = {
  mask: { bits: 1, format: 1 },
  uint16: { bits: 16, format: 1 },
  int16: { bits: 16, format: 2 },
  float32: { bits: 32, format: 3 },
};

/** Types that only a BigTIFF may hold. */
const BIG_TYPES = new Set([16, 17, 18]);

const LARGEST_CLASSIC = 2 ** 32 - 1;

export function tiffSink(file: OutputFile, plan: Plan): Sink {
  const rowBytes = Math.ceil((plan.width * WRITTEN[plan.type].bits) / 8);
  const kept = Array.from({ length: plan.frames }, (_, frame) => keptFields(plan, frame));
  const big = needsBig(plan, rowBytes, kept);
  const pixels = strips(file, plan, headerBytes(big), rowBytes);
  return {
    notes: notesOf(kept, big),
    prepare: (arena) => pixels.prepare(arena),
    write: (frame, row, rows, address) => pixels.write(frame, row, rows, address),
    ...(pixels.position && { position: pixels.position }),
    finish() {
      // Directory behind directory; the first bytes of the file come last, so that half a file is no TIFF.
      const first = pixels.end();
      const chain: Buffer[] = [];
      let at = first;
      kept.forEach((fields, frame) => {
        const all = [
          ...fields.filter((field) => big || !BIG_TYPES.has(field.type)),
          ...layout(plan, rowBytes, pixels, frame, big),
        ];
        const next = at + directoryBytes(all, big);
        chain.push(directory(all, big, at, frame + 1 < plan.frames ? next : 0));
        at = next;
      });
      file.write(Buffer.concat(chain), first);
      file.write(header(big, first), 0);
      return at;
    },
  };
}

/** Decided before the first byte: uncompressed size, what packing may add to noise, and the directories. */
function needsBig(plan: Plan, rowBytes: number, kept: readonly (readonly TiffField[])[]): boolean {
  const pixels = plan.frames * plan.height * rowBytes;
  const stripsInFile = plan.frames * Math.ceil(plan.height / rowsPerStrip(rowBytes, plan.height));
  const fields = kept.reduce((sum, page) => sum + directoryBytes(page, true) + 1024, 0);
  return (
    pixels * (plan.compression === 'none' ? 1 : COMPRESSORS[plan.compression].growth) + stripsInFile * 16 + fields >
    LARGEST_CLASSIC
  );
}

function notesOf(kept: readonly (readonly TiffField[])[], big: boolean): string[] {
  const dropped = big ? [] : kept.flat().filter(({ type }) => BIG_TYPES.has(type));
  return [
    ...new Set(
      dropped.map(
        ({ tag }) => `TIFF tag ${tag} holds 64-bit numbers, which only BigTIFF can: it is left out of the output`,
      ),
    ),
  ];
}

/** What a page carries on from the input, and what it says of its making. */
function keptFields(plan: Plan, frame: number): TiffField[] {
  const { carried, provenance } = plan;
  const fields = [...(carried.tiff?.[frame] ?? [])];
  /** In place of the first field of this tag, or as a new one; `make` gets its bytes. */
  const put = (tag: number, make: (before: Uint8Array | undefined) => Uint8Array): void => {
    const at = fields.findIndex((field) => field.tag === tag);
    const field = ascii(tag, make(fields[at]?.bytes));
    if (at < 0) fields.push(field);
    else fields[at] = field;
  };
  if (frame === 0) {
    const labels = Buffer.from(carried.tiff ? '' : carried.description.join('\n'));
    put(TAGS.ImageDescription, (before = labels) => describe(before, provenance.lines.join('; '), plan.type));
    put(TAGS.Software, (before) => software(before, provenance.software));
  }
  if (!carried.tiff) fields.push(...resolution(carried.pixelSize));
  return fields;
}

/** The maker of the input stays first: programs look there. Earlier versions of this tool are dropped. */
function software(before: Uint8Array | undefined, ours: string): Uint8Array {
  const [name] = ours.split(' ');
  const makers = beforeNul(before ?? new Uint8Array())
    .toString('latin1')
    .trimEnd()
    .split('; ')
    .filter((maker) => maker !== '' && maker.split(' ')[0] !== name);
  return Buffer.from(`${[...makers, ours].join('; ')}\0`, 'latin1');
}

/** Pixels per centimetre. @param pixelSize Angstrom */
function resolution(pixelSize: number | undefined): TiffField[] {
  const perCentimetre = 1e8 / (pixelSize ?? 0);
  if (!(perCentimetre >= 1 && perCentimetre < 2 ** 32 - 1)) return [];
  return [
    rational(TAGS.XResolution, perCentimetre),
    rational(TAGS.YResolution, perCentimetre),
    short(TAGS.ResolutionUnit, 3),
  ];
}

function layout(plan: Plan, rowBytes: number, pixels: Strips, frame: number, big: boolean): TiffField[] {
  return [
    long(TAGS.ImageWidth, plan.width),
    long(TAGS.ImageLength, plan.height),
    short(TAGS.BitsPerSample, WRITTEN[plan.type].bits),
    short(TAGS.Compression, plan.compression === 'none' ? 1 : COMPRESSORS[plan.compression].code),
    short(TAGS.Photometric, 1), // 0 is black
    longs(TAGS.StripOffsets, pixels.offsets[frame]!, big),
    short(TAGS.Orientation, 1),
    short(TAGS.SamplesPerPixel, 1),
    long(TAGS.RowsPerStrip, rowsPerStrip(rowBytes, plan.height)),
    longs(TAGS.StripByteCounts, pixels.counts[frame]!, big),
    short(TAGS.PlanarConfiguration, 1),
    short(TAGS.SampleFormat, WRITTEN[plan.type].format),
  ];
}
