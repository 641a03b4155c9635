/** The look of the page: calm, by day and by night, on a projector and on paper. */

const LIGHT = `
  --ground: #f6f6f3; --sheet: #ffffff; --ink: #1d2326; --quiet: #5b666b; --line: #e2e3de; --faint: #efefeb;
  --accent: #1f6f78; --good: #246b40; --look: #8a5600; --bad: #a8322a; --good-soft: #e8f3ec; --look-soft: #fbf1dd; --bad-soft: #fae9e7;
  --stage-0: #b9bfc2; --stage-1: #d3d6d8; --stage-2: #7fb3d5; --stage-3: #e3b565; --stage-4: #d98f4e;
  --stage-5: #c0643f; --stage-6: #8f5a83; --stage-7: #4e8fb8; --stage-8: #2d5f86;`;

const DARK = `
  --ground: #121618; --sheet: #1a2023; --ink: #e3e7e6; --quiet: #93a0a4; --line: #2d3539; --faint: #222a2d;
  --accent: #6fc3c9; --good: #7fcb9c; --look: #e5b45a; --bad: #f0887d; --good-soft: #1b2b22; --look-soft: #30281a; --bad-soft: #35211f;
  --stage-0: #5b6468; --stage-1: #454d51; --stage-2: #8fc1e0; --stage-3: #e6bf78; --stage-4: #dd9a60;
  --stage-5: #cf7651; --stage-6: #ab7aa0; --stage-7: #5f9fc7; --stage-8: #3f77a3;`;

