/**
 * Whether a file can be the reference that it was given as: by what it says of itself, and by what its pixels can tell.
 * Only what is certain is refused. A weak specimen in a bright, or a bright that is given as dark to a norm, look like
 * right references, and nothing here tells them apart.
 */

import path from 'node:path';
import { OUR_LINE } from '../formats/format.ts';
import { Refusal } from '../model/outcome.ts';
import { Blocks } from './blocks.ts';
import type { Plane } from './norm.ts';
import type { ReferenceFile } from './references.ts';

type Role = ReferenceFile['role'];

/** What darkroom wrote: a reference of some kind, or an exposure that it corrected. */
type Written = Role | 'corrected';

/** What follows our name in the line of a reference that `darkroom reference` made. */
const MADE_AS = /\bdarkroom \d+\.\d+\.\d+: (dark|bright|norm|defects)\b/;

/** What the labels or the description of a file say that it is; null where they say nothing of it. */
export function writtenAs(description: readonly string[]): Written | null {
  const last = description.findLast((line) => OUR_LINE.test(line));
  if (last === undefined) return null;
  const role = MADE_AS.exec(last)?.[1];
  if (role !== undefined) return role as Role;
  return description.some((line) => OUR_LINE.test(line) && /\bflat-field\b/.test(line)) ? 'corrected' : null;
}

/** @throws Refusal when the file says of itself that it is something else than `role` */
export function refuseOtherKind(role: Role, name: string, description: readonly string[]): void {
  const written = writtenAs(description);
  if (written === null || written === role) return;
  if (written === 'corrected') {
    throw new Refusal(
      `${name} (${role}): its header says that it is an exposure which darkroom corrected, expected a ${role}; give a ${role} made of raw exposures`,
    );
  }
  throw new Refusal(
    `${name} (${role}): its header says that it is a ${written}, expected a ${role}; give it as --${written}`,
  );
}

/** Imaging modes have these words in their names too. */
const MODES = /(bright|dark)[ _-]?field/gi;

/** What a file or folder name says, where it says one kind only. */
export function namedAs(name: string): 'dark' | 'bright' | null {
  const words = name.replace(MODES, '');
  const dark = /(?<![a-z])dark(?!room)/i.test(words);
  const bright = /(?<![a-z])(bright|flat)/i.test(words);
  return dark === bright ? null : dark ? 'dark' : 'bright';
}

/**
 * What the name of a file says that it is; where that says nothing, the name of its folder when `folder` is set.
 * @throws Refusal when that is the other of dark and bright
 */
export function refuseOtherName(role: string, name: string, folder = false): void {
  if (role !== 'dark' && role !== 'bright') return;
  const absolute = path.resolve(name);
  const byFile = namedAs(path.basename(absolute));
  const found = byFile ?? (folder ? namedAs(path.basename(path.dirname(absolute))) : null);
  if (found === null || found === role) return;
  const where = byFile === null ? 'the name of its folder says' : 'its name says';
  throw new Refusal(`${name}: ${where} ${found}, expected a ${role}; give a ${role}, or rename it if it is one`);
}

/** A reference that was read. `hash`: of its file. */
export interface Read {
  readonly role: Role;
  readonly name: string;
  readonly hash: string;
}

/** @throws Refusal when two references have one content */
export function refuseSameContent(read: readonly Read[]): void {
  for (const [i, { role, name, hash }] of read.entries()) {
    const same = read.slice(0, i).find((other) => other.hash === hash && other.role !== role);
    if (!same) continue;
    const files = path.resolve(name) === path.resolve(same.name) ? name : `${same.name} and ${name}`;
    throw new Refusal(
      `${files}: --${same.role} and --${role} are the same file, expected two; give the ${same.role} or the ${role} another file`,
    );
  }
}

/** Rows apart: enough of them tell a level, and no period of a readout is a multiple of it. */
const APART = 13;

