/**
 * Makes the reports in a process of its own: with 100 000 exposures they take seconds and hundreds of MB, which a watch
 * beside acquisition does not have. The journal may be read while it is written.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ALONE = fileURLToPath(new URL('./alone.js', import.meta.url));

/** What goes wrong is left alone: the reports can be made again at any time. */
export async function writeReportsApart(journal: string, out: string): Promise<void> {
  // A group of its own: Ctrl-C is for the watch, which waits for its report.
  const child = spawn(process.execPath, [ALONE, journal, out], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  await once(child, 'close').catch(() => undefined);
}
