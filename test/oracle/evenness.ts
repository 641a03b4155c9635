/** The plain definition of what the survey keeps of rows, columns and far pixels: image by image, pixel by pixel. */

import { partsOf, rowsOfBands } from '../../src/correct/observe/evenness.ts';
import type { FarPixels, Grids } from '../../src/correct/observe/survey.ts';
import { everyOf, type Size } from '../../src/correct/observe/thumbnails.ts';

export class PlainEvenness {
  readonly #size: Size;
  readonly #columns: Float64Array;
  readonly #rows: Float64Array;
  readonly #counts: Int16Array;
  #exposures = 0;
  #events = 0;

  constructor(size: Size) {
    const { bands, segments } = partsOf(size);
    this.#size = size;
    this.#columns = new Float64Array(bands * size.width);
    this.#rows = new Float64Array(segments * size.height);
    this.#counts = new Int16Array(size.width * size.height);
  }

  /** `pixels`: corrected, row by row. */
  add(pixels: ArrayLike<number>): void {
    const { width, height } = this.#size;
    const { band, segment, segments } = partsOf(this.#size);
    const every = everyOf(this.#size);
    this.#exposures++;
    for (let row = 0; row < height; row++) {
      const at = (col: number): number => pixels[row * width + col]!;
      const levels = Array.from({ length: segments }, (_, i) => {
        const end = Math.min(width, (i + 1) * segment);
        let [sum, taken] = [0, 0];
        for (let col = i * segment; col < end; col++) {
          // Four of sixteen; at the end, where there are no sixteen, all.
          const group = Math.floor((col % segment) / 16) * 16 + i * segment;
          if (col - group >= 4 && group + 4 <= end && group + 16 <= end) continue;
          sum += at(col);
          taken++;
        }
        return sum / taken;
      });
      for (let col = 0; col < width; col++) {
        if (row % every === 0) this.#columns[Math.floor(row / band) * width + col]! += at(col);
        const own = Math.floor(col / segment);
        const around = levels.slice(Math.max(0, own - 1), own + 2);
        const far = at(col) > 2 * Math.max(...around) ? 1 : at(col) < Math.min(...around) / 4 ? -1 : 0;
        this.#counts[row * width + col]! += far;
        this.#events += Math.abs(far);
      }
      for (const [i, level] of levels.entries()) this.#rows[row * segments + i]! += level;
    }
  }

  get grids(): Grids {
    const rows = rowsOfBands(this.#size);
    const { width } = this.#size;
    return {
      columns: Float32Array.from(
        this.#columns,
        (x, i) => x / (this.#exposures * Math.max(1, rows[Math.floor(i / width)]!)),
      ),
      rows: Float32Array.from(this.#rows, (x) => x / this.#exposures),
    };
  }

  get far(): FarPixels {
    const least = Math.max(1, this.#exposures / 4);
    const pixels = Array.from(this.#counts.keys()).filter((i) => Math.abs(this.#counts[i]!) >= least);
    return {
      ...{ exposures: this.#exposures, events: this.#events },
      pixels: Uint32Array.from(pixels),
      counts: Int8Array.from(pixels, (i) => Math.max(-127, Math.min(127, this.#counts[i]!))),
    };
  }
}
