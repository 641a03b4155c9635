/** The page for eyes, screen readers, phones and paper: what is wrong comes first, and everything can be read. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { CameraReport } from '../../src/report/camera/camera.ts';
import { page as pageOf } from '../../src/report/page/html.ts';
import { reportOf, writeReports } from '../../src/report/report.ts';
import type { Report } from '../../src/report/shape.ts';
import { done, figures, identity, KEY, start } from '../journal/makers.ts';
import { empty } from './night.ts';
import { noBrowser, open } from './page/browser.ts';
import { session } from './session.ts';

if (noBrowser) console.log(`tests of how the page looks are skipped: ${noBrowser}`);
const inBrowser = { skip: noBrowser, timeout: 120_000 };

/** Text with less contrast than this cannot be read by everybody (WCAG 2.2, 1.4.3). */
const CONTRAST = 4.5;

/** What a screen reader or an eye stumbles over. Runs in the page. */
const STUMBLING = `(() => {
  const found = [];
  const plain = ['g', 'path', 'circle', 'rect', 'span', 'div', 'p', 'i'];
  for (const each of document.querySelectorAll('[aria-label], [aria-labelledby]'))
    if (plain.includes(each.tagName.toLowerCase()) && !each.getAttribute('role')) found.push('a name where none is allowed: ' + each.outerHTML.slice(0, 90));
  for (const each of document.querySelectorAll('[role=img]'))
    if (each.querySelector('a, button, input')) found.push('a link within an image: ' + each.getAttribute('aria-label'));
  for (const each of document.querySelectorAll('a'))
    if (!each.textContent.trim() && !each.getAttribute('aria-label')) found.push('a link without a name');
  const alts = [...document.images].map(({ alt }) => alt);
  for (const alt of alts) if (alt.split(' ').length < 2) found.push('a picture called ' + alt);
  const channel = (x) => (x / 255 <= 0.03928 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const colour = (css) => {
    const parts = css.match(/[\\d.]+/g).map(Number);
    // color(srgb ...) counts to one.
    return css.startsWith('color(') ? parts.map((part, i) => (i < 3 ? 255 * part : part)) : parts;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const holder = text.parentElement;
    if (!text.textContent.trim() || holder.closest('script, style, noscript, .hidden, .skip, :disabled, svg title')) continue;
    let ground = null;
    for (let at = holder; at && !ground; at = at.parentElement) {
      const [r, g, b, opaque = 1] = colour(getComputedStyle(at).backgroundColor);
      if (opaque > 0.9) ground = [r, g, b];
    }
    const { color, fill } = getComputedStyle(holder);
    const [dark, bright] = [light(colour(holder.closest('svg') && fill !== 'none' ? fill : color)), light(ground)].sort((a, b) => a - b);
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < ${CONTRAST}) found.push('contrast ' + contrast.toFixed(2) + ': ' + text.textContent.trim().slice(0, 40));
  }
  return [...new Set(found)];
})()`;

const html = (folder: string): string => path.join(folder, 'report.html');

test('names, roles and contrast are right by day and by night', inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  session(journal, { exposures: 90, failing: 30 });
  await writeReports(journal, folder);
  for (const dark of [false, true]) {
    const { page, complaints } = await open(t, html(folder), { dark });
    assert.deepEqual(await page.evaluate(STUMBLING), [], dark ? 'by night' : 'by day');
    assert.deepEqual(complaints, []);
  }
});

test('failures stand before everything else, and files are a click away', inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  session(journal, { exposures: 60, failing: 20 });
  await writeReports(journal, folder);
  const { page } = await open(t, html(folder));
  assert.equal(await page.locator('main section').first().getAttribute('id'), 'failures');
  const heights = await page
    .locator('.top nav a')
    .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().top));
  assert.equal(new Set(heights).size, 1, 'the navigation stands on one line');
  for (const name of ['report.json', 'exposures.csv']) {
    const link = page.getByRole('link', { name });
    assert.ok(fs.existsSync(new URL((await link.getAttribute('href'))!, page.url())), name);
  }
  await page.locator('#table td button').first().click();
  const links = await page
    .locator('tr.opened a')
    .evaluateAll((all) => all.map((each) => (each as unknown as { href: string }).href));
  assert.deepEqual(
    links.map((each) => decodeURIComponent(new URL(each).pathname)),
    [path.join(folder, 'grid1/exposure_00000.mrc'), '/facility/raw/grid1/exposure_00000.mrc'],
  );
});

test('nothing sticks out of a phone, and paper breaks no name', inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  session(journal, { exposures: 60, failing: 20 });
  await writeReports(journal, folder);
  const narrow = await open(t, html(folder), { width: 390 });
  assert.ok(((await narrow.page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number) <= 0);
  const { page } = await open(t, html(folder), { width: 690, timezone: 'Europe/Berlin' });
  await page.emulateMedia({ media: 'print' });
  const name = page.locator('#table td button').first();
  const lines = (await page.evaluate(`(() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector('#table td button'));
    return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
  })()`)) as number;
  assert.ok(lines <= 2, `${await name.innerText()} on ${lines} lines`);
});

