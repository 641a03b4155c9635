/**
 * The 1024-byte MRC2014 header: where each word stands, which byte order a file has, and our labels among the others'.
 * Source: Cheng et al., J. Struct. Biol. 192 (2015) 146, and https://www.ccpem.ac.uk/mrc_format/mrc2014.php.
 */

export const HEADER_BYTES = 1024;

/** Byte offsets of the words that are read or written, in file order. */
export const WORDS = {
  nx: 0, // columns, px
  ny: 4, // rows, px
  nz: 8, // sections (frames)
  mode: 12, // pixel type
  nxstart: 16, // nxstart, nystart, nzstart
  mx: 28, // intervals along the cell: mx, my, mz
  cella: 40, // cell dimensions, Angstrom: x, y, z
  cellb: 52, // cell angles, degrees
  mapc: 64, // axes of columns, rows, sections: 1, 2, 3
  amin: 76,
  amax: 80,
  amean: 84,
  ispg: 88, // 0: image or stack
  nsymbt: 92, // bytes of extended header
  exttyp: 104, // four letters: FEI1, FEI2, SERI, AGAR, MRCO, CCP4
  nversion: 108, // 20140, 20141: year of the standard and revision
  nint: 128, // int16: bytes a section of SERI; integers a section of AGAR
  nreal: 130, // int16: flags of SERI; floats a section of AGAR
  imodStamp: 152, // 1146047817: IMOD wrote this file
  imodFlags: 156, // bit 0: bytes are signed, bit 4: two pixels of 4 bits in each
  map: 208, // 'MAP '
  machine: 212, // 44 44 little-endian, 11 11 big-endian
  rms: 216,
  nlabl: 220, // labels in use
  labels: 224, // ten of 80 characters
} as const;

/** A header as it stood in the file, with the extended header behind it. */
export interface MrcHeader {
  /** 1024 bytes, in the file's byte order. */
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  /** `nsymbt` bytes, carried over as they are. */
  readonly extended: Uint8Array;
}

/** Whether the word 'MAP ' stands where MRC2014 wants it; some writers end it with NUL, and old files lack it. */
export const hasMap = (head: Uint8Array): boolean =>
  Buffer.from(head.subarray(WORDS.map, WORDS.map + 3)).toString('latin1') === 'MAP';

/** The words of a header. */
export const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
