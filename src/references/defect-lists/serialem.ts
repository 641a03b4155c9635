/**
 * SerialEM's text file of defects, which IMOD and RELION read too: a keyword and numbers on each line. Columns and rows are
 * those of the unbinned camera, row 0 on top. Definition: IMOD, CorrectDefects.cpp (CorDefParseDefects,
 * CorDefFillDefectArray, CorDefDefectsToString).
 */

import { type ListFormat, linesOf, notUnderstood, saidLine, wholes } from './format.ts';
import { type Area, badAreas, type DefectList, EMPTY, within } from './list.ts';

const all = Number.POSITIVE_INFINITY;

/** Keywords with one number, kept for writing the file again. */
const KEPT = ['WasScaled', 'K2Type', 'FalconType', 'NumToAvgSuperRes'] as const;

interface Keyword {
  readonly expects: string;
  /** How many numbers there may be. */
  readonly fits: (count: number) => boolean;
}

const one: Keyword = { expects: 'one whole number', fits: (count) => count === 1 };
const some: Keyword = { expects: 'whole numbers', fits: (count) => count > 0 };

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  CameraSizeX: one,
  CameraSizeY: one,
  RotationAndFlip: { expects: 'a whole number from 0 to 7', fits: (count) => count === 1 },
  ...Object.fromEntries(KEPT.map((name) => [name, one])),
  UsableArea: { expects: 'four whole numbers: top, left, bottom, right', fits: (count) => count === 4 },
  BadColumns: some,
  BadRows: some,
  BadPixels: { expects: 'pairs of whole numbers: column, row', fits: (count) => count > 0 && count % 2 === 0 },
  PartialBadColumn: {
    expects: 'four whole numbers: column, width, first row, last row',
    fits: (count) => count === 4,
  },
  PartialBadRow: {
    expects: 'four whole numbers: row, height, first column, last column',
    fits: (count) => count === 4,
  },
};

const BY_NAME = new Map(Object.keys(KEYWORDS).map((name) => [name.toLowerCase(), name]));

export const serialem: ListFormat = {
  name: 'serialem',
  said: "SerialEM's list of defects",
  extensions: ['.txt'],
  recognises: (text) => {
    const [first] = linesOf(text);
    return first !== undefined && BY_NAME.has(first.words[0]!.toLowerCase());
  },
  async read(name, text) {
    const single: Record<string, number> = {};
    const areas: Area[] = [];
    const pixels: Area[] = [];
    let usable: DefectList['usable'] = null;
    for (const { line, words } of linesOf(text)) {
      const keyword = BY_NAME.get(words[0]!.toLowerCase());
      const found = words.join(' ');
      if (keyword === undefined) throw notUnderstood(name, line, found, Object.keys(KEYWORDS).join(', '));
      const { expects, fits } = KEYWORDS[keyword]!;
      // SerialEM writes -1 into WasScaled of a list that was scaled down.
      const numbers = keyword === 'WasScaled' && words[1] === '-1' ? [-1] : wholes(words.slice(1));
      const wrong = notUnderstood(name, line, found, `${expects} after ${keyword}`);
      if (numbers === null || !fits(numbers.length)) throw wrong;
      const [a, b, c, d] = numbers as [number, number, number, number];
      if (keyword === 'BadColumns') {
        for (const col of numbers) areas.push({ col, row: 0, width: 1, height: all, line });
      } else if (keyword === 'BadRows') {
        for (const row of numbers) areas.push({ col: 0, row, width: all, height: 1, line });
      } else if (keyword === 'BadPixels') {
        for (let i = 0; i < numbers.length; i += 2)
          pixels.push({ col: numbers[i]!, row: numbers[i + 1]!, width: 1, height: 1, line });
      } else if (keyword === 'PartialBadColumn') {
        if (b === 0 || d < c) throw wrong;
        areas.push({ col: a, row: c, width: b, height: d - c + 1, line });
      } else if (keyword === 'PartialBadRow') {
        if (b === 0 || d < c) throw wrong;
        areas.push({ col: c, row: a, width: d - c + 1, height: b, line });
      } else if (keyword === 'UsableArea') {
        if ((c !== 0 && c < a) || (d !== 0 && d < b)) throw wrong;
        // 0 for bottom or right: up to the border.
        const whole = a + b + c + d === 0;
        usable = whole ? null : { col: b, row: a, width: d === 0 ? all : d - b + 1, height: c === 0 ? all : c - a + 1 };
      } else {
        if (keyword === 'RotationAndFlip' && a > 7) throw wrong;
        single[keyword] = a;
      }
    }
    const { CameraSizeX: width = 0, CameraSizeY: height = 0, RotationAndFlip: rotationAndFlip = 0, ...kept } = single;
    // A pixel of a list that was scaled up is 2 x 2 or 4 x 4 of the image's.
    const side = (kept.WasScaled ?? 0) > 1 ? 4 : (kept.WasScaled ?? 0) > 0 ? 2 : 1;
    const large = pixels.map((each) => ({ ...each, width: side, height: side }));
    const size = width > 0 && height > 0 ? { width, height } : null;
    return { ...EMPTY, size, areas: [...areas, ...large], usable, rotationAndFlip, kept };
  },
  async write(list, said) {
    const size = list.size!;
    const lines = [
      `# ${saidLine(said)}`,
      `CameraSizeX ${size.width}`,
      `CameraSizeY ${size.height}`,
      `RotationAndFlip ${list.rotationAndFlip}`,
      ...KEPT.map((name) => `${name} ${list.kept[name] ?? 0}`),
    ];
    const flipped = list.firstRow !== 'top';
    const onTop = <Each extends Omit<Area, 'line'>>(area: Each): Each => ({
      ...area,
      row: flipped ? size.height - area.row - area.height : area.row,
    });
    const inner = list.usable && within(list.usable, size);
    const { col, row, width, height } = inner ? onTop(inner) : { col: 0, row: 0, width: 1, height: 1 };
    const [lastRow, lastCol] = [row + height - 1, col + width - 1];
    // 0 stands for the border, so that no usable area can end at row or column 0.
    const sayable = inner === null || (lastRow > 0 && lastCol > 0);
    lines.push(`UsableArea ${sayable ? `${row} ${col} ${lastRow} ${lastCol}` : '0 0 0 0'}`);
    const [columns, rows, pixels]: [number[], number[], number[]] = [[], [], []];
    const single = (list.kept.WasScaled ?? 0) <= 0;
    for (const area of sayable ? list.areas : badAreas(list)) {
      const inside = within(area, size);
      if (!inside) continue;
      const at = onTop(inside);
      const [right, bottom] = [at.col + at.width - 1, at.row + at.height - 1];
      if (at.height === size.height) for (let x = at.col; x <= right; x++) columns.push(x);
      else if (at.width === size.width) for (let y = at.row; y <= bottom; y++) rows.push(y);
      else if (single && at.width === 1 && at.height === 1) pixels.push(at.col, at.row);
      else if (at.height >= at.width) lines.push(`PartialBadColumn ${at.col} ${at.width} ${at.row} ${bottom}`);
      else lines.push(`PartialBadRow ${at.row} ${at.height} ${at.col} ${right}`);
    }
    // IMOD reads at most 50 numbers and 511 characters a line.
    const many = (keyword: string, numbers: readonly number[]): void => {
      for (let i = 0; i < numbers.length; i += 20) lines.push(`${keyword} ${numbers.slice(i, i + 20).join(' ')}`);
    };
    many('BadPixels', pixels);
    many('BadColumns', columns);
    many('BadRows', rows);
    return `${lines.join('\n')}\n`;
  },
};
