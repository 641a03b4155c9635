/** A reference as journal, labels and records name it. */

/** One reference file. */
export interface ReferenceFile {
  readonly role: 'dark' | 'bright' | 'norm' | 'defects';
  readonly path: string;
  /** SHA-256 of the content, hexadecimal. */
  readonly hash: string;
  /** Mean counts of a dark, by which trends tell that the camera drifts; null for the others. */
  readonly level: number | null;
}
