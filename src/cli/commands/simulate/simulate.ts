/** `darkroom simulate`: makes a session of raw exposures with references and known truth. */

import fs from 'node:fs';
import path from 'node:path';
import { outputFault } from '../../../files/output-file.ts';
import { makeFolder } from '../../../files/ownership.ts';
import { FORMATS } from '../../../formats/index.ts';
import type { ExitCode } from '../../../model/events.ts';
import { Fault, Refusal } from '../../../model/outcome.ts';
import { printable } from '../../../model/printable.ts';
import { inWords, systemError } from '../../../model/system-error.ts';
import { type Session, simulate as simulateSession, type Written } from '../../../tools/simulate/session.ts';
import { Misuse } from '../../parsing/misuse.ts';
import type { Call } from '../../parsing/settings.ts';
import { shellLine } from '../../parsing/shell-line.ts';
import type { Given } from '../../parsing/values.ts';
import { duration } from '../../terminal/pace.ts';
import { openLine } from '../../terminal/progress.ts';
import { say } from '../../terminal/streams.ts';
import { OPTIONS } from './options.ts';

export async function run({ given, words }: Call): Promise<ExitCode> {
  const folder = folderFrom(words);
  const session = sessionFrom(given);
  const began = performance.now();
  const tally = { files: 0, of: 0, bytes: 0 };
  const speed = (): string => `${(tally.bytes / 1e3 / (performance.now() - began)).toFixed(0)} MB/s`;
  const line = openLine(() => `${tally.files}/${tally.of || '?'} files written, ${speed()}`);
  const heard = ({ bytes, files }: Written): void => {
    tally.files++;
    tally.of = files;
    tally.bytes += bytes;
  };
  line.begin();
  try {
    makeFolder(folder);
    await simulateSession(folder, session, heard);
  } catch (error) {
    const fault = outputFault(error, folder);
    throw fault instanceof Fault ? new Refusal(fault.message, { cause: fault }) : error;
  } finally {
    line.end();
  }
  const seconds = (performance.now() - began) / 1000;
  say(printable(`${contentsOf(session)}: ${(tally.bytes / 1e6).toFixed(1)} MB in ${folder}, ${duration(seconds)}`));
  say('Correct them with');
  say(`  ${printable(shellLine(correctingLine(folder, session)))}`);
  return 0;
}

/** An empty folder, or one that is not there yet: whatever lies about must not be taken for a part of the session. */
function folderFrom(words: readonly string[]): string {
  const [word] = words;
  if (word === undefined || word === '' || words.length > 1)
    throw new Misuse(`found ${words.length} folders, expected one: darkroom simulate session/`, 'simulate');
  const folder = path.resolve(word);
  const found = entriesOf(folder);
  if (found.length > 0) {
    const named = found.slice(0, 3).join(', ') + (found.length > 3 ? ', ...' : '');
    throw new Misuse(
      `${word}: the folder holds ${named}, expected an empty folder or a name that is free; name another, or empty it`,
      'simulate',
    );
  }
  return folder;
}

function entriesOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch (error) {
    const name = systemError(error)?.name;
    if (name === 'ENOENT') return [];
    if (name === 'ENOTDIR')
      throw new Misuse(`${folder}: found a file, expected an empty folder or a name that is free`, 'simulate');
    throw new Refusal(`${folder}: cannot be read: ${inWords(error)}; check its permissions`, { cause: error });
  }
}

function sessionFrom(given: Given): Session {
  const values = Object.entries(OPTIONS).map(([name, { fallback }]) => [name, given[name] ?? fallback]);
  // The table says the same as the type, each option's kind and limits.
  const { noTruth, ...session } = Object.fromEntries(values) as Omit<Session, 'truth'> & { noTruth: boolean };
  return { ...session, truth: !noTruth };
}

function contentsOf({ count, frames, width, height, darks, brights, truth }: Session): string {
  const movies = (frames ?? 1) > 1;
  const parts = [
    `${count} ${movies ? `movies of ${frames} frames of` : 'exposures of'} ${width} x ${height} px`,
    ...(darks > 0 ? [`${darks} darks`] : []),
    ...(brights > 0 ? [`${brights} brights`] : []),
    'a map of defects',
    ...(truth ? ['the truth and the places of the spikes'] : []),
  ];
  return parts.join(', ');
}

/** Below, rounding and the lower end of uint16 would change too many pixels, counts/px. */
const FEW_COUNTS = 60;

/** What corrects a session, after `darkroom`. */
function correctingLine(folder: string, { format, darks, brights, frames = 1, dose }: Session): string[] {
  const file = (name: string): string => path.join(folder, name + FORMATS[format].extensions[0]!);
  return [
    ...['run', path.join(folder, 'raw')],
    ...(darks > 0 && brights > 0 ? ['--dark', file('dark'), '--bright', file('bright')] : ['--no-flat-field']),
    ...['--defects', file('defects')],
    ...(frames > 1 ? ['--despike-frames'] : []),
    ...(dose < FEW_COUNTS ? ['--type', 'float32'] : []),
    ...['--out', path.join(folder, 'corrected')],
  ];
}
