/** `darkroom reference`: makes dark and bright from series of exposures, norm from both, and lists of defects. */

import path from 'node:path';
import type { ExitCode } from '../../../model/events.ts';
import { Fault, Refusal } from '../../../model/outcome.ts';
import type { Combine } from '../../../tools/make-reference/clipped-mean.ts';
import type { Kind } from '../../../tools/make-reference/member.ts';
import { normOf } from '../../../tools/make-reference/norm.ts';
import { meanOf } from '../../../tools/make-reference/series.ts';
import { type Usable, usableFrom } from '../../../tools/make-reference/usable.ts';
import { seriesProvenance, writeReference } from '../../../tools/make-reference/write.ts';
import type { Call } from '../../parsing/settings.ts';
import type { Given } from '../../parsing/values.ts';
import { openLine } from '../../terminal/progress.ts';
import { tell, warn } from '../../terminal/streams.ts';
import { findOrJoin } from './defects.ts';
import { defectsOut, imageOut, misuse } from './out.ts';
import { ofMean, ofNorm } from './wording.ts';

export async function run({ given, words }: Call): Promise<ExitCode> {
  const [kind = 'nothing', ...files] = words;
  try {
    if (kind === 'dark' || kind === 'bright') return await fromSeries(kind, files, given);
    if (kind === 'defects' && (files.length > 0 || given.from !== undefined || given.fromSession !== undefined))
      return await findOrJoin(files, given);
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
  const { permit, container } = await imageOut(given, files);
  let reading = '';
  const line = openLine(() => `reading ${reading}`);
  line.begin();
  try {
    const options = {
      combine: String(given.combine ?? 'sigma-clip') as Combine,
      rejectOutliers: given.rejectOutliers === true,
    };
    const mean = await meanOf(
      kind,
      files,
      (file) => {
        reading = path.basename(file);
      },
      options,
    );
    const { exposure, pixels } = mean;
    const provenance = seriesProvenance(kind, mean, files, new Date());
    await writeReference(permit, container, { exposure, pixels, type: 'float32', provenance });
    for (const { member, reason } of mean.odd) warn(`left out: ${member.name}: ${reason}`);
    for (const note of mean.notes) warn(note);
    for (const said of ofMean(permit.file, kind, mean)) tell(said, permit.file);
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
  const usable = usableIn(given);
  const inputs = [path.resolve(String(dark)), path.resolve(String(bright))] as const;
  if (kind === 'defects') {
    const target = await defectsOut(given, inputs);
    const { defects, said } = await normOf(...inputs, usable);
    await target.write(defects, said);
    return 0;
  }
  const { permit, container } = await imageOut(given, inputs);
  const { norm, figures } = await normOf(...inputs, usable);
  await writeReference(permit, container, norm);
  for (const said of ofNorm(permit.file, figures)) tell(said, permit.file);
  return 0;
}

function usableIn({ usableArea }: Given): Usable | null {
  if (usableArea === undefined) return null;
  const usable = usableFrom(String(usableArea));
  if (!usable)
    throw misuse(
      `--usable-area ${usableArea}: expected first column, first row, last column, last row, such as 16,16,4079,4079`,
    );
  return usable;
}
