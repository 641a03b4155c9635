/** Every figure of the table of the record reaches everything that tells of an exposure, and an older journal may lack it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { EVENT_SCHEMA } from '../../src/cli/terminal/event-schema.ts';
import { Journal } from '../../src/journal/journal.ts';
import { column, FIGURE_COLUMNS } from '../../src/journal/schema.ts';
import { FIGURES, type Figure, figureOf, inWords, type Placed, ROW_FIGURES } from '../../src/model/record.ts';
import { writeReports } from '../../src/report/report.ts';
import { type Report, reportSchema } from '../../src/report/shape.ts';
import { done, folder, KEY, start } from '../journal/makers.ts';
import { departures } from '../report/conforms.ts';
import { darkroom, eventsIn, exposure, lay, references, report } from '../run/darkroom.ts';

type Row = Record<string, unknown>;

const outcome = done('grid/a.mrc', 3, { maskBytes: 4321 });

/** What was recorded; the report and the page have times in seconds. */
const recorded = (figure: Placed): unknown => figureOf(outcome, figure);
const reported = (figure: Placed): unknown =>
  figure.part === 'times' ? (recorded(figure) as number) / 1e6 : recorded(figure);

/** Where a figure stands in a report's exposure. */
const inReport = ({ part, name }: Placed) => ({ part: part === 'times' ? 'seconds' : part, name });

async function written(root: string) {
  const journal = Journal.open(path.join(root, 'darkroom.sqlite'));
  try {
    journal.record(outcome, journal.begin(start), KEY);
    await writeReports(journal, root);
  } finally {
    journal.close();
  }
  const read = (name: string): string => fs.readFileSync(path.join(root, name), 'utf8');
  return { csv: read('exposures.csv'), json: JSON.parse(read('report.json')) as Report, page: read('report.html') };
}

/** The schema of a value below an object's schema. */
const below = (schema: unknown, { part, name }: { part: string | null; name: string }): Row | undefined => {
  const { properties, required } = (part === null ? schema : (schema as { properties: Row }).properties[part]) as {
    properties: Record<string, Row>;
    required: string[];
  };
  return required.includes(name) ? properties[name] : undefined;
};

test('every figure has its column in the journal, in the CSV and on the page, and its place in report.json', async (t) => {
  const root = folder(t);
  const { csv, json, page } = await written(root);
  const database = new DatabaseSync(path.join(root, 'darkroom.sqlite'), { readOnly: true });
  t.after(() => database.close());
  const [names, cells] = csv.split('\r\n').map((line) => line.split(','));
  const { columns, rows } = JSON.parse(
    /<script type="application\/json" id="rows">(.*?)<\/script>/s.exec(page)![1]!,
  ) as {
    columns: { name: string; shown: boolean }[];
    rows: unknown[][];
  };
  for (const figure of FIGURES) {
    const { name, part, kind, heading, label = name }: Placed = figure;
    const value = recorded(figure);
    const list = kind === 'list' ? (value as number[]) : null;
    const sql = database
      .prepare(`SELECT ${column(name)} AS value FROM ${part === 'times' ? 'timings' : 'exposures'}`)
      .get() as { value: unknown };
    assert.deepEqual(sql.value, list ? JSON.stringify(list) : value, `${name} in SQL`);

    const inCsv = list ? list.map((_, i) => `${name}${i + 1}`) : [part === 'times' ? `${name}Seconds` : name];
    assert.deepEqual(
      inCsv.map((each) => cells![names!.indexOf(each)]),
      (list ?? [reported(figure)]).map(String),
      `${name} in the CSV`,
    );
    assert.deepEqual(figureOf(json.exposures[0]!, inReport(figure)), reported(figure), `${name} in report.json`);

    const at = columns.findIndex((each) => each.name === (part === 'times' ? `${label}, time` : label));
    assert.deepEqual(rows[0]![at], list ? list.join(' ') : reported(figure), `${name} on the page`);
    assert.equal(columns[at]!.shown, heading !== undefined, `${name}: a column of the page's table`);
  }
});

