/** What an input's header holds and an output in another container has no place for: said, so that nothing is lost unknown. */

import type { FormatName } from '../model/exposure.ts';
import type { Carried } from './format.ts';
import { WORDS } from './mrc/header.ts';

/** In words that are the same for all exposures of a session. */
export function leftBehind({ mrc }: Carried, container: FormatName): string[] {
  if (container === 'mrc' || !mrc || mrc.extended.length === 0) return [];
  const letters = Buffer.from(mrc.bytes.subarray(WORDS.exttyp, WORDS.exttyp + 4)).toString('latin1');
  const type = /^[A-Z0-9]{4}$/.test(letters) ? ` (${letters})` : '';
  return [
    `TIFF has no place for the extended header${type} of MRC files, which holds what the microscope said: it is not in the output; --format same keeps it`,
  ];
}
