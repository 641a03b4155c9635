/** The page of a report: its verdict, and the panels that have something to show. */

import path from 'node:path';
import { NO_PICTURES, type Pictures } from '../journal/pictures.ts';
import { minute } from './figures.ts';
import { PANELS } from './panels/index.ts';
import type { Report } from './shape.ts';
import { shell } from './shell.ts';
import { verdict } from './verdict.ts';

export function page(report: Report, pictures: Pictures = NO_PICTURES): string {
  const { tool, run } = report;
  return shell({
    tool: `${tool.name} ${tool.version}`,
    title: path.basename(run.outputFolder) || run.outputFolder,
    where: `${run.outputFolder} · run ${run.id} on ${run.host}, started ${minute(run.started)}`,
    head: verdict(report),
    parts: PANELS.flatMap(({ id, title, show }) => {
      const shown = show(report, pictures);
      return shown ? [{ id, title, shown }] : [];
    }),
    footer: 'The same figures for programs: report.json, exposures.csv, darkroom.sqlite.',
    goesOn: run.goesOn,
  });
}
