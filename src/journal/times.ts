/** Modification times as the journal keeps them: SQLite's integers hold nanoseconds from 1677 to 2262 only. */

const [EARLIEST, LATEST] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Times beyond are kept within that of the end, 18 minutes: two of them differ there as well. */
const TAIL = 2n ** 40n;

/**
 * A modification time (ns since 1970) as it is kept. Times that SQLite cannot hold come close to the end that they lie
 * beyond: 1601, the zero time of NTFS and SMB, becomes 1677. Each keeps its difference from others, so that a file that
 * was replaced is known by it.
 */
export function kept(mtimeNs: bigint): bigint {
  if (mtimeNs < EARLIEST) return EARLIEST + (-mtimeNs % TAIL);
  if (mtimeNs > LATEST) return LATEST - (mtimeNs % TAIL);
  return mtimeNs;
}
