/** Our own list of defects, which people can read and write: YAML with the size of the camera, columns, rows, pixels, areas. */

import { parseYaml } from '../../files/yaml.ts';
import { Refusal } from '../../model/outcome.ts';
import { type ListFormat, saidLine } from './format.ts';
import { type Area, type DefectList, EMPTY, within } from './list.ts';

const all = Number.POSITIVE_INFINITY;

const KEYS = [
  ...['width', 'height', 'rowZero', 'rotationAndFlip', 'serialEM', 'usableColumns', 'usableRows'],
  ...['columns', 'rows', 'pixels', 'areas'],
];

type Place = readonly (string | number)[];

export const yaml: ListFormat = {
  name: 'yaml',
  said: 'a list of defects in YAML',
  extensions: ['.yaml', '.yml'],
  recognises: (text) => new RegExp(`^(${KEYS.join('|')}):`, 'm').test(text) || /^\s*\{/.test(text),
  async read(name, text) {
    const { content, lineOf } = await parseYaml(name, text);
    const lost = (place: Place, found: unknown, expected: string): Refusal =>
      new Refusal(
        `${name}, line ${lineOf(place)}: ${place.join('.')}: found ${JSON.stringify(found)?.slice(0, 80)}, expected ${expected}`,
      );
    if (typeof content !== 'object' || content === null || Array.isArray(content))
      throw new Refusal(`${name}, line 1: found no list of defects, expected keys such as "columns: [7]"`);
    const given = content as Record<string, unknown>;
    const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
    if (unknown !== undefined) throw lost([unknown], given[unknown], KEYS.join(', '));

    const whole = (place: Place, found: unknown, least = 0): number => {
      if (!Number.isInteger(found) || (found as number) < least || (found as number) > 1e9)
        throw lost(place, found, `a whole number from ${least}`);
      return found as number;
    };
    const listed = (key: string): { place: Place; found: unknown }[] => {
      const found = given[key] ?? [];
      if (!Array.isArray(found)) throw lost([key], found, 'a list');
      return found.map((each, i) => ({ place: [key, i], found: each as unknown }));
    };
    const numbers = (place: Place, found: unknown, expected: string, count: number): number[] => {
      if (!Array.isArray(found) || found.length !== count) throw lost(place, found, expected);
      return found.map((each) => whole(place, each));
    };
    /** `7`, or `7-9` for more of them side by side. */
    const lines = (key: string): { first: number; count: number; line: number }[] =>
      listed(key).map(({ place, found }) => {
        const [, from, to] = /^(\d{1,9})\s*-\s*(\d{1,9})$/.exec(String(found)) ?? [];
        const first = from === undefined ? whole(place, found) : Number(from);
        const last = to === undefined ? first : Number(to);
        if (last < first) throw lost(place, found, 'the smaller number first');
        return { first, count: last - first + 1, line: lineOf(place) };
      });

    const areas: Area[] = [
      ...lines('columns').map(({ first, count, line }) => ({ col: first, row: 0, width: count, height: all, line })),
      ...lines('rows').map(({ first, count, line }) => ({ col: 0, row: first, width: all, height: count, line })),
      ...listed('areas').map(({ place, found }): Area => {
        const [col, row, width, height] = numbers(place, found, '[column, row, width, height]', 4);
        if (width === 0 || height === 0) throw lost(place, found, 'a width and a height of at least 1');
        return { col: col!, row: row!, width: width!, height: height!, line: lineOf(place) };
      }),
      ...listed('pixels').map(({ place, found }): Area => {
        const [col, row] = numbers(place, found, '[column, row]', 2);
        return { col: col!, row: row!, width: 1, height: 1, line: lineOf(place) };
      }),
    ];
    const { rowZero = 'top' } = given;
    if (rowZero !== 'top' && rowZero !== 'bottom') throw lost(['rowZero'], rowZero, 'top or bottom of the picture');
    const rotationAndFlip = whole(['rotationAndFlip'], given.rotationAndFlip ?? 0);
    if (rotationAndFlip > 7) throw lost(['rotationAndFlip'], rotationAndFlip, 'a whole number from 0 to 7');
    if ((given.width === undefined) !== (given.height === undefined))
      throw lost(['width'], given.width ?? null, 'width and height, or neither');
    const size =
      given.width === undefined
        ? null
        : { width: whole(['width'], given.width, 1), height: whole(['height'], given.height, 1) };
    const span = (key: string): [number, number] => {
      if (given[key] === undefined) return [0, all];
      const [first, last] = numbers([key], given[key], '[first, last]', 2);
      if (last! < first!) throw lost([key], given[key], 'the first one first');
      return [first!, last! - first! + 1];
    };
    const [[col, width], [row, height]] = [span('usableColumns'), span('usableRows')];
    const usable =
      given.usableColumns === undefined && given.usableRows === undefined ? null : { col, row, width, height };
    const others = (given.serialEM ?? {}) as Record<string, unknown>;
    if (typeof others !== 'object' || !Object.values(others).every(Number.isInteger))
      throw lost(['serialEM'], others, 'keywords of SerialEM with whole numbers');
    const kept = others as DefectList['kept'];
    return { ...EMPTY, size, firstRow: rowZero, areas, usable, rotationAndFlip, kept };
  },
  async write(list, said) {
    const size = list.size!;
    const lines = [
      `# ${saidLine(said)}`,
      '# Columns and rows from 0. For darkroom --defects.',
      `width: ${size.width}`,
      `height: ${size.height}`,
      `rowZero: ${list.firstRow}`,
    ];
    if (list.rotationAndFlip !== 0) lines.push(`rotationAndFlip: ${list.rotationAndFlip}`);
    if (Object.keys(list.kept).length > 0) {
      const pairs = Object.entries(list.kept).map(([name, value]) => `${name}: ${value}`);
      lines.push(`serialEM: { ${pairs.join(', ')} }`);
    }
    const usable = list.usable && within(list.usable, size);
    if (usable) {
      lines.push(`usableColumns: [${usable.col}, ${usable.col + usable.width - 1}]`);
      lines.push(`usableRows: [${usable.row}, ${usable.row + usable.height - 1}]`);
    }
    const range = (first: number, count: number): string =>
      count === 1 ? `${first}` : `${first}-${first + count - 1}`;
    const said4: Record<string, string[]> = { columns: [], rows: [], pixels: [], areas: [] };
    for (const area of list.areas) {
      const inside = within(area, size);
      if (!inside) continue;
      const { col, row, width, height } = inside;
      if (height === size.height) said4.columns!.push(range(col, width));
      else if (width === size.width) said4.rows!.push(range(row, height));
      else if (width === 1 && height === 1) said4.pixels!.push(`[${col}, ${row}]`);
      else said4.areas!.push(`[${col}, ${row}, ${width}, ${height}]`);
    }
    const explained: Record<string, string> = { pixels: ' # column, row', areas: ' # column, row, width, height' };
    for (const [key, values] of Object.entries(said4)) {
      if (values.length > 0) lines.push(`${key}:${explained[key] ?? ''}`, ...values.map((value) => `  - ${value}`));
    }
    return `${lines.join('\n')}\n`;
  },
};
