/** Where `darkroom reference` writes: what may be named with --out, and what may be replaced there. */

import fs from 'node:fs';
import path from 'node:path';
import { outputFault } from '../../../files/output-file.ts';
import type { Permit } from '../../../files/ownership.ts';
import { WRITABLE } from '../../../formats/index.ts';
import { permitImage } from '../../../formats/ours.ts';
import type { WrittenFormat } from '../../../model/exposure.ts';
import { Fault } from '../../../model/outcome.ts';
import type { DefectList } from '../../../references/defect-lists/list.ts';
import { pixelsOf } from '../../../tools/make-reference/defects.ts';
import { formatNamed, permitDefects, writeDefectsAs } from '../../../tools/make-reference/write-defects.ts';
import { Misuse } from '../../parsing/misuse.ts';
import type { Given } from '../../parsing/values.ts';
import { tell } from '../../terminal/streams.ts';

export const misuse = (message: string): Misuse => new Misuse(message, 'reference');

/** @param inputs what the reference is made of, which it never replaces */
export async function imageOut(
  given: Given,
  inputs: readonly string[],
): Promise<{ permit: Permit; container: WrittenFormat }> {
  const out = outPath(given.out, inputs, 'dark.mrc');
  const format = WRITABLE.find(({ extensions }) => extensions.includes(path.extname(out).toLowerCase()));
  if (!format) throw misuse(`--out ${given.out}: found no ending of an image, expected .mrc or .tif`);
  const { overwrite, way } = overwriting(given);
  const replaces = overwrite ? 'reference' : null;
  const permit = await permitted(out, () => permitImage({ file: out, within: null, replaces, way }));
  return { permit, container: format.name };
}

export interface DefectsOut {
  /** Writes the list, and tells how many pixels are bad. `said`: what it comes from, item by item. */
  write(list: DefectList, said: readonly string[]): Promise<void>;
}

/** The same for a list of defects, in the format that the ending or --format says. */
export async function defectsOut(given: Given, inputs: readonly string[]): Promise<DefectsOut> {
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

function outPath(asked: Given[string] | undefined, inputs: readonly string[], example: string): string {
  if (asked === undefined) throw misuse(`--out is missing: say where the reference goes, such as --out ${example}`);
  const out = path.resolve(String(asked));
  if (inputs.some((input) => isSame(input, out)))
    throw misuse(`--out ${asked}: is one of the files that the reference is made of; choose another name`);
  return out;
}

const overwriting = ({ overwrite }: Given): { overwrite: boolean; way: string } => ({
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
