/**
 * What every page has: one file that shows its content without a network, anywhere. Its policy forbids every request and
 * every script but its own, so that nothing that comes from a file's name could run even if it got through the escaping.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { html, Markup } from './markup.ts';
import { STYLE } from './style.ts';

/** The files of the page's script, each after those that it imports: one script, since a page without a network loads no other. */
const SCRIPT = ['elements', 'wording', 'table', 'theme', 'fresh', 'page']
  .map((name) => fs.readFileSync(new URL(`./browser/${name}.js`, import.meta.url), 'utf8'))
  .map((module) => module.replaceAll(/^import .*\n|^export (?=const|function)|^export \{\};\n/gm, '').trim())
  .join('\n');

const POLICY = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export interface Part {
  readonly id: string;
  readonly title: string;
  /** In the navigation. */
  readonly short: string;
  readonly shown: Markup;
}

export interface Page {
  /** Name and version of the tool. */
  readonly tool: string;
  readonly title: string;
  /** Below the title. */
  readonly where: Markup;
  /** Before the parts: what is seen at a glance. */
  readonly head: Markup;
  readonly parts: readonly Part[];
  readonly footer: Markup;
  /** Where it is made again and again: when it was made (ISO 8601), and after how long without another one something is wrong, s. */
  readonly goesOn: { readonly made: string; readonly staleAfter: number } | null;
}

export function shell({ tool, title, where, head, parts, footer, goesOn }: Page): string {
  return html`<!doctype html>
<html lang="en"${goesOn && html` data-made="${goesOn.made}" data-stale-after="${goesOn.staleAfter}"`}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${tool}">
<title>${title} · darkroom</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">To the report</a>
<header>
<div class="top"><p class="brand"><span class="aperture" aria-hidden="true"></span>darkroom</p>
<nav aria-label="Parts of the report">${parts.map((part) => html`<a href="#${part.id}">${part.short}</a>`)}</nav>
<button type="button" id="theme" hidden></button></div>
<h1>${title}</h1>
<p class="where">${where}</p>
</header>
<main id="main" tabindex="-1">
${head}
${parts.map((part) => html`<section class="panel" id="${part.id}" aria-labelledby="${part.id}-title"><h2 id="${part.id}-title">${part.title}</h2>${part.shown}</section>`)}
</main>
<footer>Made by ${tool} from the journal alone. ${footer}</footer>
<script type="module">${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}
