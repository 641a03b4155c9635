/** The promises of report.html, in a real browser. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { page as pageOf } from '../../../src/report/page/html.ts';
import { reportOf, writeReports } from '../../../src/report/report.ts';
import type { Report } from '../../../src/report/shape.ts';
import { done, failed, KEY, start } from '../../journal/makers.ts';
import { multiply } from '../many.ts';
import { empty, night } from '../night.ts';
import { session } from '../session.ts';
import { noBrowser, open } from './browser.ts';

if (noBrowser) console.log(`tests of the page in a browser are skipped: ${noBrowser}`);
const inBrowser = { skip: noBrowser, timeout: 120_000 };

const html = (folder: string): string => path.join(folder, 'report.html');

test(
  '200 exposures, some failed: opens without a complaint or a request, sorts, filters, searches, prints',
  inBrowser,
  async (t) => {
    const { journal, folder } = empty(t);
    const counted = session(journal, { exposures: 200 });
    const report = (await writeReports(journal, folder))!;
    const { page, complaints } = await open(t, html(folder));
    const rows = page.locator('#table tbody tr[id]');

    assert.match(await page.locator('.verdict').innerText(), /195 exposures corrected, 5 failed, 2 suspect/);
    const charts = page.locator('svg.chart');
    assert.ok((await charts.count()) >= 9);
    for (const chart of await charts.all()) {
      assert.ok((await chart.boundingBox())!.height > 50 && (await chart.getAttribute('aria-label')));
      assert.ok((await chart.locator('path, rect, circle, text').count()) > 5);
    }

    const images = await page.locator('#pictures .framed img').count();
    assert.ok(images >= 2 * 12 && images <= 2 * 20);
    assert.equal(await page.evaluate('document.querySelector("#pictures img").naturalWidth'), 2);
    assert.equal(await page.locator('#pictures .crops img').count(), images);
    assert.equal(await page.locator('#pattern .means img').count(), 3);

    assert.equal(await rows.count(), 50);
    await page.getByRole('button', { name: 'after ›' }).click();
    assert.match(await page.locator('#page').innerText(), /page 2 of 4/);

    const means = report.exposures.flatMap(({ statistics }) => statistics?.mean ?? []).sort((a, b) => a - b);
    const first = page.locator('#table tbody tr[id] data').first();
    const heading = page.getByRole('button', { name: 'mean', exact: true });
    await heading.click();
    assert.equal(await first.getAttribute('value'), String(means[0]));
    assert.notEqual(await rows.first().locator('.chip').innerText(), 'failed');
    assert.equal(await page.locator('th[aria-sort=ascending]').innerText(), 'mean');
    await heading.click();
    assert.equal(await first.getAttribute('value'), String(means.at(-1)), 'the failed ones come last, up or down');
    assert.notEqual(await rows.first().locator('.chip').innerText(), 'failed');

    await page.getByText('failed 5', { exact: true }).click();
    assert.equal(await rows.count(), counted.failed);
    await page.locator('#search').fill('grid2 geometry');
    assert.deepEqual(await page.locator('#table td button').allInnerTexts(), ['grid2/exposure_00119.mrc']);
    assert.equal(await page.locator('#count').innerText(), '1 of 200');

    // A ring in a chart leads to its row, whatever was searched before.
    const ring = page.locator('a[href^="#exposure-"] :is(circle, path)').first();
    const row = Number((await page.locator('svg a').first().getAttribute('href'))!.slice('#exposure-'.length));
    await ring.click();
    assert.equal(await page.locator('tr.found td button').innerText(), report.exposures[row]!.output);
    assert.match(await page.locator('tr.opened').innerText(), new RegExp(report.exposures[row]!.crc32!));

    const pdf = await page.pdf({ format: 'A4' });
    assert.ok(pdf.subarray(0, 5).toString() === '%PDF-' && pdf.length > 50_000);
    assert.deepEqual(complaints, []);
  },
);

test('figures in the page, JSON, CSV and SQL agree to the last digit', inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  session(journal, { exposures: 60, failing: 20, changes: { inlineSeconds: 4.2 } });
  await writeReports(journal, folder);
  const { page, complaints } = await open(t, html(folder));
  const report = JSON.parse(fs.readFileSync(path.join(folder, 'report.json'), 'utf8')) as Report;
  const csv = fs.readFileSync(path.join(folder, 'exposures.csv'), 'utf8').trimEnd().split('\r\n');
  const names = csv[0]!.split(',');
  const database = new DatabaseSync(journal.file, { readOnly: true });
  t.after(() => database.close());

  const said = async (where: string): Promise<number[]> =>
    (await page.locator(`${where} data`).evaluateAll((all) => all.map((each) => each.getAttribute('value')))).map(
      Number,
    );
  assert.deepEqual(
    await said('.bases tbody'),
    report.timeSaved.flatMap((basis) => [
      basis.secondsPerExposure,
      basis.exposures,
      basis.seconds,
      basis.secondsPerHour,
      basis.moreExposures,
    ]),
  );
  assert.deepEqual(
    await said('table.stages'),
    report.stages.filter(({ total }) => total > 0).flatMap((s) => [s.total, s.median, s.percentile95, s.longest]),
  );
  const { totals, disk, pool, run } = report;
  assert.deepEqual((await said('.tiles')).slice(2, 5), [totals.done + totals.skipped, totals.failed, totals.suspect]);
  const saved = await said('#saved');
  for (const figure of [disk.raw + disk.corrected, disk.raw, disk.corrected, disk.savedBy16Bit])
    assert.ok(saved.includes(figure));
  const { cadence, acquisition } = report;
  const pace = await said('#cadence');
  for (const figure of [
    acquisition.exposuresPerHour!,
    acquisition.medianInterval!,
    cadence.interval.p95!,
    ...cadence.clusters.flatMap(({ median, intervals, seconds }) => [median, intervals, seconds]),
    ...cadence.gaps.flatMap(({ seconds, exposures }) => [seconds, exposures]),
  ])
    assert.ok(pace.includes(figure), String(figure));
  const stages = await said('#stages');
  for (const figure of [run.exposuresPerSecond!, pool.speedUp!, pool.efficiency!, run.seconds])
    assert.ok(stages.includes(figure));

  await page.locator('#search').fill('exposure');
  await page.locator('#table td button').first().click();
  const table = JSON.parse((await page.locator('#rows').textContent())!) as {
    columns: { name: string }[];
    rows: (string | number | null)[][];
  };
  const column = (name: string): number => table.columns.findIndex((each) => each.name === name);
  const sql = database.prepare(
    'SELECT spikes, mean, t.despike FROM exposures e LEFT JOIN timings t ON t.id = e.timing WHERE e.output = ?',
  );
  for (const [i, exposure] of report.exposures.entries()) {
    const row = table.rows[i]!;
    const cells = csv[i + 1]!.split(',');
    const inSql = sql.get(exposure.output) as { spikes: number | null; mean: number | null; despike: number | null };
    const four = (name: string, csvName: string, json: number | null, database: number | null): void => {
      const cell = cells[names.indexOf(csvName)]!;
      assert.deepEqual(
        [row[column(name)], cell === '' ? null : Number(cell), database],
        [json, json, json],
        `${exposure.output} ${name}`,
      );
    };
    four('spikes', 'spikes', exposure.counts?.spikes ?? null, inSql.spikes);
    four('mean', 'mean', exposure.statistics?.mean ?? null, inSql.mean);
    four(
      'despike, time',
      'despikeSeconds',
      exposure.seconds?.despike ?? null,
      inSql.despike === null ? null : inSql.despike / 1e6,
    );
  }
  assert.deepEqual(complaints, []);
});

test(
  'names that are HTML, quotes, line breaks or scripts are shown as they are and do nothing',
  inBrowser,
  async (t) => {
    const { journal, folder } = empty(t);
    const names = [
      '<img src=x onerror=alert(1)>.mrc',
      '"><script>alert(2)</script>.mrc',
      '</script><script>alert(3)</script>.mrc',
      "it's 50 % & more.mrc",
      'two\nlines.mrc',
      'Gitterö 格子.mrc',
      '<!--<script>.mrc',
    ];
    const run = journal.begin({
      ...start,
      command: 'darkroom run </script><script>alert(4)</script>',
      outputFolder: '/o/<b>x</b>',
    });
    for (const [i, name] of names.entries()) {
      journal.record(done(name, i + 1, { suspect: i % 2 ? [`<b>odd</b> ${name}`] : [] }), run, KEY);
      journal.record(
        failed(`bad ${name}`, 'format', { fault: { kind: 'format', message: `/raw/${name}: no image` } }),
        run,
        KEY,
      );
    }
    journal.finish(run, 2);
    await writeReports(journal, folder);
    const { page, complaints } = await open(t, html(folder));
    const shown = await page.locator('#table td button').allInnerTexts();
    const asShown = (name: string): string => name.replace('\n', '␊');
    assert.deepEqual(shown.toSorted(), names.flatMap((name) => [asShown(name), asShown(`bad ${name}`)]).sort());
    const told = await page.locator('#failures').innerText();
    for (const name of names) assert.ok(told.includes(asShown(name)), name);
    assert.equal(await page.locator('h1').innerText(), 'b>');
    assert.equal(await page.locator('img, #failures b, script:not([type])').count(), 0);
    assert.deepEqual(complaints, []);
  },
);

test(
  'by keyboard alone: skip link, filters, a row opened; day and night; a phone shows no sideways scroll',
  inBrowser,
  async (t) => {
    const { journal, folder } = night(t);
    await writeReports(journal, folder);
    const { page, complaints } = await open(t, html(folder), { dark: true, width: 420 });
    const ground = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.body).backgroundColor') as Promise<string>;
    assert.equal(await ground(), 'rgb(18, 22, 24)');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'To the report');
    await page.locator('#theme').focus();
    await page.keyboard.press('Enter');
    assert.equal(await ground(), 'rgb(246, 246, 243)');
    await page.locator('input[value=failed]').focus();
    await page.keyboard.press('Space');
    assert.equal(await page.locator('#table tbody tr[id]').count(), 2);
    await page.locator('#table td button').first().focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('tr.opened').count(), 1);
    assert.equal(await page.evaluate('document.activeElement.getAttribute("aria-expanded")'), 'true');
    assert.ok(((await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number) <= 0);
    assert.deepEqual(complaints, []);
  },
);

test('below 5 MB for 2 000 exposures; 20 000 rows are there at once and sorted in a second', inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  journal.record(done('seed.mrc'), journal.begin(start), KEY);
  multiply(journal, 2000);
  const small = Buffer.byteLength(pageOf(reportOf(journal.contents()!)));
  assert.ok(small < 5e6, `${small} bytes`);
  const many = empty(t);
  many.journal.record(done('seed.mrc'), many.journal.begin(start), KEY);
  multiply(many.journal, 20_000);
  await writeReports(many.journal, many.folder);
  const { page, complaints } = await open(t, html(many.folder));
  assert.equal(await page.locator('#count').innerText(), '20\u202f000 exposures');
  const took = (await page.evaluate(`(() => {
    const began = performance.now();
    [...document.querySelectorAll('th button')].find((head) => head.textContent === 'mean').click();
    document.body.getBoundingClientRect();
    return performance.now() - began;
  })()`)) as number;
  t.diagnostic(
    `2 000: ${(small / 1e6).toFixed(2)} MB; 20 000: ${(fs.statSync(html(many.folder)).size / 1e6).toFixed(2)} MB, sorted in ${took.toFixed(0)} ms`,
  );
  assert.ok(took < 1000);
  assert.deepEqual(complaints, []);
  assert.equal(folder === many.folder, false);
});

test('nothing to show yet: a run that has corrected nothing has a page all the same', inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  journal.begin(start);
  await writeReports(journal, folder);
  const { page, complaints } = await open(t, html(folder));
  assert.match(await page.locator('.verdict').innerText(), /has not finished/);
  assert.deepEqual(complaints, []);
});
