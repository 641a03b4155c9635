/** `darkroom reference`: makes dark and bright references from series of exposures. */

import fs from 'node:fs';
import path from 'node:path';
import type { FormatName } from '../exposure.ts';
import { FORMATS } from '../formats/index.ts';
import type { OptionTable } from '../option.ts';
import { Fault, Refusal } from '../outcome.ts';
import { type Judge, meanOf } from '../reference/series.ts';
import { writeMean } from '../reference/write.ts';
import type { Command } from './command.ts';
import { Misuse } from './misuse.ts';
import { printable } from './printable.ts';
import { openLine } from './progress.ts';
import { say } from './streams.ts';

const OPTIONS: OptionTable = {
  out: {
    kind: 'file',
    fallback: null,
    letter: 'o',
    group: 'Output',
    describe: 'the reference, .mrc or .tif, float32; must be given, and free',
  },
};

/** How far the level of an exposure may lie from that of its series. */
const KINDS: Readonly<Record<string, Judge>> = {
  dark: (level, median) =>
    level > 2 * Math.abs(median) + 50 ? 'was the beam on? leave it out, or take the series again' : null,
  bright: (level, median) => (level < median / 2 ? 'was there no beam? leave it out, or take the series again' : null),
};

export const reference: Command = {
  name: 'reference',
  describe: 'make a dark or bright reference from a series of exposures',
  usage: '<dark or bright> <files...> --out <file>',
  options: OPTIONS,
  examples: [
    [
      'reference dark darks/*.mrc --out dark.mrc',
      'the mean of exposures without a beam, X-rays left out, hot pixels kept',
    ],
    ['reference bright brights/*.mrc --out bright.mrc', 'the same of an even beam without specimen'],
  ],
  async run({ given, words }) {
    const [kind, ...files] = words;
    const judge = KINDS[kind ?? ''];
    if (!kind || !judge)
      throw new Misuse(
        `found ${kind ?? 'nothing'}, expected dark or bright: darkroom reference dark darks/*.mrc --out dark.mrc`,
        'reference',
      );
    if (files.length === 0)
      throw new Misuse(
        `found no files, expected a series: darkroom reference ${kind} ${kind}s/*.mrc --out ${kind}.mrc`,
        'reference',
      );
    const { out, container } = outFrom(given.out);
    const line = await openLine(() => `reading ${reading}`);
    let reading = '';
    line.begin();
    try {
      const mean = await meanOf(files, judge, (file) => {
        reading = path.basename(file);
      });
      await writeMean(out, container, kind, mean, files);
      say(
        printable(
          `${out}: mean of ${mean.exposures} exposures; ${mean.spikes} pixels of single exposures left out as spikes, ${mean.lasting} pixels kept that stand out in most`,
        ),
      );
    } catch (error) {
      throw error instanceof Fault ? new Refusal(error.message, { cause: error }) : error;
    } finally {
      line.end();
    }
    return 0;
  },
};

function outFrom(given: unknown): { out: string; container: FormatName } {
  if (given === undefined)
    throw new Misuse('--out is missing: say where the reference goes, such as --out dark.mrc', 'reference');
  const out = path.resolve(String(given));
  const format = Object.values(FORMATS).find(({ extensions }) => extensions.includes(path.extname(out).toLowerCase()));
  if (!format) throw new Misuse(`--out ${given}: found no ending of an image, expected .mrc or .tif`, 'reference');
  if (fs.existsSync(out)) throw new Misuse(`--out ${given}: exists; move it away, or choose another name`, 'reference');
  return { out, container: format.name };
}
