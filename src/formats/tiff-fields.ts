/** One field of a TIFF directory, as it stands in the file: what the output copies where it does not know better. */
export interface TiffField {
  readonly tag: number;
  /** Field type of TIFF 6.0, section 2 (1 BYTE, 2 ASCII, 3 SHORT ...). */
  readonly type: number;
  readonly count: number;
  /** The values, little-endian, `count` times the size of the type. */
  readonly bytes: Uint8Array;
}