/** Mean counts. */
export function levelOf({ pixels, width, height, stride }: Plane): number {
  let sum = 0;
  let rows = 0;
  for (let row = 0; row < height; row += APART, rows++) {
    const first = row * stride;
    for (let at = first; at < first + width; at++) sum += pixels[at]!;
  }
  return sum / (rows * width);
}

/** A norm multiplies; what would multiply most pixels by as much as a dead one gets holds counts. */
const MOST_NORM = 20;
/** Within this factor of 1 nobody needs to hear of it. */
const NEAR_ONE = 2;

/**
 * What a given norm's level has to say: a note, or null.
 * @throws Refusal when it is counts
 */
export function judgeNormLevel(norm: Plane, name: string): string | null {
  const level = levelOf(norm);
  if (level > MOST_NORM) {
    throw new Refusal(
      `${name} (norm): mean ${level.toFixed(0)}, a norm is near 1; is this a bright? give it as --bright, with --dark`,
    );
  }
  if (level > 1 / NEAR_ONE && level < NEAR_ONE) return null;
  return `${name} (norm): mean ${level.toPrecision(3)}, a norm is near 1: all counts are multiplied by that much`;
}

/** How close to 1 a mean over millions of pixels is by construction and not by chance. */
const BY_CONSTRUCTION = 1e-4;

/** Whether dark or bright is a norm: the mean of 1 / norm is 1 by construction, while the mean of the norm is above it. */
export function isNorm({ pixels, width, height, stride }: Plane): boolean {
  let [sum, inverse, count] = [0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let at = row * stride; at < row * stride + width; at++) {
      const x = pixels[at]!;
      // A norm says 0 of dead pixels.
      if (!(x >= 0 && x <= MOST_NORM)) return false;
      if (x === 0) continue;
      sum += x;
      inverse += 1 / x;
      count++;
    }
    // Counts are told by the first row in nearly every file.
    if (row === 0 && !(sum > 0.5 * count && sum < 2 * count)) return false;
  }
  const [mean, ofInverse] = [sum / count, inverse / count];
  return Math.abs(ofInverse - 1) < BY_CONSTRUCTION && mean - 1 > 3 * Math.abs(ofInverse - 1);
}

/** @throws Refusal when a dark or a bright is a norm */
export function refuseNorm(role: Role, plane: Plane, name: string): void {
  if (!isNorm(plane)) return;
  throw new Refusal(
    `${name} (${role}): mean ${levelOf(plane).toFixed(3)}, and that of its reciprocals is 1, as of a norm; give it as --norm`,
  );
}

/** Part of the beam by which right brights differ at most at large scale is about 0.05; strong specimens have 0.3. */
export const MOST_UNEVEN = 0.15;
/** Rows of a row of blocks that are looked at. */
const ROWS_OF_BLOCK = 8;

/**
 * `norm`: what dark and bright made. A bright with a strong specimen, or with the edge of the beam, is no bright.
 * @throws Refusal with the figure
 */
export function refuseUnevenBright({ pixels, width, height, stride }: Plane, name: string): void {
  const blocks = new Blocks(width, height);
  const step = Math.max(1, Math.floor(height / (blocks.down * ROWS_OF_BLOCK)));
  const signal = new Float64Array(width);
  for (let row = 0; row < height; row += step) {
    for (let col = 0; col < width; col++) signal[col] = 1 / pixels[row * stride + col]!;
    blocks.add(row, signal);
  }
  const uneven = Math.sqrt(Math.max(0, blocks.uneven() ** 2 - blocks.noise ** 2));
  if (uneven > MOST_UNEVEN) throw new Refusal(`${name} (bright): ${saidUneven(uneven)}`);
}

export const saidUneven = (uneven: number): string =>
  `its large-scale brightness varies by ${(100 * uneven).toFixed(0)} % rms, expected at most ${100 * MOST_UNEVEN} % of an even beam; is a specimen or the edge of the beam in it? give a bright without`;
