/** What the titles say that SerialEM writes into a file: MRC labels, or lines of the ImageDescription. */

import type { Draft } from '../../model/metadata.ts';
import { timeIn } from './times.ts';

/** `SerialEM: MICROSCOPE  DATE  TIME`: when the file was begun. */
const BEGUN = /^SerialEM:.*?(\d{1,2}-[A-Za-z]{3}-\d{2,4} +\d{1,2}:\d\d:\d\d)\s*$/;

/** `SerialEMCCD: Dose frac. image, scaled by 1.00  r/f 3`: how the frames of a camera were rotated and flipped. */
const TURNED = /^SerialEMCCD:.*\br\/f ([0-7])\b/;

export function serialEmTitles(lines: readonly string[]): Draft {
  const first = (pattern: RegExp): string | undefined => lines.map((line) => pattern.exec(line)?.[1]).find(Boolean);
  const [begun, turned] = [first(BEGUN), first(TURNED)];
  return {
    taken: begun && timeIn(begun),
    takenFrom: 'SerialEM title',
    rotationAndFlip: turned && Number(turned),
  };
}