test('one exposure far away does not flatten the others: it stands at the edge, and is told', inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  const run = journal.begin(start);
  for (let i = 0; i < 30; i++) {
    const mean = i === 17 ? 60_000 : 800 + 5 * (i % 7);
    const mtimeNs = identity.mtimeNs + BigInt(i) * 40_000_000_000n;
    const statistics = { ...figures().statistics, mean, deviation: i === 4 ? 1 : 40 + (i % 5) };
    journal.record(done(`${i}.mrc`, 1, { statistics, identity: { ...identity, mtimeNs } }), run, KEY);
  }
  journal.finish(run, 0);
  await writeReports(journal, folder);
  const { page } = await open(t, html(folder));
  for (const [name, far] of [
    ['Mean', '17.mrc'],
    ['Deviation', '4.mrc'],
  ] as const) {
    const figure = page.locator('#camera figure', { has: page.locator(`b:text-is("${name}")`) });
    assert.match(await figure.locator('figcaption').innerText(), /, 1 beyond the axis$/);
    const heights = (await figure
      .locator('circle')
      .evaluateAll((all) => all.map((each) => Number(each.getAttribute('cy'))))) as number[];
    assert.ok(Math.max(...heights) - Math.min(...heights) > 20, `${name}: ${heights}`);
    assert.ok(Math.min(...heights) >= 0 && Math.max(...heights) <= 140, `${name}: ${heights}`);
    assert.equal(await figure.getByRole('link', { name: new RegExp(`^${far}: `) }).count(), 1);
  }
  // All alike: a number that can be read, not 2.307892k.
  const ticks = (await page.locator('#camera svg text').allTextContents()).filter((text) => /\d/.test(text));
  assert.deepEqual(
    ticks.filter((text) => text.replace(/[^\d]/g, '').length > 5),
    [],
  );
});

test("every moment has the reader's own time beside it, and nothing where that is UTC", inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  const run = journal.begin(start);
  journal.record(done('a.mrc'), run, KEY);
  journal.finish(run, 0);
  await writeReports(journal, folder);
  const berlin = await open(t, html(folder), { timezone: 'Asia/Tokyo' });
  // Taken on 2026-03-01 at 00:00:00 UTC.
  assert.match(await berlin.page.locator('#table tbody tr').innerText(), /2026-03-01 00:00:00 · 09:00:00/);
  assert.equal(await berlin.page.locator('#table th').nth(2).innerText(), 'taken (UTC · local)');
  const moments = await berlin.page.locator('time').allInnerTexts();
  assert.ok(
    moments.length > 3 && moments.every((text) => /UTC[\s\S]*\((\d{4}-\d\d-\d\d )?\d\d:\d\d local\)$/.test(text)),
    moments.join('\n'),
  );
  const utc = await open(t, html(folder), { timezone: 'UTC' });
  assert.equal(await utc.page.locator('.local').count(), 0);
});

const CAMERA: CameraReport = {
  ...{ exposures: 12, fits: true, warnings: [], orientations: [], firstRow: 'bottom', brokenColumns: [] },
  checks: [
    { name: 'raw images show the columns of the norm', passed: true, found: 'correlation 0.97' },
    { name: 'no step is left where two readouts meet', passed: null, found: 'there is no mean image' },
  ],
  columns: { raw: { strength: 0.01, correlation: 0.97 }, corrected: { strength: 0, correlation: null } },
  seams: { raw: [], corrected: [] },
  gain: null,
  badPixels: { exposures: 0, dead: 0, stuck: 0, clusters: [], left: 0, pixels: [] },
  badLines: [],
  edges: [],
  hotPixels: { exposures: 0, ppm: 0, limit: null, count: 0, pixels: [] },
};

test('a tile says at a glance whether the references fit', inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  session(journal, { exposures: 40 });
  const pictures = journal.pictures();
  const report = reportOf(journal.contents()!, false, pictures);
  const file = html(folder);
  const shown = async (camera: CameraReport) => {
    fs.writeFileSync(file, pageOf({ ...report, camera }, pictures));
    return (await open(t, file)).page;
  };
  const good = await shown(CAMERA);
  assert.match(
    await good.locator('.tile.camera.good').innerText(),
    /references fit\s+1 of 1 check passed, 12 exposures/,
  );
  assert.deepEqual(await good.locator('.checks li .chip').allInnerTexts(), ['passed', 'not checked']);
  const bad = await shown({ ...CAMERA, fits: false, warnings: ['The references look turned.', 'Columns are left.'] });
  assert.match(await bad.locator('.tile.camera.look').innerText(), /references do not fit/);
  assert.match(await bad.locator('.verdict').innerText(), /The references look turned\./);
});

test('the page of a watch that died says so, on a screen and hours later from the disk', inBrowser, async (t) => {
  const { journal, folder } = empty(t);
  const run = journal.begin({ ...start, command: 'darkroom watch raw --out corrected' });
  journal.record(done('a.mrc'), run, KEY);
  const file = html(folder);
  const report: Report = reportOf(journal.contents()!, true);
  fs.writeFileSync(file, pageOf(report));
  const { page, complaints } = await open(t, file, { clock: true });
  const line = page.locator('.verdict .line');
  assert.match(await line.innerText(), /All is well, and it goes on\./);
  await page.clock.fastForward(10 * 60_000);
  assert.match(await line.innerText(), /All is well, and it goes on\./, 'ten minutes are nothing');
  await page.clock.fastForward(8 * 3_600_000);
  await page.locator('.verdict.silent').waitFor();
  assert.match(await line.innerText(), /No word for 8 h: the watch has died/);
  assert.match(
    await page.locator('.verdict .last').innerText(),
    /Its last word was: All is well\. 1 exposure corrected/,
  );

  fs.writeFileSync(file, pageOf({ ...report, made: new Date(Date.now() - 8 * 3_600_000).toISOString() }));
  const later = await open(t, file);
  assert.match(await later.page.locator('.verdict.silent .line').innerText(), /No word for 8 h/);
  // A finished one may be as old as it likes.
  journal.finish(run, 0);
  fs.writeFileSync(file, pageOf({ ...reportOf(journal.contents()!), made: '2020-01-01T00:00:00.000Z' }));
  assert.equal(await (await open(t, file)).page.locator('.verdict.well').count(), 1);
  assert.deepEqual(complaints, []);
});
