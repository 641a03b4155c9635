/** Why a report is not there: a sentence for people. A report that fails never fails the run that it tells of. */

import { JournalTrouble } from '../journal/trouble.ts';
import { Fault, Refusal } from '../model/outcome.ts';
import { inWords, scarcity, systemError } from '../model/system-error.ts';

/** What went wrong with the report of `folder`, and how to get it; `error`: whatever was thrown while it was made. */
export function reportTrouble(error: unknown, folder: string): string {
  // Something else stands in the place of one file; the others were written.
  if (error instanceof Fault)
    return `the report is not complete: ${error.message}; then make it again with darkroom report ${folder}`;
  return `the report could not be ${why(error)}; make it again with darkroom report ${folder}`;
}

function why(error: unknown): string {
  if (systemError(error)) {
    const { path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
    const file = dest ?? path;
    return `written: ${file === undefined ? '' : `${file}: `}${inWords(error)}`;
  }
  const lacks = scarcity(error);
  if (lacks !== null) return `made: ${lacks}`;
  if (error instanceof Refusal || error instanceof JournalTrouble) return `made: ${error.message}`;
  const [said, place] = (error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n');
  return `made: ${said}${place ? ` (${place.trim()})` : ''}, which is a bug, please report it`;
}
