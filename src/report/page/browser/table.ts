/** The table of exposures: a part at a time, searched, sorted, a row opened for all its figures. */

import { byId, element, inPath, link } from './elements.ts';
import { type Column, say, thin, type Value } from './wording.ts';

/** Rows on a screen, and on paper at most. */
const ON_SCREEN = 50;
const ON_PAPER = 1000;

/** `places`: by which links name the rows, where not all exposures have one. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Value[])[],
  places?: readonly number[],
): void {
  const body = document.querySelector('#table tbody')!;
  const heads = [...document.querySelectorAll<HTMLElement>('#table th')];
  const search = byId<HTMLInputElement>('search')!;
  const [before, after] = [byId<HTMLButtonElement>('before')!, byId<HTMLButtonElement>('after')!];
  const shown = columns.map((column, i) => ({ column, i })).filter(({ column }) => column.shown);
  const statusOf = columns.findIndex(({ name }) => name === 'status');
  const nameOf = columns.findIndex(({ name }) => name === 'exposure');
  // What is searched: all words of a row.
  const words = rows.map((row) =>
    columns
      .flatMap(({ kind }, i) => (kind === 'text' || kind === 'time' ? [row[i]] : []))
      .join('\n')
      .toLowerCase(),
  );
  let order = rows.map((_, i) => i);
  let page = 0;
  let found = -1;
  let sorted = { column: -1, down: false };
  const open = new Set<number>();

  const choose = (): void => {
    const status = document.querySelector<HTMLInputElement>('input[name=status]:checked')?.value ?? 'all';
    const sought = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    order = rows
      .map((_, i) => i)
      .filter(
        (i) => (status === 'all' || rows[i]![statusOf] === status) && sought.every((word) => words[i]!.includes(word)),
      );
    if (sorted.column >= 0) {
      const { column, down } = sorted;
      order.sort((a, b) => compare(rows[a]![column]!, rows[b]![column]!, down) || a - b);
    }
    page = 0;
  };

  const line = (i: number): HTMLElement[] => {
    const row = rows[i]!;
    const made = element('tr', '', i === found ? 'found' : '');
    made.id = `exposure-${i}`;
    for (const { column, i: at } of shown) {
      const cell = element('td', '', column.kind === 'text' || column.kind === 'time' ? '' : 'n');
      const value = row[at]!;
      if (column.name === 'exposure') {
        const button = element('button', say(column, value));
        button.type = 'button';
        button.setAttribute('aria-expanded', String(open.has(i)));
        cell.append(button);
      } else if (column.name === 'status') {
        cell.append(
          element('span', String(value), `chip ${value === 'failed' ? 'bad' : value === 'suspect' ? 'look' : ''}`),
        );
      } else if (typeof value === 'number') {
        const figure = element('data', say(column, value));
        figure.value = String(value);
        figure.title = String(value);
        cell.append(figure);
      } else {
        const said = column.name === 'remark' && value === null ? '' : say(column, value);
        // The heading says whose time it is.
        cell.textContent = column.kind === 'time' ? said.replace(' local', '') : said;
      }
      made.append(cell);
    }
    return open.has(i) ? [made, whole(row)] : [made];
  };

  const whole = (row: readonly Value[]): HTMLElement => {
    const list = element('dl');
    if (row[statusOf] !== 'failed') {
      const file = String(row[nameOf]);
      const item = element('div', '', 'long');
      const place = element('dd');
      place.append(link(say(columns[nameOf]!, file), inPath(file)));
      item.append(element('dt', 'file'), place);
      list.append(item);
    }
    for (const [i, column] of columns.entries()) {
      const value = row[i]!;
      if (value === null || TOLD.includes(column.name)) continue;
      const item = element('div', '', String(value).length > 24 && column.kind === 'text' ? 'long' : '');
      const said = element('dd', say(column, value));
      if (typeof value === 'number') said.title = String(value);
      if (column.name === 'input' && location.protocol === 'file:')
        said.replaceChildren(link(say(column, value), `file://${inPath(String(value))}`));
      item.append(element('dt', column.name), said);
      list.append(item);
    }
    const cell = element('td');
    cell.colSpan = shown.length;
    cell.append(list);
    const made = element('tr', '', 'opened');
    made.append(cell);
    return made;
  };

  const show = (size = ON_SCREEN): void => {
    const pages = Math.max(1, Math.ceil(order.length / size));
    page = Math.min(page, pages - 1);
    body.replaceChildren(...order.slice(page * size, (page + 1) * size).flatMap(line));
    byId('count')!.textContent =
      order.length === rows.length ? `${thin(rows.length)} exposures` : `${thin(order.length)} of ${thin(rows.length)}`;
    byId('page')!.textContent = `page ${thin(page + 1)} of ${thin(pages)}`;
    before.disabled = page === 0;
    after.disabled = page === pages - 1;
    before.parentElement!.hidden = pages === 1;
    for (const head of heads) {
      const mine = Number(head.dataset.column) === sorted.column;
      if (mine) head.setAttribute('aria-sort', sorted.down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
  };

  const turn = (by: number): void => {
    page += by;
    show();
    byId('exposures')!.scrollIntoView();
  };

  /** `#exposure-12`, as charts and failures link it: that row, opened, whatever was searched. */
  const follow = (): void => {
    const at = /^#exposure-(\d+)$/.exec(location.hash);
    const place = Number(at?.[1]);
    const i = places ? places.indexOf(place) : place;
    if (!at || !rows[i]) return;
    if (!order.includes(i)) {
      search.value = '';
      document.querySelector<HTMLInputElement>('input[name=status]')!.checked = true;
      choose();
    }
    page = Math.floor(order.indexOf(i) / ON_SCREEN);
    found = i;
    open.add(i);
    show();
    const row = byId(`exposure-${i}`)!;
    row.scrollIntoView({ block: 'center' });
    row.querySelector('button')!.focus({ preventScroll: true });
  };

  for (const head of heads) {
    const { kind } = columns[Number(head.dataset.column)]!;
    if (kind === 'time' && new Date().getTimezoneOffset() !== 0)
      head.querySelector('button')!.textContent = 'taken (UTC · local)';
    head.querySelector('button')!.addEventListener('click', () => {
      const column = Number(head.dataset.column);
      sorted = { column, down: sorted.column === column && !sorted.down };
      choose();
      show();
    });
  }
  body.addEventListener('click', (event) => {
    const row = (event.target as Element).closest('tr[id]');
    if (!row || getSelection()?.toString()) return;
    const i = Number(row.id.slice('exposure-'.length));
    if (!open.delete(i)) open.add(i);
    show();
    byId(row.id)!.querySelector('button')!.focus({ preventScroll: true });
  });
  for (const tool of [search, ...document.querySelectorAll('input[name=status]')]) {
    tool.addEventListener('input', () => {
      choose();
      show();
    });
  }
  before.addEventListener('click', () => turn(-1));
  after.addEventListener('click', () => turn(1));
  addEventListener('hashchange', follow);
  addEventListener('beforeprint', () => {
    const was = page;
    page = 0;
    show(ON_PAPER);
    page = was;
  });
  addEventListener('afterprint', () => show());
  show();
  follow();
}

/** What an opened row does not say again. */
const TOLD = ['status', 'exposure', 'remark'];

/** What is not known comes last, up or down. */
function compare(a: Value, b: Value, down: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return down ? -order : order;
}

const collator = new Intl.Collator('en', { numeric: true });
