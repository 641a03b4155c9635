/**
 * Thermo Fisher's list of sensor defects (XML; also in the gain references of EER movies): elements `point`, `col`, `row`,
 * `area` and `nonmaskingpoint`, row 0 on top. Columns and rows may be lists such as `7-9,12`; areas are first column, first
 * row, last column, last row. Definition: IMOD, CorrectDefects.cpp (CorDefParseFeiXml). It does not say how large the camera is.
 */

import type { Refusal } from '../../model/outcome.ts';
import { type ListFormat, notUnderstood, saidLine } from './format.ts';
import { type Area, badAreas, EMPTY, within } from './list.ts';

const all = Number.POSITIVE_INFINITY;

/** What each element holds, in words and as areas; null: it cannot be understood. */
const ELEMENTS: Readonly<
  Record<string, { readonly expects: string; readonly areas: (text: string) => Omit<Area, 'line'>[] | null }>
> = {
  col: {
    expects: 'columns such as 7 or 7-9',
    areas: (text) => numbersIn(text)?.map((col) => ({ col, row: 0, width: 1, height: all })) ?? null,
  },
  row: {
    expects: 'rows such as 7 or 7-9',
    areas: (text) => numbersIn(text)?.map((row) => ({ col: 0, row, width: all, height: 1 })) ?? null,
  },
  point: { expects: 'column,row', areas: (text) => rectangle(text, [2]) },
  area: { expects: 'first column,first row,last column,last row', areas: (text) => rectangle(text, [4]) },
  nonmaskingpoint: {
    expects: 'column,row or first column,first row,last column,last row',
    areas: (text) => rectangle(text, [2, 4]),
  },
};

const TOKEN = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([\w:.-]+)[^<>]*?(\/?)>|[^<]+|</g;

export const thermo: ListFormat = {
  name: 'thermo',
  said: "Thermo Fisher's list of sensor defects",
  extensions: ['.xml'],
  recognises: (text) => /^\ufeff?\s*</.test(text),
  async read(name, text) {
    const areas: Area[] = [];
    /** The elements that are open, the root first. */
    const open: string[] = [];
    let content = '';
    let line = 1;
    let rooted = false;
    for (const [token, end, tag, empty] of text.replace(/^\ufeff/, '').matchAll(TOKEN)) {
      const before = token.slice(0, token.length - token.trimStart().length);
      const here = line + before.split(/\r\n|\r|\n/).length - 1;
      line += token.split(/\r\n|\r|\n/).length - 1;
      const lost = (expected: string): Refusal => notUnderstood(name, here, token.trim(), expected);
      if (token.startsWith('<!--') || token.startsWith('<?')) continue;
      if (tag === undefined) {
        if (token.trim() === '') continue;
        if (open.length !== 2) throw lost('an element such as <point>12,40</point>');
        content += token;
      } else if (end === '/') {
        const local = localName(tag);
        if (open.pop() !== local) throw lost('the end of the element that was begun last');
        if (open.length !== 1) continue;
        const { expects, areas: areasOf } = ELEMENTS[local]!;
        const found = areasOf(content);
        if (!found) throw notUnderstood(name, here, content.trim(), `${expects} in <${local}>`);
        for (const area of found) areas.push({ ...area, line: here });
      } else {
        const local = localName(tag);
        if (open.length === 0) {
          if (rooted || !local.endsWith('defects')) throw lost('one element <defects> that holds all others');
          rooted = true;
        } else if (open.length > 1 || !Object.hasOwn(ELEMENTS, local)) {
          throw lost(Object.keys(ELEMENTS).join(', '));
        } else if (empty === '/') {
          throw lost(`${ELEMENTS[local]!.expects} in <${local}>`);
        }
        if (empty !== '/') open.push(local);
        content = '';
      }
    }
    if (open.length > 0 || !rooted)
      throw notUnderstood(name, line, 'the end of the file', '</defects>; is the file cut short?');
    return { ...EMPTY, areas };
  },
  async write(list, said) {
    const size = list.size!;
    const turned = list.firstRow !== 'top';
    const lines = badAreas(list).flatMap((area) => {
      const inside = within(area, size);
      if (!inside) return [];
      const { col, width, height } = inside;
      const row = turned ? size.height - inside.row - height : inside.row;
      if (height === size.height) return [`  <col>${range(col, width)}</col>`];
      if (width === size.width) return [`  <row>${range(row, height)}</row>`];
      if (width === 1 && height === 1) return [`  <point>${col},${row}</point>`];
      return [`  <area>${col},${row},${col + width - 1},${row + height - 1}</area>`];
    });
    return [
      '<?xml version="1.0" encoding="utf-8"?>',
      `<!-- ${saidLine(said)} -->`,
      '<defects>',
      ...lines,
      '</defects>',
      '',
    ].join('\n');
  },
};

/** Without prefix, in small letters. */
const localName = (tag: string): string => tag.replace(/^.*:/, '').toLowerCase();

const range = (first: number, count: number): string => (count === 1 ? `${first}` : `${first}-${first + count - 1}`);

/** `7-9,12` as numbers. */
function numbersIn(text: string): number[] | null {
  const parts = text.split(',').map((part) => /^\s*(\d{1,6})(?:\s*-\s*(\d{1,6}))?\s*$/.exec(part));
  if (parts.some((part) => part === null || Number(part[2] ?? part[1]) < Number(part[1]))) return null;
  return parts.flatMap((part) => {
    const [first, last] = [Number(part![1]), Number(part![2] ?? part![1])];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function rectangle(text: string, counts: readonly number[]): Omit<Area, 'line'>[] | null {
  const words = text.trim().split(/\s*,\s*/);
  if (!counts.includes(words.length) || !words.every((word) => /^\d{1,6}$/.test(word))) return null;
  const [left, top, right = left, bottom = top] = words.map(Number) as [number, number, number?, number?];
  if (right < left || bottom < top) return null;
  return [{ col: left, row: top, width: right - left + 1, height: bottom - top + 1 }];
}
