/** `darkroom info`: header, type and statistics of exposures. */

import path from 'node:path';
import { systemFault } from '../../../files/input-file.ts';
import { type Choice, LARGEST } from '../../../formats/format.ts';
import { openExposure } from '../../../formats/index.ts';
import { compileKernels, createMemory, instantiate } from '../../../kernels/kernels.ts';
import type { ExitCode } from '../../../model/events.ts';
import { METADATA_FIELDS, type Metadata, type NamedField } from '../../../model/metadata.ts';
import { Fault } from '../../../model/outcome.ts';
import { printable } from '../../../model/printable.ts';
import { Inspection, type Pixels } from '../../../tools/inspect.ts';
import { KnownOutputs } from '../../../tools/known-statistics.ts';
import { Misuse } from '../../parsing/misuse.ts';
import { ofNamedFile } from '../../parsing/named-file.ts';
import type { Call } from '../../parsing/settings.ts';
import { eventLine } from '../../terminal/event-line.ts';
import { say, tell, warn } from '../../terminal/streams.ts';

/** What is said of one exposure; with --json in these words, sizes in px and bytes, pixel size in angstrom. */
interface Described {
  readonly file: string;
  readonly format: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly bytes: number;
  readonly pixelSize: number | null;
  readonly firstRow: string;
  /** How it was taken, as the file or one beside it states; null where nothing does. */
  readonly metadata: Metadata | null;
  readonly statistics: Pixels;
  /** `journal`: as the run computed them that wrote the file, which has not changed since. */
  readonly statisticsFrom: 'journal' | 'pixels';
  readonly description: readonly string[];
  readonly notes: readonly string[];
}

export async function run({ given, words }: Call): Promise<ExitCode> {
  if (words.length === 0)
    throw new Misuse('found no file, expected at least one: darkroom info raw/grid3_012.mrc', 'info');
  const memory = createMemory();
  const inspection = new Inspection(instantiate(compileKernels(), memory), memory);
  const choice = chosen(given);
  const known = given.fresh === true || choice.image !== null || choice.fourBit !== 'auto' ? null : new KnownOutputs();
  let failed = 0;
  for (const word of words) {
    try {
      const described = await describe(word, choice, inspection, known);
      if (given.json === true) say(eventLine(described));
      else for (const line of sheet(described)) tell(printable(line), described.file);
    } catch (error) {
      const fault = systemFault(error, word);
      if (!(fault instanceof Fault)) throw error;
      failed++;
      warn(`failed  ${ofNamedFile(fault.message)}`, word);
    }
  }
  known?.close();
  return failed > 0 ? 2 : 0;
}

const chosen = ({ image, fourBit }: Call['given']): Choice => ({
  image: typeof image === 'number' ? image : LARGEST.image,
  fourBit: fourBit === 'always' || fourBit === 'never' ? fourBit : LARGEST.fourBit,
});

async function describe(
  file: string,
  choice: Choice,
  inspection: Inspection,
  known: KnownOutputs | null,
): Promise<Described> {
  const open = await openExposure(file, 'image', choice);
  try {
    const { exposure, carried } = open.source;
    const { format, type, width, height, frames, pixelSize = null, firstRow, metadata = null, notes } = exposure;
    // Outputs hold no pixel that is no finite number.
    const kept = known?.statisticsOf(file) ?? null;
    const statistics = kept ? { ...kept, nonFinite: 0 } : await inspection.pixels(open);
    return {
      file: path.resolve(file),
      format,
      type,
      width,
      height,
      frames,
      bytes: open.file.size,
      pixelSize,
      firstRow,
      metadata,
      statistics,
      statisticsFrom: kept ? 'journal' : 'pixels',
      description: carried.description,
      notes,
    };
  } finally {
    open.close();
  }
}

/** A line for each thing, its name in a column of its own. */
function sheet({
  file,
  format,
  type,
  width,
  height,
  frames,
  bytes,
  pixelSize,
  firstRow,
  metadata,
  statistics,
  statisticsFrom,
  description,
  notes,
}: Described): string[] {
  const { min, max, mean, deviation, nonFinite } = statistics;
  const lines: (readonly [string, string])[] = [
    [
      'image',
      `${width} x ${height} px${frames > 1 ? `, ${frames} frames` : ''}, ${type}, ${format}, ${(bytes / 1e6).toFixed(1)} MB`,
    ],
    ['rows', `${firstRow} row of the picture first`],
    ['pixel size', pixelSize === null ? 'not given' : `${rounded(pixelSize)} angstrom`],
    [
      'counts',
      `${rounded(min)} to ${rounded(max)}, mean ${rounded(mean)}, deviation ${rounded(deviation)}${statisticsFrom === 'journal' ? ' (from the journal)' : ''}`,
    ],
    ...METADATA_FIELDS.flatMap((field) => told(field, metadata)),
    ...(nonFinite > 0 ? [['not finite', `${nonFinite} pixels, taken for 0`] as const] : []),
    ...description.filter((line) => line.trim() !== '').map((line, i) => [i === 0 ? 'description' : '', line] as const),
    ...notes.map((note) => ['note', note] as const),
  ];
  const column = Math.max(13, ...lines.map(([name]) => name.length + 2));
  return [file, ...lines.map(([name, text]) => `  ${name.padEnd(column)}${text}`)];
}

/** A field of the metadata; who states the time stands behind it. */
function told({ name, kind, unit, heading }: NamedField, metadata: Metadata | null): (readonly [string, string])[] {
  const value = metadata?.[name];
  if (value === undefined || name === 'takenFrom') return [];
  if (kind === 'time') return [[heading, `${new Date(value as number).toISOString()} (${metadata?.takenFrom})`]];
  if (kind === 'flag') return [[heading, value ? 'yes' : 'no']];
  const text = typeof value === 'number' ? rounded(value) : String(value);
  // The header has its own pixel size, which outputs keep.
  return [[name === 'pixelSize' ? 'stated size' : heading, unit ? `${text} ${unit}` : text]];
}

const rounded = (value: number): string => String(Number(value.toPrecision(6)));
