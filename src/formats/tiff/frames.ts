/**
 * How many frames stand behind one directory. TIFF has one directory for each image, but some programs write one for a
 * whole stack and say elsewhere how many images there are; who counts directories loses all but the first.
 */

import type { OpenFile } from '../../files/input-file.ts';
import { LIMITS, PIXELS } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import type { TiffDirectory } from './directory.ts';
import { TAGS } from './fields.ts';
import { imageJImages, imageJProperties } from './imagej.ts';
import { checkComplete, isOneStretch, type TiffPage } from './page.ts';

interface Stack {
  readonly writer: string;
  /** Images behind the directory, the first included. */
  readonly images: number;
  /** False: the text that says so may be left from the stack that a single image was taken from. */
  readonly certain: boolean;
}

/**
 * The frames behind a directory. `texts`: its descriptions; `alone`: there is no other frame in the file.
 * @throws Fault 'incomplete', 'unsupported', 'format'
 */
export function framesOf(
  directory: TiffDirectory,
  page: TiffPage,
  texts: readonly string[],
  alone: boolean,
  file: OpenFile,
): TiffPage[] {
  const slices = directory.number(TAGS.ImageDepth) ?? 1;
  if (slices > 1) return volume(page, limited(slices, file), file);
  const stack = [shaped(page, texts, alone), ...(alone ? [imageJ(texts), metaMorph(directory)] : [])].find(
    (each) => each !== null && each.images > 1,
  );
  if (!stack) return [page];
  return stretched(page, { ...stack, images: limited(stack.images, file) }, file);
}

/** ImageDepth: the strips or tiles of all slices are listed behind one another. */
function volume(page: TiffPage, slices: number, file: OpenFile): TiffPage[] {
  const blocks = Math.ceil(page.width / page.blockWidth) * Math.ceil(page.height / page.blockHeight);
  if (page.offsets.length < slices * blocks) {
    return stretched(page, { writer: 'a volume (ImageDepth)', images: slices, certain: true }, file);
  }
  return Array.from({ length: slices }, (_, slice) => {
    const part = (list: Float64Array): Float64Array => list.subarray(slice * blocks, (slice + 1) * blocks);
    const frame = { ...page, offsets: part(page.offsets), counts: part(page.counts) };
    checkComplete(frame, file);
    return frame;
  });
}

/** The other images follow the first without a gap, none of them compressed. */
function stretched(page: TiffPage, { writer, images, certain }: Stack, file: OpenFile): TiffPage[] {
  const frameBytes = page.width * page.height * PIXELS[page.type].bytes;
  const start = page.offsets[0]!;
  const plain = isOneStretch(page);
  const room = Math.floor((file.size - start) / frameBytes);
  if (plain && room >= images) {
    // As one strip each: the list of strips, once for every image, could be far longer than the file.
    return Array.from({ length: images }, (_, image) => ({
      ...page,
      blockHeight: page.height,
      offsets: Float64Array.of(start + image * frameBytes),
      counts: Float64Array.of(frameBytes),
    }));
  }
  if (!certain) return [page];
  const found = `${file.path}: found ${writer} of ${images} images behind one directory`;
  if (plain) {
    throw new Fault(
      'incomplete',
      `${found}, but bytes for ${room}; copy it again, or, if it is one image of that stack, remove its description with tiffset -s 270 ""`,
    );
  }
  throw new Fault(
    'unsupported',
    `${found}, compressed or in pieces, expected one directory each; save it from the program that made it with one directory each`,
  );
}

function limited(images: number, file: OpenFile): number {
  if (images <= LIMITS.frames) return images;
  throw new Fault(
    'format',
    `${file.path}: claims ${images} images, expected at most ${LIMITS.frames}; the file is damaged, or split it`,
  );
}

/** Past 4 GB ImageJ writes one directory for a whole stack. */
function imageJ(texts: readonly string[]): Stack | null {
  const properties = texts.map((text) => imageJProperties(text.split(/\r?\n/))).find((found) => found !== null);
  return properties ? { writer: 'an ImageJ stack', images: imageJImages(properties), certain: true } : null;
}

/** tifffile says the shape of a series in JSON, and that it is truncated where only its first page has a directory. */
function shaped(page: TiffPage, texts: readonly string[], alone: boolean): Stack | null {
  for (const text of texts) {
    const said = /^\{.*"shape"\s*:\s*\[([\d\s,]+)\]/s.exec(text);
    if (!said) continue;
    const pixels = said[1]!.split(',').reduce((product, size) => product * Number(size), 1);
    const images = pixels / (page.width * page.height);
    const certain = /"truncated"\s*:\s*true/.test(text);
    if (Number.isInteger(images) && (certain || alone)) return { writer: 'a tifffile series', images, certain };
  }
  return null;
}

/** MetaMorph stacks (STK): as many planes as the field has values. */
function metaMorph({ entries }: TiffDirectory): Stack | null {
  const planes = entries.find(({ tag, type }) => tag === TAGS.MetaMorphPlanes && type === 5);
  return planes ? { writer: 'a MetaMorph stack', images: planes.count, certain: true } : null;
}
