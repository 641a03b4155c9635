/** `darkroom reference`: makes dark and bright from series of exposures, norm and defects from these. */

import fs from 'node:fs';
import path from 'node:path';
import { named } from '../../../correct/provenance.ts';
import { outputFault } from '../../../files/output-file.ts';
import type { Permit } from '../../../files/ownership.ts';
import { openExposure, WRITABLE } from '../../../formats/index.ts';
import { permitImage } from '../../../formats/ours.ts';
import type { ExitCode } from '../../../model/events.ts';
import type { WrittenFormat } from '../../../model/exposure.ts';
import { Fault, Refusal } from '../../../model/outcome.ts';
import type { DefectList } from '../../../references/defect-lists/list.ts';
import type { Kind } from '../../../tools/make-reference/belonging.ts';
import { gather, type Like, pixelsOf, type Source, sourceFrom } from '../../../tools/make-reference/defects.ts';
import { normOf } from '../../../tools/make-reference/norm.ts';
import { meanOf } from '../../../tools/make-reference/series.ts';
import { seriesProvenance, writeReference } from '../../../tools/make-reference/write.ts';
import { formatNamed, permitDefects, writeDefectsAs } from '../../../tools/make-reference/write-defects.ts';
import { Misuse } from '../../parsing/misuse.ts';
import type { Call } from '../../parsing/settings.ts';
import type { Given } from '../../parsing/values.ts';
import { openLine } from '../../terminal/progress.ts';
import { tell, warn } from '../../terminal/streams.ts';

export async function run({ given, words }: Call): Promise<ExitCode> {
  const [kind = 'nothing', ...files] = words;
  try {
    if (kind === 'dark' || kind === 'bright') return await fromSeries(kind, files, given);
    if (kind === 'defects' && given.from !== undefined) return await fromLists(files, given);
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
  const inputs = [String(dark), String(bright)];
  const make = () => normOf(path.resolve(String(dark)), path.resolve(String(bright)));
  if (kind === 'defects') {
    const target = await defectsOut(given, inputs);
    const made = await make();
    await target.write(made.defects, made.said);
    return 0;
  }
  const { permit, container } = await outFrom(given, inputs);
  const made = await make();
  await writeReference(permit, container, made.norm);
  const bad = pixelsOf(permit.file, made.defects);
  tell(`${permit.file}: ${bad} bad ${bad === 1 ? 'pixel' : 'pixels'}`, permit.file);
  return 0;
}

/** Converts a list of defects, or joins several. */
async function fromLists(files: readonly string[], given: Given): Promise<0> {
  if (files.length > 0)
    throw misuse(`found ${files.join(' ')}, expected each list after its own --from: --from ${files[0]}`);
  const { from, like, rotationFlip } = given;
  const names = from as readonly string[];
  const target = await defectsOut(given, names);
  const sources: Source[] = [];
  for (const name of names) sources.push(await sourceFrom(name));
  const image = like === undefined ? null : await likeness(String(like));
  const { list, notes } = gather(sources, image, rotationFlip === undefined ? null : Number(rotationFlip));
  for (const note of notes) warn(note);
  await target.write(
    list,
    sources.map(({ name, hash }) => named(name, hash)),
  );
  return 0;
}

async function likeness(file: string): Promise<Like> {
  const { source, close } = await openExposure(file, 'image');
  close();
  return source.exposure;
}

interface DefectsOut {
  write(list: DefectList, said: readonly string[]): Promise<void>;
}

async function defectsOut(given: Given, inputs: readonly string[]): Promise<DefectsOut> {
  const out = outPath(given.out, inputs, 'defects.yaml');
  const images = new Map(WRITABLE.flatMap(({ extensions, name }) => extensions.map((each) => [each, name] as const)));
  const asked =
    given.format === undefined || given.format === 'ending' ? formatNamed(out, images) : String(given.format);
  if (asked === null)
    throw misuse(
      `--out ${given.out}: found no ending of a list, expected .txt, .xml, .yaml, .mrc or .tif; or say --format`,
    );
  const { overwrite, way } = overwriting(given);
  const permit = await permitted(out, () => permitDefects(asked, { file: out, overwrite, way }));
  return {
    async write(list, said) {
      await writeDefectsAs(asked, permit, list, said);
      const bad = pixelsOf(out, list);
      tell(`${out}: ${bad} bad ${bad === 1 ? 'pixel' : 'pixels'}`, out);
    },
  };
}

const misuse = (message: string): Misuse => new Misuse(message, 'reference');

/** @param inputs what the reference is made of, which it never replaces */
async function outFrom(
  { out: asked, overwrite }: Given,
  inputs: readonly string[],
): Promise<{ permit: Permit; container: WrittenFormat }> {
  const out = outPath(asked, inputs, 'dark.mrc');
  const format = WRITABLE.find(({ extensions }) => extensions.includes(path.extname(out).toLowerCase()));
  if (!format) throw misuse(`--out ${asked}: found no ending of an image, expected .mrc or .tif`);
  const way = overwriting({ overwrite });
  const replaces = way.overwrite ? 'reference' : null;
  const permit = await permitted(out, () => permitImage({ file: out, within: null, replaces, way: way.way }));
  return { permit, container: format.name };
}

function outPath(asked: Given[string] | undefined, inputs: readonly string[], example: string): string {
  if (asked === undefined) throw misuse(`--out is missing: say where the reference goes, such as --out ${example}`);
  const out = path.resolve(String(asked));
  if (inputs.some((input) => isSame(input, out)))
    throw misuse(`--out ${asked}: is one of the files that the reference is made of; choose another name`);
  return out;
}

const overwriting = ({
  overwrite,
}: {
  readonly overwrite?: Given[string] | undefined;
}): { overwrite: boolean; way: string } => ({
  overwrite: overwrite === true,
  way: `choose another name${overwrite === true ? '' : ', or give --overwrite to replace a reference made by darkroom'}`,
});

async function permitted(out: string, permit: () => Promise<Permit>): Promise<Permit> {
  try {
    return await permit();
  } catch (error) {
    throw error instanceof Fault ? misuse(`--out: ${error.message}`) : outputFault(error, out);
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => fs.statSync(file, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
