/**
 * Makes the pictures of the README again: `npm run pictures`. A simulated session with one exposure that was cut short runs
 * on a real terminal; Chromium draws that terminal and the report. Paths of the temporary folder are shown as /data.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { simulate } from '../../src/tools/simulate/session.ts';
import { Terminal } from '../cli/terminal/pty.ts';
import { CHROMIUM, CHROMIUM_FLAGS } from '../report/page/browser.ts';
import { terminalPage } from './terminal-page.ts';

const PICTURES = fileURLToPath(new URL('../../../samples/pictures', import.meta.url));

const COLUMNS = 100;

/** Width and height of the pictures, px. */
const REPORT = { width: 1100, height: 820 };

const command = [
  ...['run', 'raw', '--dark', 'dark.mrc', '--bright', 'bright.mrc', '--defects', 'defects.mrc'],
  ...['--out', 'corrected'],
];

if (!CHROMIUM) throw new Error('needs chromium (apt-get install chromium)');
const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'data-')));
const endings: (() => unknown)[] = [];
try {
  const screen = await session();
  const shown = fs.readFileSync(path.join(folder, 'corrected/report.html'), 'utf8').replaceAll(folder, '/data');
  fs.mkdirSync(PICTURES, { recursive: true });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
  endings.push(() => browser.close());
  const page = await browser.newPage({ viewport: REPORT, colorScheme: 'light' });
  await page.setContent(shown);
  await take(page, 'report.png');
  // Noise does not compress: a JPEG of the top of the panel.
  await page.evaluate("document.querySelector('#pictures').scrollIntoView()");
  await take(page, 'exposures.jpg');
  await page.setContent(terminalPage(`$ darkroom ${command.join(' ')}\r\n${screen.replaceAll(folder, '/data')}`));
  await take(page, 'terminal.png', 'pre');
} finally {
  for (const end of endings.reverse()) await end();
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Runs the command in `folder`; returns what it wrote to the terminal. */
async function session(): Promise<string> {
  const size = { count: 24, width: 1024, height: 1024, seed: 2007, dose: 600, darks: 16, brights: 16 };
  await simulate(folder, { ...size, format: 'mrc' });
  const raw = path.join(folder, 'raw');
  const cut = path.join(raw, fs.readdirSync(raw).sort()[16]!);
  fs.truncateSync(cut, fs.statSync(cut).size / 2);
  // One a minute, as they are taken.
  for (const [at, name] of fs.readdirSync(raw).sort().entries()) {
    const taken = Date.UTC(2026, 2, 1, 20, at) / 1000;
    fs.utimesSync(path.join(raw, name), taken, taken);
  }
  const place = process.cwd();
  process.chdir(folder);
  try {
    const terminal = new Terminal({ after: (end) => endings.push(end) }, COLUMNS, command);
    await terminal.ended();
    return terminal.screen;
  } finally {
    process.chdir(place);
  }
}

/** The page, or the part of it that `selector` names. */
async function take(page: Page, name: string, selector?: string): Promise<void> {
  const file = path.join(PICTURES, name);
  await (selector
    ? page.locator(selector).screenshot({ path: file })
    : page.screenshot({ path: file, ...(name.endsWith('.jpg') && { type: 'jpeg', quality: 75 }) }));
  console.log(`${file}  ${Math.round(fs.statSync(file).size / 1000)} kB`);
}
