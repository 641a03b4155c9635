/** `darkroom reference defects`: from lists and maps, from the journal of a session, from series of darks and brights, or several. */

import path from 'node:path';
import type { Surveyed } from '../../../correct/observe/survey.ts';
import { openExposure } from '../../../formats/index.ts';
import { Refusal } from '../../../model/outcome.ts';
import { namedAs } from '../../../references/acceptance.ts';
import { listOf } from '../../../references/defect-lists/mask.ts';
import { proposedDefects } from '../../../report/camera/proposed.ts';
import { gather, type Like, type Source, sourceFrom } from '../../../tools/make-reference/defects.ts';
import { findDefects } from '../../../tools/make-reference/find-defects.ts';
import type { Kind } from '../../../tools/make-reference/member.ts';
import { type Mean, meanOf } from '../../../tools/make-reference/series.ts';
import { withJournal } from '../../parsing/journal-of.ts';
import type { Given } from '../../parsing/values.ts';
import { openLine } from '../../terminal/progress.ts';
import { warn } from '../../terminal/streams.ts';
import { defectsOut, misuse } from './out.ts';
import { ofFound } from './wording.ts';

export async function findOrJoin(files: readonly string[], given: Given): Promise<0> {
  const { like, rotationFlip } = given;
  const lists = (given.from ?? []) as readonly string[];
  const series = sorted(files);
  const target = await defectsOut(given, [...lists, ...files]);
  const sources: Source[] = [];
  for (const name of lists) sources.push(await sourceFrom(name));
  if (given.fromSession !== undefined) sources.push(fromSession(path.resolve(String(given.fromSession)), given));
  if (files.length > 0) sources.push(await fromSeries(series, given.rejectOutliers === true));
  const image = like === undefined ? null : await likeness(String(like));
  const { list, notes } = gather(sources, image, rotationFlip === undefined ? null : Number(rotationFlip));
  for (const note of notes) warn(note);
  await target.write(
    list,
    sources.map(({ said }) => said),
  );
  return 0;
}

async function likeness(file: string): Promise<Like> {
  const { source, close } = await openExposure(file, 'image');
  close();
  return source.exposure;
}

function fromSession(folder: string, given: Given): Source {
  const survey: Surveyed | null = withJournal(folder, given, (journal) => journal.pictures().survey);
  if (!survey)
    throw new Refusal(`${folder}: no exposure was corrected with references here, so that no pixel is known to be bad`);
  const { mask } = proposedDefects(survey);
  // Rows that were taken as they are stored are those of MRC files, which is what maps are.
  const list = listOf(mask, survey.firstRow ?? 'bottom');
  return { name: folder, list, said: `session ${path.basename(folder)} of ${survey.exposures} exposures` };
}

/** Which files are darks and which are brights, as their names or their folders say. */
function sorted(files: readonly string[]): Record<Kind, string[]> {
  const series: Record<Kind, string[]> = { dark: [], bright: [] };
  for (const file of files) {
    const absolute = path.resolve(file);
    const kind = namedAs(path.basename(absolute)) ?? namedAs(path.basename(path.dirname(absolute)));
    if (kind === null)
      throw misuse(
        `${file}: neither its name nor that of its folder says dark or bright; put the exposures into folders darks and brights`,
      );
    series[kind].push(file);
  }
  if (files.length > 0 && series.dark.length === 0)
    throw misuse('found brights alone, expected darks too: darkroom reference defects darks/*.mrc brights/*.mrc');
  return series;
}

async function fromSeries(series: Record<Kind, string[]>, rejectOutliers: boolean): Promise<Source> {
  let reading = '';
  const line = openLine(() => `reading ${reading}`);
  line.begin();
  const made = async (kind: Kind): Promise<Mean | null> => {
    if (series[kind].length === 0) return null;
    const begun = (file: string): void => {
      reading = path.basename(file);
    };
    const mean = await meanOf(kind, series[kind], begun, { combine: 'sigma-clip', rejectOutliers });
    for (const { member, reason } of mean.odd) warn(`left out: ${member.name}: ${reason}`);
    for (const note of mean.notes) warn(note);
    return mean;
  };
  try {
    const dark = (await made('dark'))!;
    const bright = await made('bright');
    if (bright) refuseOtherSize(dark, bright, series);
    const found = findDefects(dark, bright);
    warn(ofFound(found, bright !== null));
    const said = `${dark.exposures} darks${bright ? ` and ${bright.exposures} brights` : ''}`;
    return { name: series.dark[0]!, list: listOf(found.mask, dark.exposure.firstRow), said };
  } finally {
    line.end();
  }
}

function refuseOtherSize(dark: Mean, bright: Mean, series: Record<Kind, string[]>): void {
  const said = ({ exposure: { width, height, format } }: Mean): string =>
    `${width} x ${height} px in ${format.toUpperCase()}`;
  if (said(dark) === said(bright)) return;
  throw new Refusal(
    `${series.bright[0]}: found ${said(bright)}, expected ${said(dark)} as in ${series.dark[0]}; give darks and brights of one camera`,
  );
}
