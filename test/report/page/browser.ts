/** A real browser for the page: Debian's chromium. Where there is none, the tests that need it say so and are skipped. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  fs.existsSync,
);

/** Works as root and without a network. */
export const CHROMIUM_FLAGS =
  '--no-sandbox --disable-gpu --disable-background-networking --disable-sync --no-first-run'.split(' ');

/** For `test(name, { skip: noBrowser }, ...)`. */
export const noBrowser = CHROMIUM ? false : 'no chromium here (apt-get install chromium)';

export interface Opened {
  readonly page: Page;
  /** What the console said, what was thrown, and what was asked of the network. */
  readonly complaints: string[];
}

/** Opens a file in a browser of its own, which goes away with the test. `clock`: its time is turned by `page.clock`. */
export async function open(
  t: TestContext,
  file: string,
  look: { dark?: boolean; width?: number; clock?: boolean; timezone?: string } = {},
): Promise<Opened> {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-browser-'));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM!,
    args: CHROMIUM_FLAGS,
    viewport: { width: look.width ?? 1440, height: 900 },
    colorScheme: look.dark ? 'dark' : 'light',
    ...(look.timezone && { timezoneId: look.timezone }),
  });
  t.after(async () => {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const page = await context.newPage();
  if (look.clock) await page.clock.install();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const url = pathToFileURL(file).href;
  page.on('request', (request) => {
    const asked = request.url().split('#')[0]!;
    if (asked !== url && !asked.startsWith('data:')) complaints.push(`request: ${asked}`);
  });
  await page.goto(url);
  return { page, complaints };
}