test('both JSON schemas ask for every figure and say what it is', () => {
  const { items } = (reportSchema as unknown as { properties: { exposures: { items: unknown } } }).properties.exposures;
  const outcomes = JSON.parse(JSON.stringify(EVENT_SCHEMA)).anyOf.find(
    (each: { properties: { event: { const: string } } }) => each.properties.event.const === 'outcome',
  ).properties.outcome.anyOf;
  for (const figure of FIGURES) {
    const { name, description }: Figure & { name: string } = figure;
    assert.match(String(below(items, inReport(figure))?.description), new RegExp(escaped(description)), name);
    assert.match(String(below(outcomes[0], figure)?.description), new RegExp(escaped(description)), name);
  }
});

const escaped = (text: string): string => text.replace(/[.*+?()|[\]\\]/g, '\\$&');

test('a run tells every figure in its events and in report.json, the same in both', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }) });
  const { dark, bright } = references(root);
  const out = path.join(root, 'out');
  const { code, stdout, stderr } = await darkroom([
    ...['run', raw, '--dark', dark, '--bright', bright, '--out', out, '--write-masks', '--json'],
  ]);
  assert.equal(code, 0, stderr);
  const event = eventsIn(stdout).find(({ event: name }) => name === 'outcome') as { outcome: object };
  for (const figure of FIGURES) {
    const told = figureOf(event.outcome, figure);
    assert.ok(told !== undefined && told !== null, figure.name);
    const value = figureOf(report(out).exposures[0]!, inReport(figure));
    assert.deepEqual(figure.part === 'times' ? Math.round((value as number) * 1e6) : value, told, figure.name);
  }
});

test('a figure that a journal lacks is unknown in its reports, and is kept from the next run on', async (t) => {
  for (const { table, column: lacking } of FIGURE_COLUMNS) {
    // Resume reads this one.
    if (lacking === 'mask_bytes') continue;
    const root = folder(t);
    const file = path.join(root, 'darkroom.sqlite');
    const { json } = await written(root);
    const older = new DatabaseSync(file);
    const schema = (older.prepare("SELECT sql FROM sqlite_master WHERE name = 'time_spent'").get() as { sql: string })
      .sql;
    older.exec(`DROP VIEW time_spent; ALTER TABLE ${table} DROP COLUMN ${lacking}`);
    if (table === 'exposures') older.exec(schema);
    else older.exec(schema.replaceAll(new RegExp(`, ${lacking}\\b`, 'g'), ''));
    older.close();

    const figure = FIGURES.find(
      ({ name, part }) => column(name) === lacking && (part === 'times') === (table !== 'exposures'),
    )!;
    const reading = Journal.openReadOnly(file)!;
    const now = await writeReports(reading, root);
    reading.close();
    const found = figureOf(now!.exposures[0]!, inReport(figure));
    const expected = table === 'exposures' ? null : table === 'timings' ? 0 : reported(figure);
    assert.equal(found, expected, `${table}.${lacking}`);
    assert.deepEqual(departures(JSON.parse(JSON.stringify(now)), reportSchema), [], lacking);
    for (const other of ROW_FIGURES) {
      if (other === figure) continue;
      assert.deepEqual(figureOf(now!.exposures[0]!, other), figureOf(json.exposures[0]!, other), other.name);
    }

    const writing = Journal.open(file);
    writing.record(done('grid/b.mrc', 5), writing.begin(start), KEY);
    const again = await writeReports(writing, root);
    writing.close();
    const value = figureOf(done('grid/b.mrc', 5), figure);
    const said = figureOf(again!.exposures[1]!, inReport(figure));
    assert.deepEqual(figure.part === 'times' ? Math.round((said as number) * 1e6) : said, value, lacking);
    const text = new DatabaseSync(file, { readOnly: true });
    const { sql } = text.prepare('SELECT sql FROM sqlite_master WHERE name = ?').get(table) as { sql: string };
    text.close();
    assert.ok(sql.includes(inWords(figure)), 'and the column is explained');
  }
});
