/** `darkroom reference`: makes dark and bright from series of exposures, norm and defects from these. */

import fs from 'node:fs';
import path from 'node:path';
import type { ExitCode } from '../events.ts';
import type { FormatName } from '../exposure.ts';
import { FORMATS } from '../formats/index.ts';
import { Fault, Refusal } from '../outcome.ts';
import type { Kind } from '../reference/belonging.ts';
import { normOf } from '../reference/norm.ts';
import { meanOf } from '../reference/series.ts';
import { seriesProvenance, writeReference } from '../reference/write.ts';
import { Misuse } from './misuse.ts';
import { openLine } from './progress.ts';
import type { Call } from './settings.ts';
import { tell, warn } from './streams.ts';
import type { Given } from './values.ts';

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
  const { out, container } = outFrom(given);
  let reading = '';
  const line = openLine(() => `reading ${reading}`);
  line.begin();
  try {
    const mean = await meanOf(kind, files, (file) => {
      reading = path.basename(file);
    });
    const { exposure, pixels } = mean;
    const provenance = seriesProvenance(kind, mean, files);
    await writeReference(out, container, { exposure, pixels, type: 'float32', provenance });
    for (const note of mean.notes) warn(note);
    tell(
      `${out}: mean of ${mean.exposures} exposures, ${mean.level.toFixed(1)} counts; ${mean.spikes} pixels of single exposures left out as spikes, ${mean.lasting} pixels kept that stand out in most`,
      out,
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
  const { out, container } = outFrom(given);
  if (kind === 'defects' && container !== 'mrc')
    throw misuse(`--out ${given.out}: found ${container}, expected .mrc: maps of defects are int8 MRC`);
  const made = await normOf(path.resolve(String(dark)), path.resolve(String(bright)));
  await writeReference(out, container, made[kind]);
  const bad = made.defects.pixels.reduce((sum, x) => sum + x, 0);
  tell(`${out}: ${bad} bad ${bad === 1 ? 'pixel' : 'pixels'}`, out);
  return 0;
}

const misuse = (message: string): Misuse => new Misuse(message, 'reference');

function outFrom({ out: asked }: Given): { out: string; container: FormatName } {
  if (asked === undefined) throw misuse('--out is missing: say where the reference goes, such as --out dark.mrc');
  const out = path.resolve(String(asked));
  const format = Object.values(FORMATS).find(({ extensions }) => extensions.includes(path.extname(out).toLowerCase()));
  if (!format) throw misuse(`--out ${asked}: found no ending of an image, expected .mrc or .tif`);
  if (fs.existsSync(out)) throw misuse(`--out ${asked}: exists; move it away, or choose another name`);
  return { out, container: format.name };
}
