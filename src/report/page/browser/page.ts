/**
 * The page's own script: the table of exposures (a part at a time, searched, sorted, a row opened for all its figures)
 * the choice between day and night, the reader's own time, and the newest page while a watch goes on, or that it stopped. Compiled by itself, with the browser's types, and carried inside the page.
 */

type Value = string | number | null;

interface Column {
  readonly name: string;
  readonly kind: 'text' | 'time' | 'whole' | 'number' | 'seconds' | 'bytes';
  readonly shown: boolean;
}

/** Rows on a screen, and on paper at most. */
const ON_SCREEN = 50;
const ON_PAPER = 1000;

const byId = <E extends HTMLElement = HTMLElement>(id: string): E | null => document.getElementById(id) as E | null;

/** A new element; text is set as text, never as HTML. */
function element<K extends keyof HTMLElementTagNameMap>(name: K, text = '', className = ''): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const inPath = (file: string): string => file.split('/').map(encodeURIComponent).join('/');

function link(text: string, to: string): HTMLAnchorElement {
  const made = element('a', text);
  // Seen from the page, also where the name looks like an address.
  made.href = to.startsWith('file://') ? to : `./${to}`;
  return made;
}

const thin = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return thin(Math.round(value));
  return size >= 9.995 ? value.toFixed(1) : size >= 0.9995 ? value.toFixed(2) : size === 0 ? '0' : value.toFixed(3);
}

/** Control characters are shown as the symbol that Unicode has for each, or that of DEL. */
const CONTROL = /\p{Cc}/gu;

const SAY: Record<Column['kind'], (value: Value) => string> = {
  text: (value) =>
    String(value).replace(CONTROL, (control) =>
      String.fromCharCode(control < ' ' ? 0x2400 + control.charCodeAt(0) : 0x2421),
    ),
  time: (value) =>
    [String(value).slice(0, 19).replace('T', ' '), local(String(value), true)].filter(Boolean).join(' · '),
  whole: (value) => thin(value as number),
  number: (value) => digits(value as number),
  seconds: (value) =>
    (value as number) < 0.0995 ? `${digits((value as number) * 1000)} ms` : `${digits(value as number)} s`,
  bytes: (value) => `${thin(value as number)} B`,
};

/** A moment in the time of whoever reads: "19:20 local", with the day where that is another one; '' where it is UTC. */
function local(iso: string, seconds = false): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime()) || time.getTimezoneOffset() === 0) return '';
  const here = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString();
  const day = here.slice(0, 10) === new Date(iso).toISOString().slice(0, 10) ? '' : `${here.slice(0, 10)} `;
  return `${day}${here.slice(11, seconds ? 19 : 16)} local`;
}

/** Beside every moment of the page its own time; the script is run once. */
function besideUtc(): void {
  for (const moment of document.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    const said = local(moment.dateTime);
    if (said) moment.append(' ', element('span', `(${said})`, 'local'));
  }
}

const say = (column: Column, value: Value): string => (value === null || value === '' ? '–' : SAY[column.kind](value));

function table(columns: readonly Column[], rows: readonly (readonly Value[])[]): void {
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
    const i = Number(at?.[1]);
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

const THEMES = ['auto', 'light', 'dark'];

function theme(): void {
  const button = byId('theme')!;
  // Pages opened from a disk may have no storage: then the choice lasts as long as the page.
  const kept = (): string | null => {
    try {
      return localStorage.getItem('darkroom-theme');
    } catch {
      return null;
    }
  };
  let at = Math.max(0, THEMES.indexOf(kept() ?? 'auto'));
  const set = (): void => {
    const name = THEMES[at]!;
    if (name === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    button.textContent = `colours: ${name}`;
  };
  button.addEventListener('click', () => {
    at = (at + 1) % THEMES.length;
    set();
    try {
      localStorage.setItem('darkroom-theme', THEMES[at]!);
    } catch {
      // See above.
    }
  });
  button.hidden = false;
  set();
}

/** How often a watch makes its page again at most, and how long nobody must have touched it before it is loaded again, ms. */
const RENEWED = 30_000;
const QUIET = 60_000;

/** What loading it again and again may take of the time. */
const SHARE = 1 / 50;

/** How long, in the largest unit that tells it. */
const age = (seconds: number): string =>
  seconds < 5400
    ? `${Math.round(seconds / 60)} min`
    : seconds < 172_800
      ? `${Math.round(seconds / 3600)} h`
      : `${Math.round(seconds / 86_400)} days`;

/** A page that should have been made again long ago says so, on a screen and years later from a disk: its watch is dead. */
function tellAge(made: number, staleAfter: number): void {
  const verdict = document.querySelector('.verdict')!;
  const line = verdict.querySelector('.line > span:last-child')!;
  const said = line.textContent!;
  const tell = (): void => {
    const seconds = (Date.now() - made) / 1000;
    if (seconds < staleAfter) return;
    verdict.className = 'verdict silent';
    line.textContent = `No word for ${age(seconds)}: the watch has died, or cannot write its report any more.`;
    let last = verdict.querySelector('.last');
    if (!last) {
      last = element(
        'p',
        `Start it again by the same command; nothing is lost. Its last word was: ${said.replace(', and it goes on', '')}`,
        'last',
      );
      verdict.querySelector('.line')!.after(last);
    }
  };
  tell();
  setInterval(tell, RENEWED);
}

/** On a screen in the control room the page of a watch stays fresh; whoever searches or reads is left alone. */
function renew(): void {
  let touched = -QUIET;
  const touch = (): void => {
    touched = performance.now();
  };
  for (const kind of ['pointerdown', 'keydown', 'wheel']) addEventListener(kind, touch, { passive: true });
  const inUse = (): boolean =>
    performance.now() - touched < QUIET ||
    Boolean(byId<HTMLInputElement>('search')?.value) ||
    document.querySelector('tr.opened') !== null;
  setInterval(
    () => {
      if (!inUse()) location.reload();
    },
    Math.max(RENEWED, performance.now() / SHARE),
  );
}

theme();
besideUtc();
const { made, staleAfter } = document.documentElement.dataset;
if (made !== undefined) {
  renew();
  tellAge(Date.parse(made), Number(staleAfter));
}
const rows = byId('rows');
if (rows) {
  const told = JSON.parse(rows.textContent!) as { columns: Column[]; rows: Value[][] };
  table(told.columns, told.rows);
}
addEventListener('beforeprint', () => {
  for (const group of document.querySelectorAll<HTMLDetailsElement>('details')) group.open = true;
});

export {};
