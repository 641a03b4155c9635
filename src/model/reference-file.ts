/** A reference as journal, labels and records name it. */

/** One reference file. */
export interface ReferenceFile {
  readonly role: 'dark' | 'bright' | 'norm' | 'bias' | 'defects';
  readonly path: string;
  /** SHA-256 of the content, hexadecimal. */
  readonly hash: string;
  /** Mean counts of a dark, by which trends tell that the camera drifts; null for the others. */
  readonly level: number | null;
  /** How it was turned when it was loaded, such as `rot90`; absent: it was taken as it is. */
  readonly orientation?: string;
  /** What a dark was multiplied by; absent: 1. */
  readonly scale?: number;
}
