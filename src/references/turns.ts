/**
 * The eight ways in which a square image can be turned or flipped. They are said of the picture, top row first; names and
 * directions are those of Pillow and numpy: `rot90` turns counterclockwise, `transpose` flips over the diagonal from the
 * top left corner.
 */

import type { FirstRow } from '../model/exposure.ts';

/**
 * Where pixel (row, col) of the turned image comes from. `across`: rows and columns are exchanged. `rows`, `cols`: rows and
 * columns of the image are counted from their last.
 */
interface Move {
  readonly across: boolean;
  readonly rows: boolean;
  readonly cols: boolean;
}

const MOVES = {
  none: { across: false, rows: false, cols: false },
  rot90: { across: true, rows: false, cols: true },
  rot180: { across: false, rows: true, cols: true },
  rot270: { across: true, rows: true, cols: false },
  'flip-left-right': { across: false, rows: false, cols: true },
  'flip-top-bottom': { across: false, rows: true, cols: false },
  transpose: { across: true, rows: false, cols: false },
  transverse: { across: true, rows: true, cols: true },
} as const satisfies Record<string, Move>;

export type Turn = keyof typeof MOVES;

export const TURNS = Object.keys(MOVES) as readonly Turn[];

/** The turn of this name; as given where none is named. */
export const turnNamed = (name = 'none'): Turn => TURNS.find((turn) => turn === name) ?? 'none';

/** Those that keep the size of an image whose sides differ. */
export const turnsOf = ({ width, height }: Size): readonly Turn[] =>
  width === height ? TURNS : TURNS.filter((turn) => !exchangesSides(turn));

export const exchangesSides = (turn: Turn): boolean => MOVES[turn].across;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of an image after a turn. */
export const turnedSize = (turn: Turn, { width, height }: Size): Size =>
  exchangesSides(turn) ? { width: height, height: width } : { width, height };

/** Row-major pixels of an image whose first row is the picture's top or bottom row, turned. */
export function turnPixels<Pixels extends Float32Array | Uint8Array>(
  turn: Turn,
  pixels: Pixels,
  size: Size,
  firstRow: FirstRow,
): Pixels {
  const { across, rows, cols } = moveIn(firstRow, turn);
  const { width, height } = size;
  const turned = turnedSize(turn, size);
  const out = new (pixels.constructor as new (length: number) => Pixels)(width * height);
  // How far apart neighbours of the turned image stand in the given one.
  const [down, right] = [rows ? -width : width, cols ? -1 : 1];
  const first = (rows ? (height - 1) * width : 0) + (cols ? width - 1 : 0);
  const [nextRow, nextCol] = across ? [right, down] : [down, right];
  let to = 0;
  for (let row = 0; row < turned.height; row++) {
    let from = first + row * nextRow;
    for (let col = 0; col < turned.width; col++, from += nextCol) out[to++] = pixels[from]!;
  }
  return out;
}

/** With the bottom row first, exchanging rows and columns goes over the other diagonal. */
function moveIn(firstRow: FirstRow, turn: Turn): Move {
  const { across, rows, cols } = MOVES[turn];
  return across && firstRow === 'bottom' ? { across, rows: !rows, cols: !cols } : { across, rows, cols };
}

/** The turn that does what `first`, and then `second`, do. */
export function together(first: Turn, second: Turn): Turn {
  const square = { width: 2, height: 2 };
  const after = (turn: Turn, pixels: Uint8Array): Uint8Array => turnPixels(turn, pixels, square, 'top');
  const corners = Uint8Array.of(0, 1, 2, 3);
  const wanted = String(after(second, after(first, corners)));
  return TURNS.find((turn) => String(after(turn, corners)) === wanted)!;
}

const WORDS: Record<Turn, string> = {
  none: 'as given',
  rot90: 'turned by 90 degrees counterclockwise',
  rot180: 'turned by 180 degrees',
  rot270: 'turned by 90 degrees clockwise',
  'flip-left-right': 'flipped left to right',
  'flip-top-bottom': 'flipped top to bottom',
  transpose: 'transposed (rows become columns)',
  transverse: 'transposed over the other diagonal',
};

export const inWords = (turn: Turn): string => WORDS[turn];