export const STYLE = `
:root { color-scheme: light;${LIGHT} }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark;${DARK} } }
:root[data-theme="dark"] { color-scheme: dark;${DARK} }

* { box-sizing: border-box; }
/* Everything is measured in this: on a projector the page grows, it is not lost in the middle. */
html { font-size: clamp(15px, 0.55vw + 9px, 24px); scroll-padding-top: 4.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 clamp(0.9rem, 3vw, 2rem); }
a { color: inherit; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); text-underline-offset: 0.18em; }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
code { font: 0.86em/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.hidden, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: fixed; top: 0.5rem; left: 0.5rem; z-index: 3; padding: 0.4rem 0.8rem; background: var(--sheet); }

.top { position: sticky; top: 0; display: flex; align-items: center; gap: 1.4rem; padding: 0.9rem 0 0.7rem; }
header { position: static; display: contents; }
header > h1, header > .where, header > .top { max-width: 76rem; margin: 0 auto; padding-inline: clamp(0.9rem, 3vw, 2rem); }
header > .top { z-index: 2; max-width: none; margin: 0; padding-inline: max(clamp(0.9rem, 3vw, 2rem), calc((100% - 76rem) / 2 + clamp(0.9rem, 3vw, 2rem))); background: color-mix(in srgb, var(--ground) 92%, transparent); backdrop-filter: blur(6px); }
.brand { display: flex; align-items: center; gap: 0.55rem; margin: 0; font-weight: 600; letter-spacing: 0.01em; }
.aperture { width: 0.95rem; height: 0.95rem; border: 0.2rem solid var(--accent); border-radius: 50%; box-shadow: inset 0 0 0 0.14rem var(--ground), inset 0 0 0 0.5rem var(--accent); }
nav a { color: var(--quiet); text-decoration: none; font-size: 0.86em; white-space: nowrap; }
nav a:hover { color: var(--ink); }
.top nav { flex: 1; display: flex; gap: 0 1.1rem; overflow-x: auto; scrollbar-width: none; }
button { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 6px; padding: 0.2rem 0.7rem; cursor: pointer; }
button:hover:not(:disabled) { border-color: var(--quiet); }
button:disabled { opacity: 0.4; cursor: default; }
#theme { font-size: 0.85em; color: var(--quiet); white-space: nowrap; }
h1 { margin-top: 1.2rem !important; font-size: 2rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; overflow-wrap: anywhere; }
.where { margin-top: 0.2rem !important; color: var(--quiet); font-size: 0.9em; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.9rem; font-size: 1.3rem; font-weight: 650; letter-spacing: -0.01em; }
h3 { margin: 1.6rem 0 0.5rem; font-size: 1rem; font-weight: 600; }
p { margin: 0.5rem 0; }
.lead { max-width: 52rem; color: var(--quiet); }
.note { color: var(--quiet); font-size: 0.88em; }

.verdict { margin: 1.3rem 0 1rem; padding: 1rem 1.2rem; border-radius: 12px; background: var(--good-soft); }
.verdict .line { display: flex; align-items: baseline; gap: 0.7rem; margin: 0; font-size: 1.25rem; font-weight: 600; }
.verdict .mark::before { content: "✓"; color: var(--good); font-weight: 700; }
.verdict.look { background: var(--look-soft); } .verdict.look .mark::before { content: "!"; color: var(--look); }
.verdict.silent { background: var(--bad-soft); } .verdict.silent .mark::before { content: "?"; color: var(--bad); }
.verdict .said, .verdict .last { margin: 0.2rem 0 0 1.7rem; color: var(--quiet); font-size: 0.92em; overflow-wrap: anywhere; }
.verdict.bad { background: var(--bad-soft); } .verdict.bad .mark::before { content: "!"; color: var(--bad); }
.held { margin: 0.35rem 0 0 1.7rem; font-size: 0.95em; } .held b { font-weight: 600; }
.kind { display: block; color: var(--quiet); font-size: 0.88em; } .disk { max-width: 34rem; } .percent { display: block; color: var(--quiet); font-size: 0.88em; }
.needs { margin: 0.5rem 0 0; padding-left: 2rem; }
.tiles { display: grid; grid-template-columns: 1.7fr repeat(3, 0.8fr) 1.15fr 1.25fr; gap: 0.8rem; margin: 0 0 1rem; }
.tile { padding: 0.9rem 1.1rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; }
.tile dt { color: var(--quiet); font-size: 0.88em; }
.tile dd { margin: 0; }
.tile .big { font-size: 1.75rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile.wide .big { font-size: 2.3rem; line-height: 1.1; color: var(--accent); }
.tile.camera .big { font-size: 1.25rem; line-height: 1.3; padding: 0.25rem 0; letter-spacing: 0; } .tile.good .big { color: var(--good); }
.tile.good .big a::before { content: "✓ "; } .tile.camera.look .big a::before { content: "! "; }
.tile.bad .big { color: var(--bad); } .tile.look .big { color: var(--look); }
.tile .big a { text-decoration: none; } .tile .big a:hover { text-decoration: underline; }
.local { color: var(--quiet); font-size: 0.9em; font-weight: 400; letter-spacing: 0; }
.tile .day-time .local { display: block; font-size: 0.88rem; }
.tile .day { display: block; font-size: 0.88rem; line-height: 1.3; font-weight: 400; letter-spacing: 0; }

.panel { margin: 0 0 1rem; padding: 1.4rem clamp(1rem, 2.4vw, 1.8rem) 1.5rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; }
.columns { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 2.4rem; }
.pair { display: flex; flex-wrap: wrap; gap: 0.2rem 2rem; color: var(--quiet); }
.pair b { color: var(--ink); font-size: 1.25rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
table.plain { width: 100%; font-size: 0.92em; }
table.small { width: 100%; }
.plain th, .plain td { padding: 0.42rem 0.7rem 0.42rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-weight: 400; }
.plain thead th { color: var(--quiet); font-size: 0.9em; vertical-align: bottom; white-space: nowrap; }
.plain .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.plain .strong, .plain .headline th { font-weight: 600; }
.plain tbody tr:last-child > * { border-bottom: 0; }
.how { min-width: 20rem; padding-left: 1rem !important; } .how span { display: block; } .how .source { color: var(--quiet); font-size: 0.88em; }
.warning { color: var(--look); font-size: 0.92em; }
.warning::before { content: "! "; font-weight: 700; }
.chip { display: inline-block; white-space: nowrap; padding: 0 0.5em; border-radius: 99px; background: var(--faint); color: var(--quiet); font-size: 0.82em; font-weight: 500; }
.chip.good { background: var(--good-soft); color: var(--good); } .chip.bad { background: var(--bad-soft); color: var(--bad); } .chip.look { background: var(--look-soft); color: var(--look); }
.nights th, .nights td { white-space: nowrap; } .nights thead :is(th, .n) { white-space: normal; }
.key { display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.5em; border-radius: 2px; }
.bar { display: flex; gap: 2px; height: 0.9rem; margin: 0.6rem 0; border-radius: 4px; overflow: hidden; }
.raw { background: var(--stage-7); } .corrected { background: var(--accent); } .spared { background: repeating-linear-gradient(45deg, var(--line) 0 4px, var(--faint) 4px 8px); }
td.share { width: 34%; vertical-align: middle; } td.share i { display: block; height: 0.7em; min-width: 1px; border-radius: 2px; }
.stages { max-width: 62rem; } .stages th { white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; font-size: 0.86em; color: var(--quiet); }

.chart { display: block; width: 100%; height: auto; max-width: 100%; color: var(--quiet); overflow: visible; }
.chart { font-size: 11.5px; } .chart text { white-space: pre; }
.chart [data-mark$="grid"] { stroke: var(--line); stroke-opacity: 1; }
.multiples { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.1rem 2.4rem; margin-top: 1rem; }
figure { margin: 0; } figcaption { font-size: 0.9em; margin-bottom: 0.2rem; } figcaption span { color: var(--quiet); }
.change { color: var(--look); }

.means { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0.8rem 0 1.6rem; } .means figure { flex: 1 1 16rem; max-width: 26rem; }
.means img { display: block; width: 100%; height: auto; border-radius: 4px; }
.finding { margin: 0.6rem 0; padding: 0.5rem 0.9rem; border-radius: 6px; font-weight: 550; } .finding.well { background: var(--good-soft); color: var(--good); } .finding.look { padding-left: 2rem; background: var(--look-soft); color: var(--look); }
.checks { margin: 0.6rem 0 1rem; padding: 0; list-style: none; font-size: 0.92em; } .checks li { padding: 0.12rem 0; } .checks small { color: var(--quiet); } .checks .chip { min-width: 5.6em; text-align: center; margin-right: 0.4em; }
.facts small { color: var(--quiet); }
.pattern { margin-top: 1rem; font-size: 0.92em; } .pattern th, .pattern td { text-align: left; font-weight: 400; padding-right: 1.2rem; white-space: nowrap; } .pattern small { color: var(--quiet); } .pattern td.look { color: var(--look); font-weight: 600; }
.hot { columns: 13rem; margin: 0.6rem 0; padding-left: 1.1rem; font-variant-numeric: tabular-nums; font-size: 0.92em; } .hot small { color: var(--quiet); }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1.4rem 1.8rem; }
.sample figcaption { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.pairs { display: grid; grid-template-columns: 1fr 1fr; gap: 0.4rem; } .thumb small { color: var(--quiet); font-size: 0.78em; }
.framed { position: relative; overflow: hidden; border-radius: 4px; } .framed img { display: block; width: 100%; height: auto; }
.spot { position: absolute; width: 11px; height: 11px; margin: -5.5px; border: 1.5px solid #ffcf4d; border-radius: 50%; box-shadow: 0 0 0 1px rgb(0 0 0 / 45%); }
.crops { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 0.4rem; margin-top: 0.3rem; } .crops img { display: block; width: 100%; height: auto; margin-bottom: 2px; border-radius: 3px; image-rendering: pixelated; } .crops small { display: block; color: var(--quiet); font-size: 0.7em; line-height: 1.3; }

.group { padding: 0.6rem 0; border-top: 1px solid var(--line); } .group:first-of-type { border-top: 0; }
.group summary { cursor: pointer; font-weight: 550; }
.option { white-space: nowrap; }
.advice { margin: 0.4rem 0 0.4rem 1.1rem; }
.files { margin: 0; padding-left: 1.1rem; list-style: none; max-height: 24rem; overflow-y: auto; font-size: 0.9em; }
.files li { padding: 0.2rem 0; overflow-wrap: anywhere; } .files li > span { display: block; color: var(--quiet); }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.25rem 1.2rem; margin: 0; font-size: 0.92em; }
.facts dt { color: var(--quiet); } .facts dd { margin: 0; overflow-wrap: anywhere; }

.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem 1.2rem; margin-bottom: 0.8rem; }
.tools input[type=search] { font: inherit; color: inherit; width: 17rem; max-width: 100%; padding: 0.3rem 0.7rem; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; }
fieldset { display: flex; flex-wrap: wrap; gap: 0.3rem; margin: 0; padding: 0; border: 0; }
.choice { cursor: pointer; } .choice input { position: absolute; opacity: 0; }
.choice span { display: inline-block; padding: 0.15rem 0.7rem; border: 1px solid var(--line); border-radius: 99px; font-size: 0.9em; }
.choice small { color: var(--quiet); } .choice:hover span { border-color: var(--quiet); }
.choice input:checked + span { background: var(--accent); border-color: var(--accent); color: var(--sheet); } .choice input:checked + span small { color: inherit; }
.choice input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 2px; }
#count { color: var(--quiet); font-size: 0.9em; }
#table { font-size: 0.88em; } #table th button { border: 0; padding: 0; } #table th[aria-sort] button { color: var(--ink); font-weight: 600; }
#table th[aria-sort=ascending] button::after { content: " ↑" / ""; } #table th[aria-sort=descending] button::after { content: " ↓" / ""; }
#table tbody tr:not(.opened) { cursor: pointer; } #table tbody tr:hover:not(.opened) { background: var(--faint); }
#table td:last-child { width: 40%; overflow-wrap: anywhere; } #table td:nth-child(2) button { max-width: 28rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: top; } #table td:nth-child(3) { white-space: nowrap; } #table td:last-child { min-width: 16rem; color: var(--quiet); padding-left: 0.6rem; }
#table td button { border: 0; padding: 0; text-align: left; } #table td button:hover { text-decoration: underline; text-underline-offset: 0.18em; }
#table tr.found td { background: var(--look-soft); }
.opened dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0.15rem 1.4rem; margin: 0.2rem 0 0.6rem; }
.opened div { display: flex; justify-content: space-between; gap: 0.8rem; } .opened div.long { grid-column: 1 / -1; justify-content: flex-start; }
.opened dt { color: var(--quiet); } .opened dd { margin: 0; font-variant-numeric: tabular-nums; } .opened td { white-space: normal !important; }
.pager { display: flex; align-items: center; gap: 1rem; margin-top: 0.9rem; font-size: 0.9em; color: var(--quiet); }
footer { padding-block: 1rem 3rem; color: var(--quiet); font-size: 0.85em; }

@media (max-width: 62rem) { .tiles { grid-template-columns: repeat(3, 1fr); } .tile.wide { grid-column: 1 / -1; } .tile.camera { grid-column: span 2; } }
@media (max-width: 48rem) {
  .columns, .multiples { grid-template-columns: minmax(0, 1fr); }
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .top { position: static; flex-wrap: wrap; gap: 0.2rem 1rem; } .top nav { order: 3; flex: 1 0 100%; }
  .stages .share, .stages :is(th, td):last-child { display: none; }
  .brand { flex: 1; }
  .bases thead { display: none; } .bases tr { display: flex; flex-wrap: wrap; gap: 0 1.1rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  .bases tr > * { padding: 0.1rem 0 !important; border: 0; } .bases th, .bases .how { flex: 1 0 100%; min-width: 0; } .bases .percent { display: inline; margin-left: 0.5em; } .bases [data-label]::after { content: " " attr(data-label); color: var(--quiet); font-weight: 400; }
}
@media print {
  :root, :root[data-theme="dark"], :root:not([data-theme="light"]) { color-scheme: light;${LIGHT} --ground: #fff; }
  @page { margin: 14mm; }
  html { font-size: 9.5pt; }
  body { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .top nav, #theme, .tools, .pager, .skip { display: none; }
  .top { position: static; }
  .panel { border: 0; padding: 0.6rem 0; } .panel + .panel { border-top: 1px solid var(--line); border-radius: 0; }
  .tile, .verdict, figure, tr, .chart-box, h2, h3 { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; } .files { max-height: none; overflow: visible; }
  .how { min-width: 0; } #table td:nth-child(2) button { min-width: 11em; white-space: normal; overflow-wrap: break-word; } #table td:nth-child(3) { min-width: 9.5em; white-space: normal; } #table td:last-child { width: 30%; min-width: 0; }
  .lead { break-after: avoid; }
}
`;
