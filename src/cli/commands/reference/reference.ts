/** `darkroom reference`: makes dark and bright from series of exposures, norm and defects from these. */

import fs from 'node:fs';
import path from 'node:path';
import { outputFault } from '../../../files/output-file.ts';
import type { Permit } from '../../../files/ownership.ts';
import { WRITABLE } from '../../../formats/index.ts';
import { permitImage } from '../../../formats/ours.ts';
import type { ExitCode } from '../../../model/events.ts';
import type { WrittenFormat } from '../../../model/exposure.ts';
import { Fault, Refusal } from '../../../model/outcome.ts';
import type { Kind } from '../../../tools/make-reference/belonging.ts';
import { normOf } from '../../../tools/make-reference/norm.ts';
import { meanOf } from '../../../tools/make-reference/series.ts';
import { seriesProvenance, writeReference } from '../../../tools/make-reference/write.ts';
import { Misuse } from '../../parsing/misuse.ts';
import type { Call } from '../../parsing/settings.ts';
import type { Given } from '../../parsing/values.ts';
import { openLine } from '../../terminal/progress.ts';
import { tell, warn } from '../../terminal/streams.ts';

export async function run({ given, words }: Call): Promise<ExitCode> {
  const [kind = 'nothing', ...files] = words;
  try {
    if (kind === 'dark' || kind === 'bright') return await fromSeries(kind, files, given);
    if (kind === 'norm' || kind === 'defects') return await fromBoth(kind, files, given);
  } catch (error) {
    throw error instanceof Fault ? new Refusal(error.message, { cause: error }) : error;
  }
  throw misuse(
    `found ${kind}, expected dark, bright, norm or defects: darkroom reference dark darks/*.mrc --out dark.mrc`,
  );
}

async function fromSeries(kind: Kind, files: readonly string[], given: Given): Promise<0> {
  if (files.length === 0)
    throw misuse(`found no files, expected a series: darkroom reference ${kind} ${kind}s/*.mrc --out ${kind}.mrc`);
  const { permit, container } = await outFrom(given, files);
  let reading = '';
  const line = openLine(() => `reading ${reading}`);
  line.begin();
  try {
    const mean = await meanOf(kind, files, (file) => {
      reading = path.basename(file);
    });
    const { exposure, pixels } = mean;
    const provenance = seriesProvenance(kind, mean, files);
    await writeReference(permit, container, { exposure, pixels, type: 'float32', provenance });
    for (const note of mean.notes) warn(note);
    tell(
      `${permit.file}: mean of ${mean.exposures} exposures, ${mean.level.toFixed(1)} counts; ${mean.spikes} pixels of single exposures left out as spikes, ${mean.lasting} pixels kept that stand out in most`,
      permit.file,
    );
  } finally {
    line.end();
  }
  return 0;
}

async function fromBoth(kind: 'norm' | 'defects', files: readonly string[], given: Given): Promise<0> {
  const { dark, bright } = given;
  if (files.length > 0 || dark === undefined || bright === undefined)
    throw misuse(
      `reference ${kind} is made of --dark and --bright: darkroom reference ${kind} --dark dark.mrc --bright bright.mrc --out ${kind}.mrc`,
    );
  const { permit, container } = await outFrom(given, [String(dark), String(bright)]);
  if (kind === 'defects' && container !== 'mrc')
    throw misuse(`--out ${given.out}: found ${container}, expected .mrc: maps of defects are int8 MRC`);
  const made = await normOf(path.resolve(String(dark)), path.resolve(String(bright)));
  await writeReference(permit, container, made[kind]);
  const bad = made.defects.pixels.reduce((sum, x) => sum + x, 0);
  tell(`${permit.file}: ${bad} bad ${bad === 1 ? 'pixel' : 'pixels'}`, permit.file);
  return 0;
}

const misuse = (message: string): Misuse => new Misuse(message, 'reference');

/** @param inputs what the reference is made of, which it never replaces */
async function outFrom(
  { out: asked, overwrite }: Given,
  inputs: readonly string[],
): Promise<{ permit: Permit; container: WrittenFormat }> {
  if (asked === undefined) throw misuse('--out is missing: say where the reference goes, such as --out dark.mrc');
  const out = path.resolve(String(asked));
  const format = WRITABLE.find(({ extensions }) => extensions.includes(path.extname(out).toLowerCase()));
  if (!format) throw misuse(`--out ${asked}: found no ending of an image, expected .mrc or .tif`);
  if (inputs.some((input) => isSame(input, out)))
    throw misuse(`--out ${asked}: is one of the files that the reference is made of; choose another name`);
  const replaces = overwrite === true ? 'reference' : null;
  const way = `choose another name${overwrite === true ? '' : ', or give --overwrite to replace a reference made by darkroom'}`;
  try {
    return { permit: await permitImage({ file: out, within: null, replaces, way }), container: format.name };
  } catch (error) {
    throw error instanceof Fault ? misuse(`--out: ${error.message}`) : outputFault(error, out);
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => fs.statSync(file, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
