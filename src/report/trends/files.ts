/** The files of trends. */

import path from 'node:path';
import { writeWhole } from '../../files/output-file.ts';
import type { Target, TextMark } from '../../files/ownership.ts';
import type { Trends } from './trends.ts';

/**
 * Writes `trends.html` and `trends.json` into a folder that is there, each whole or not at all.
 * @throws what the system says when a file cannot be written
 */
export async function writeTrends(trends: Trends, folder: string): Promise<void> {
  const { trendsPage } = await import('./trends-page.ts');
  const target = (name: string, replaces: TextMark): Target<TextMark> => ({
    file: path.join(folder, name),
    within: folder,
    replaces,
    way: 'name another folder with --out',
  });
  writeWhole(target('trends.json', 'figures'), `${JSON.stringify(trends, null, 2)}\n`, folder);
  writeWhole(target('trends.html', 'page'), trendsPage(trends, folder), folder);
}
