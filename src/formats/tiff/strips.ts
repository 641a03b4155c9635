/**
 * The strips of an output on their way to the file. Bands of rows come in any height, rising or falling, and are cut
 * along the strips, so that the bytes of the file do not depend on the bands:
 *
 *   band        |-------------|------------|-----
 *   strips  |--------|--------|--------|--------|
 */

import type { OutputFile } from '../../files/output-file.ts';
import type { Arena } from '../../kernels/arena.ts';
import type { Plan, Sink } from '../format.ts';
import { COMPRESSORS, type Pack } from './compressors.ts';

const STRIP_BYTES = 1 << 20;

/** Rows of a strip of about 1 MB. */
export const rowsPerStrip = (rowBytes: number, height: number): number =>
  Math.min(height, Math.max(1, Math.floor(STRIP_BYTES / rowBytes)));

/** Where the strips of each frame stand in the file; filled as they are written. */
export interface Strips {
  readonly offsets: readonly Float64Array[];
  readonly counts: readonly Float64Array[];
  prepare(arena: Arena): void;
  write(frame: number, row: number, rows: number, address: number): Promise<void> | void;
  /** See `Sink`. */
  readonly position?: Sink['position'];
  /** The first byte behind the pixels, even. */
  end(): number;
}

/** @param start first byte of the pixels; @param rowBytes bytes of an uncompressed row */
export function strips(file: OutputFile, plan: Plan, start: number, rowBytes: number): Strips {
  const { height, frames } = plan;
  const perStrip = rowsPerStrip(rowBytes, height);
  const perFrame = Math.ceil(height / perStrip);
  const table = (): Float64Array[] => Array.from({ length: frames }, () => new Float64Array(perFrame));
  const [offsets, counts] = [table(), table()];
  const rowsOf = (strip: number): number => Math.min(perStrip, height - strip * perStrip);
  const ways = { file, plan, start, rowBytes, perStrip, perFrame, rowsOf, offsets, counts };
  return plan.compression === 'none' ? plainStrips(ways) : packedStrips(ways, plan.compression);
}

interface Ways {
  readonly file: OutputFile;
  readonly plan: Plan;
  readonly start: number;
  readonly rowBytes: number;
  readonly perStrip: number;
  readonly perFrame: number;
  rowsOf(strip: number): number;
  readonly offsets: Float64Array[];
  readonly counts: Float64Array[];
}

/** Every row has its place from the beginning. */
function plainStrips({ file, plan, start, rowBytes, perStrip, rowsOf, offsets, counts }: Ways): Strips {
  const frameBytes = plan.height * rowBytes;
  const position = (frame: number, row: number): number => start + frame * frameBytes + row * rowBytes;
  let at: Arena;
  offsets.forEach((strip, frame) => {
    for (let index = 0; index < strip.length; index++) {
      strip[index] = position(frame, index * perStrip);
      counts[frame]![index] = rowsOf(index) * rowBytes;
    }
  });
  return {
    offsets,
    counts,
    prepare(arena) {
      at = arena;
    },
    write(frame, row, rows, address) {
      return file.writeAside(at.bytes(address, rows * rowBytes), position(frame, row));
    },
    position,
    end: () => start + plan.frames * frameBytes,
  };
}

/** One strip at a time is gathered, packed when its last row has come, and put behind the others. */
function packedStrips(ways: Ways, compression: keyof typeof COMPRESSORS): Strips {
  const { file, plan, start, rowBytes, perStrip, perFrame, rowsOf, offsets, counts } = ways;
  let arena: Arena;
  let gathered: number;
  let rowsGathered = 0;
  let end = start;
  let pack: Pack;

  const put = async (frame: number, strip: number, address: number, bytes: number): Promise<void> => {
    const packed = await pack(address, bytes);
    file.write(packed, end);
    offsets[frame]![strip] = end;
    counts[frame]![strip] = packed.length;
    end += packed.length;
  };

  return {
    offsets,
    counts,
    prepare(to) {
      arena = to;
      gathered = arena.take(perStrip * rowBytes);
      pack = COMPRESSORS[compression].open(arena, perStrip * rowBytes);
    },
    async write(frame, row, rows, address) {
      const first = Math.floor(row / perStrip);
      const last = Math.floor((row + rows - 1) / perStrip);
      for (let step = first; step <= last; step++) {
        const strip = plan.turned ? first + last - step : step;
        const top = strip * perStrip;
        const from = Math.max(row, top);
        const upTo = Math.min(row + rows, top + rowsOf(strip));
        const part = address + (from - row) * rowBytes;
        const bytes = (upTo - from) * rowBytes;
        if (upTo - from === rowsOf(strip)) {
          await put(frame, strip, part, bytes);
          continue;
        }
        arena.bytes(gathered + (from - top) * rowBytes, bytes).set(arena.bytes(part, bytes));
        rowsGathered += upTo - from;
        if (rowsGathered < rowsOf(strip)) continue;
        await put(frame, strip, gathered, rowsGathered * rowBytes);
        rowsGathered = 0;
      }
    },
    end() {
      const missing = offsets.reduce((sum, strip) => sum + strip.filter((offset) => offset === 0).length, 0);
      if (missing > 0) throw new Error(`${missing} of ${plan.frames * perFrame} strips have not all their rows`);
      return end + (end & 1);
    },
  };
}
