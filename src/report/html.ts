/**
 * The page: one file that shows a report without a network, anywhere. Its policy forbids every request and every script
 * but its own, so that nothing that comes from a file's name could run even if it got through the escaping.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Pictures } from '../journal/pictures.ts';
import { minute } from './figures.ts';
import { html, Markup } from './markup.ts';
import { PANELS } from './panels/index.ts';
import type { Report } from './shape.ts';
import { STYLE } from './style.ts';
import { verdict } from './verdict.ts';

const SCRIPT = fs.readFileSync(new URL('./browser/page.js', import.meta.url), 'utf8').trim();

const POLICY = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export function page(report: Report, pictures: Pictures = { samples: [], mean: null }): string {
  const folder = path.basename(report.run.outputFolder) || report.run.outputFolder;
  const panels = PANELS.flatMap((panel) => {
    const shown = panel.show(report, pictures);
    return shown ? [{ ...panel, shown }] : [];
  });
  return html`<!doctype html>
<html lang="en"${report.run.goesOn && html` data-goes-on`}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${report.tool.name} ${report.tool.version}">
<title>${folder} · darkroom</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">To the report</a>
<header>
<div class="top"><p class="brand"><span class="aperture" aria-hidden="true"></span>darkroom</p>
<nav aria-label="Parts of the report">${panels.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>
<button type="button" id="theme" hidden></button></div>
<h1>${folder}</h1>
<p class="where">${report.run.outputFolder} · run ${report.run.id} on ${report.run.host}, started ${minute(report.run.started)}</p>
</header>
<main id="main" tabindex="-1">
${verdict(report)}
${panels.map(({ id, title, shown }) => html`<section class="panel" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${shown}</section>`)}
</main>
<footer>Made by ${report.tool.name} ${report.tool.version} from the journal alone. The same figures for programs: report.json, exposures.csv, darkroom.sqlite.</footer>
<script type="module">${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}
