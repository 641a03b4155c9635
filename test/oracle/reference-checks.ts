/**
 * Definition of the checks of references, in the plainest form: whole images as functions of row and column, every sum
 * written out, shifts by moving pixels. `src/references/checks` must agree.
 */

export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly at: (row: number, col: number) => number;
}

export const gridOf = (width: number, height: number, pixels: ArrayLike<number>): Grid => ({
  width,
  height,
  at: (row, col) => pixels[row * width + col]!,
});

const map = ({ width, height }: Grid, at: Grid['at']): Grid =>
  gridOf(
    width,
    height,
    Array.from({ length: width * height }, (_, i) => at(Math.floor(i / width), i % width)),
  );

const values = ({ width, height, at }: Grid): number[] =>
  Array.from({ length: width * height }, (_, i) => at(Math.floor(i / width), i % width));

/** The mean of the eight neighbours; beyond the border stand the pixels before it, in reverse. */
export function nbr(grid: Grid): Grid {
  const mirrored = (i: number, length: number): number => (i < 0 ? -i : i >= length ? 2 * length - 2 - i : i);
  return map(grid, (row, col) => {
    let sum = 0;
    for (let r = row - 1; r <= row + 1; r++) {
      for (let c = col - 1; c <= col + 1; c++) {
        if (r !== row || c !== col) sum += grid.at(mirrored(r, grid.height), mirrored(c, grid.width));
      }
    }
    return sum / 8;
  });
}

function median(all: readonly number[]): number {
  const sorted = [...all].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
}

const spread = (all: readonly number[], around: number): number =>
  1.4826 * median(all.map((x) => Math.abs(x - around)));

/** What a norm says of single pixels. */
export function pattern(norm: Grid): Grid {
  const usable = (row: number, col: number): boolean => norm.at(row, col) > 0 && norm.at(row, col) <= 5;
  const s = map(norm, (row, col) => (usable(row, col) ? 1 / norm.at(row, col) : 1));
  const near = nbr(s);
  const touches = (row: number, col: number): boolean => {
    for (let r = Math.max(0, row - 1); r <= Math.min(norm.height - 1, row + 1); r++)
      for (let c = Math.max(0, col - 1); c <= Math.min(norm.width - 1, col + 1); c++) if (!usable(r, c)) return true;
    return false;
  };
  const u = map(s, (row, col) => (touches(row, col) ? 0 : s.at(row, col) / near.at(row, col) - 1));
  const far = 4 * spread(values(u), 0);
  return map(u, (row, col) => Math.max(-far, Math.min(far, u.at(row, col))));
}

/** A and B: what all exposures show of single pixels and of their surroundings, above the dark. */
export function seen(raws: readonly Grid[], dark: Grid): { a: Grid; b: Grid } {
  const parts = raws.map((raw) => {
    const c = map(raw, (row, col) => raw.at(row, col) - dark.at(row, col));
    const level = nbr(c);
    const e = map(c, (row, col) => c.at(row, col) - level.at(row, col));
    const q = map(c, (row, col) => e.at(row, col) / Math.sqrt(Math.max(level.at(row, col), 1)));
    const middle = median(values(q));
    const far = 4 * spread(values(q), middle);
    const kept = (row: number, col: number): boolean => Math.abs(q.at(row, col) - middle) < far;
    return {
      a: map(c, (row, col) => (kept(row, col) ? e.at(row, col) : 0)),
      b: map(c, (row, col) => (kept(row, col) ? Math.max(level.at(row, col), 0) : 0)),
    };
  });
  const all = (of: 'a' | 'b'): Grid =>
    map(dark, (row, col) => parts.reduce((sum, part) => sum + part[of].at(row, col), 0));
  return { a: all('a'), b: all('b') };
}

/** sum(u A) / sum(u^2 B) with the pattern moved cyclically. */
export function slope(u: Grid, a: Grid, b: Grid, down = 0, right = 0): number {
  let [over, under] = [0, 0];
  for (let row = 0; row < u.height; row++) {
    for (let col = 0; col < u.width; col++) {
      const moved = u.at((row - down + u.height) % u.height, (col - right + u.width) % u.width);
      over += moved * a.at(row, col);
      under += moved * moved * b.at(row, col);
    }
  }
  return over / under;
}

/** Errors by which `other` fits better than `u`. */
export function paired(
  other: Grid,
  u: Grid,
  a: Grid,
  b: Grid,
  shifts: readonly { readonly down: number; readonly right: number }[],
): number {
  const d = map(u, (row, col) => other.at(row, col) - u.at(row, col));
  const left = map(a, (row, col) => a.at(row, col) - ((other.at(row, col) + u.at(row, col)) / 2) * b.at(row, col));
  const chance = shifts.map(({ down, right }) => slope(d, a, b, down, right) ** 2);
  return slope(d, left, b) / Math.sqrt(chance.reduce((sum, x) => sum + x, 0) / chance.length);
}
