/** The page of trends: nights side by side, each figure as bars and all of them in a table that leads to the reports. */

import path from 'node:path';
import { chart, Plot, tick } from '../page/chart.ts';
import { html, type Markup } from '../page/markup.ts';
import { shell } from '../page/shell.ts';
import { figure, moment, plural, whole } from '../page/wording.ts';
import { figuresOf, type Night, nameOf, type TrendFigure, type Trends, VERDICTS } from './trends.ts';

/** @param folder where the page is to lie: what its links start from */
export function trendsPage(trends: Trends, folder: string): string {
  const { nights, tool } = trends;
  const figures = figuresOf(nights);
  return shell({
    tool: `${tool.name} ${tool.version}`,
    title: `Trends over ${plural(nights.length, 'night')}`,
    where: html`${folder}`,
    head: glance(nights, folder),
    parts: [
      { id: 'nights', title: 'Night by night', short: 'Nights', shown: table(nights, figures, folder) },
      { id: 'figures', title: 'Figure by figure', short: 'Figures', shown: charts(nights, figures, folder) },
    ],
    footer: html`The same figures for programs: <a href="trends.json">trends.json</a>.`,
    goesOn: null,
  });
}

function glance(nights: readonly Night[], from: string): Markup {
  const sum = (of: (night: Night) => number): number => nights.reduce((all, night) => all + of(night), 0);
  const [corrected, failed, suspect] = [sum((n) => n.corrected), sum((n) => n.failed), sum((n) => n.suspect)];
  const troubled = nights.filter(({ verdict }) => verdict !== 'well');
  const state = nights.some(({ verdict }) => verdict === 'bad') ? 'bad' : troubled.length > 0 ? 'look' : 'well';
  return html`<div class="verdict ${state}"><p class="line"><span class="mark" aria-hidden="true"></span><span>${plural(corrected, 'exposure')} corrected, ${
    failed > 0 ? `${whole(failed)} failed` : 'none failed'
  }${suspect > 0 && `, ${whole(suspect)} suspect`}.${
    troubled.length > 0 && ` ${plural(troubled.length, 'night needs', 'nights need')} attention.`
  }</span></p>
${
  troubled.length > 0 &&
  html`<ul class="needs">${troubled.map(
    (night) =>
      html`<li><a href="${reportOf(night, from)}">${nameOf(night)}</a>: ${night.needs[0]}${
        night.needs.length > 1 && ` (and ${night.needs.length - 1} more)`
      }</li>`,
  )}</ul>`
}</div>`;
}

/** Where the report of a night is, seen from the page. */
const reportOf = ({ folder }: Night, from: string): string =>
  path.relative(from, path.join(folder, 'report.html')).split(path.sep).map(encodeURIComponent).join('/');

const table = (nights: readonly Night[], figures: readonly TrendFigure[], from: string): Markup => html`
<div class="scroll"><table class="plain nights"><thead><tr><th scope="col">folder</th><th scope="col">from</th><th scope="col">verdict</th>${figures.map(
  ({ name }) => html`<th scope="col" class="n">${name}</th>`,
)}</tr></thead><tbody>${nights.map(
  (night) => html`
<tr><th scope="row"><a href="${reportOf(night, from)}">${nameOf(night)}</a></th><td>${night.first === null ? '–' : moment(night.first)}</td><td><span class="chip ${CHIPS[night.verdict]}">${VERDICTS[night.verdict]}</span></td>${figures.map(
    ({ of, say }) => {
      const value = of(night);
      return html`<td class="n">${value === null ? '–' : figure(value, say(value))}</td>`;
    },
  )}</tr>`,
)}</tbody></table></div>`;

const CHIPS: Record<Night['verdict'], string> = { well: 'good', look: 'look', bad: 'bad' };

/** Names below the bars, as long as there is room for them. */
const NAMED = 24;
const LETTERS = 14;

function charts(nights: readonly Night[], figures: readonly TrendFigure[], from: string): Markup {
  const names = nights.map(nameOf);
  return html`<p class="lead">Each bar is a night, in the order in which they were taken; it leads to its report.</p>
<div class="multiples">${figures.map(({ name, of, say }) => {
    const bars = nights.flatMap((night, at) => {
      const value = of(night);
      return value === null ? [] : [{ at, value, said: `${names[at]}: ${say(value)}`, href: reportOf(night, from) }];
    });
    if (bars.length === 0) return html`<figure><figcaption><b>${name}</b> <span>not known</span></figcaption></figure>`;
    const said =
      bars.length === 1 ? say(bars[0]!.value) : `${say(bars[0]!.value)} first, ${say(bars.at(-1)!.value)} last`;
    const none = bars.every(({ value }) => value === 0);
    return html`<figure><figcaption><b>${name}</b> <span>${none ? 'none in any night' : said}</span></figcaption>${chart(
      {
        label: `${name} of ${plural(nights.length, 'night')}: ${said}`,
        width: 480,
        height: 180,
        margins: { top: 10, bottom: nights.length <= NAMED ? 60 : 12, left: 52 },
        x: {
          type: 'band',
          label: null,
          domain: nights.map((_, at) => at),
          padding: 0.2,
          tickRotate: -35,
          tickSize: 0,
          ...(nights.length > NAMED && { ticks: [] }),
          tickFormat: (at: number) => shortened(names[at]!),
        },
        // Of nothing but zeros there is no axis.
        y: {
          label: null,
          ticks: 4,
          grid: true,
          nice: true,
          tickFormat: tick,
          ...(none && { domain: [0, 1], ticks: [0] }),
        },
        marks: [
          Plot.barY(bars, {
            x: 'at',
            y: 'value',
            fill: name === 'failed' ? 'var(--bad)' : 'var(--accent)',
            title: 'said',
            href: 'href',
            ariaLabel: 'said',
          }),
          Plot.ruleY([0]),
        ],
      },
    )}</figure>`;
  })}</div>`;
}

/** The end of a name tells nights apart. */
const shortened = (name: string): string => (name.length <= LETTERS ? name : `…${name.slice(1 - LETTERS)}`);
