/** The page's own script, compiled with the browser's types. Its files travel inside the page as one: see `shell.ts`. */

import { byId } from './elements.ts';
import { renew, tellAge } from './fresh.ts';
import { table } from './table.ts';
import { theme } from './theme.ts';
import { besideUtc, type Column, type Value } from './wording.ts';

theme();
besideUtc();
const { made, staleAfter } = document.documentElement.dataset;
if (made !== undefined) {
  renew();
  tellAge(Date.parse(made), Number(staleAfter));
}
const rows = byId('rows');
if (rows) {
  const sent = JSON.parse(rows.textContent!) as { columns: Column[]; rows: Value[][]; places?: number[] };
  table(sent.columns, sent.rows, sent.places);
}
addEventListener('beforeprint', () => {
  for (const group of document.querySelectorAll<HTMLDetailsElement>('details')) group.open = true;
});
