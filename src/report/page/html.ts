/** The page of a report: its verdict, and the panels that have something to show. */

import path from 'node:path';
import { NO_PICTURES, type Pictures } from '../../journal/pictures.ts';
import type { Report } from '../shape.ts';
import { verdict } from './headline.ts';
import { html } from './markup.ts';
import { PANELS } from './panels/index.ts';
import { shell } from './shell.ts';
import { moment } from './wording.ts';

/** A watch makes its page every ten minutes at least, see `watcher.ts`; three times that long is no delay any more. s. */
const STALE_AFTER = 1800;

export function page(report: Report, pictures: Pictures = NO_PICTURES): string {
  const { tool, run } = report;
  return shell({
    tool: `${tool.name} ${tool.version}`,
    title: path.basename(run.outputFolder) || run.outputFolder,
    where: html`${run.outputFolder} · run ${run.id} on ${run.host}, started ${moment(run.started)}`,
    head: verdict(report),
    parts: PANELS.flatMap(({ id, title, short, show }) => {
      const shown = show(report, pictures);
      return shown ? [{ id, title, short, shown }] : [];
    }),
    footer: html`The same figures for programs: <a href="report.json">report.json</a>, <a href="exposures.csv">exposures.csv</a>, and the journal, which any SQLite reads.`,
    // A batch makes its page at its end alone.
    goesOn: run.goesOn && run.command.split(' ')[1] === 'watch' ? { made: report.made, staleAfter: STALE_AFTER } : null,
  });
}
