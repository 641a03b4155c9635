/**
 * Whether a path may be written: the one place that decides, which whatever writes asks first. Two rules: nothing leaves
 * the folder that it belongs to, whichever links lie on the way; and nothing is replaced that darkroom did not make.
 */

import fs from 'node:fs';
import path from 'node:path';
import { Fault, type Identity } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { identityOf, kindOf, openRegular } from './input-file.ts';

/** Bytes within which a text says who made it. */
const HEAD = 2048;

/** Texts by how they begin; also those of earlier versions. */
const TEXTS = {
  /** `report.html`, `trends.html`. */
  page: (head: string) => head.includes('<meta name="generator" content="em-darkroom '),
  /** `report.json`, `trends.json`. */
  figures: (head: string) => /^\{\s*"version": /.test(head) && head.includes('"name": "em-darkroom"'),
  /** `exposures.csv`. */
  table: (head: string) => /^\ufeff?input,output,status,suspect,run,recorded,taken,/.test(head),
  /** The status of a watch. */
  status: (head: string) => ['"sequence": ', '"state": "', '"pid": '].every((each) => head.includes(each)),
  /** Lists of defects, which say so in their first comment. */
  defects: (head: string) => /^(<\?xml [^>]*>\s*<!-- |# )darkroom \d+\.\d+\.\d+: defects,/.test(head),
  /** `references.json`. */
  hashes: (head: string) => /^\{\s*"version": 1,\s*"references": \{/.test(head),
  /** `lock.json`. */
  lock: (head: string) => /^\{\s*"host": /.test(head),
  /** A request to read references again, and its answer. */
  reload: (head: string) => /^\{\s*"reload": /.test(head),
} as const;

export type TextMark = keyof typeof TEXTS;

/** Where something is to be written. */
export interface Target<Mark extends string = string> {
  readonly file: string;
  /** The folder that it must not leave; null: the user named the very file. */
  readonly within: string | null;
  /** What may be replaced there: what carries this mark of ours; null: nothing, it must be free. */
  readonly replaces: Mark | null;
  /** What to do where it may not be written, besides moving away what is there. */
  readonly way: string;
  /** The file system takes other names for this one: what has that name may be another's. */
  readonly folds?: boolean;
}

/** A file that may be written. `standing`: what is there now and is ours; null: nothing, and whatever comes there stays. */
export interface Permit {
  readonly file: string;
  readonly standing: Identity | null;
}

/**
 * Permits a text to be written; `permitImage` (`formats/ours.ts`) does so with an image.
 * @throws Fault 'collision' when a file of that name is not ours, 'output' when the path leads out of `within`;
 *   and what the system says
 */
export function permitText(target: Target<TextMark>): Permit {
  const { file, replaces } = target;
  const standing = standingAt(target);
  if (standing && (replaces === null || !isText(file, replaces))) throw foreign(target);
  return { file, standing };
}

/**
 * Permits a journal to be opened, in a folder that is made where it is missing. It may be a link to a journal elsewhere.
 * What is in a file SQLite tells; but an empty one it takes for a new journal, whatever program is about to fill it.
 * @throws Fault 'collision', and what the system says
 */
export function permitJournal(file: string): void {
  makeFolder(path.dirname(file));
  const there = fs.statSync(file, { throwIfNoEntry: false });
  if (!there && !fs.lstatSync(file, { throwIfNoEntry: false })) return;
  const found = !there
    ? 'a link that leads nowhere'
    : !there.isFile()
      ? kindOf(there)
      : there.size === 0 && !/\.(sqlite3?|db)$/.test(fs.realpathSync(file))
        ? 'an empty file that darkroom did not make'
        : null;
  if (found === null) return;
  throw new Fault(
    'collision',
    `${file}: found ${found}, expected a journal; move it away, or name another file with --journal`,
  );
}

function isText(file: string, mark: TextMark): boolean {
  const { fd } = openRegular(file);
  try {
    const head = Buffer.alloc(HEAD);
    return TEXTS[mark](head.toString('utf8', 0, fs.readSync(fd, head, 0, HEAD, 0)));
  } finally {
    fs.closeSync(fd);
  }
}

/** What is in the way, and not ours. */
export const foreign = ({ file, replaces, way }: Target, or = ''): Fault =>
  new Fault(
    'collision',
    `${file}: exists${replaces ? ' and was not made by darkroom' : ''}${or}; move it away, or ${way}`,
  );

/** What stands at a place inside its folder: a file under just this name, or nothing. */
export function standingAt(target: Target): Identity | null {
  const { file, within, way } = target;
  if (within !== null) refuseAstray(file, within, way);
  const there = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (!there) return null;
  if (!there.isFile()) {
    const found = there.isSymbolicLink() ? 'a link' : there.isDirectory() ? 'a folder' : 'no regular file';
    throw new Fault('collision', `${file}: found ${found}, which darkroom did not make; move it away, or ${way}`);
  }
  if (target.folds && within !== null) refuseNamesake(file, within);
  return identityOf(there);
}

function refuseAstray(file: string, within: string, way: string): void {
  const home = fs.realpathSync(within);
  const folder = path.dirname(file);
  const real = realOf(folder);
  if (real === home || real.startsWith(home.endsWith(path.sep) ? home : home + path.sep)) return;
  throw new Fault('output', `${folder}: a link leads out of the output folder, to ${real}; remove the link, or ${way}`);
}

/** The real path of the nearest part of a path that exists. */
function realOf(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      return fs.realpathSync(at);
    } catch (error) {
      const name = systemError(error)?.name;
      if ((name !== 'ENOENT' && name !== 'ENOTDIR') || at === path.dirname(at)) throw error;
    }
  }
}

/** Where `Grid.mrc` and `grid.mrc` are one file, it is that of the name which the folder lists. */
function refuseNamesake(file: string, within: string): void {
  let folder = within;
  for (const name of path.relative(within, file).split(path.sep)) {
    // Some file systems list names in the other normal form, no matter who made them.
    const same = (each: string): boolean => each.normalize() === name.normalize();
    if (!fs.readdirSync(folder).some(same)) {
      throw new Fault(
        'collision',
        `${file}: its file system takes the name for that of another output; rename one of the two exposures, or choose an --out that tells such names apart`,
      );
    }
    folder = path.join(folder, name);
  }
}

/**
 * Makes a folder and those above it, as far as they are missing. Not `recursive`: that never ends where the system says of
 * a new folder that its parent is not there, as in /proc.
 * @throws what the system says
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let at = folder; !fs.statSync(at, { throwIfNoEntry: false }); at = path.dirname(at)) missing.push(at);
  for (const each of missing.reverse()) {
    try {
      fs.mkdirSync(each);
    } catch (error) {
      // Another thread was quicker.
      if (!isFolder(each)) throw error;
    }
  }
  // The system's own words for a file in the place of a folder.
  if (!isFolder(folder)) fs.mkdirSync(folder);
}

const isFolder = (place: string): boolean => fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
