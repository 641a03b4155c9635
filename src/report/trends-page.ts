/** The page of trends: nights side by side, each figure as bars and all of them in a table that leads to the reports. */

import path from 'node:path';
import { chart, Plot } from './chart.ts';
import { figure, minute, plural, whole } from './figures.ts';
import { html, type Markup } from './markup.ts';
import { shell } from './shell.ts';
import { figuresOf, type Night, nameOf, type TrendFigure, type Trends } from './trends.ts';

/** @param folder where the page is to lie: what its links start from */
export function trendsPage(trends: Trends, folder: string): string {
  const { nights, tool } = trends;
  const figures = figuresOf(nights);
  return shell({
    tool: `${tool.name} ${tool.version}`,
    title: `Trends over ${plural(nights.length, 'night')}`,
    where: folder,
    head: glance(nights),
    parts: [
      { id: 'nights', title: 'Night by night', shown: table(nights, figures, folder) },
      { id: 'figures', title: 'Figure by figure', shown: charts(nights, figures, folder) },
    ],
    footer: 'The same figures for programs: trends.json.',
    goesOn: false,
  });
}

function glance(nights: readonly Night[]): Markup {
  const sum = (of: (night: Night) => number): number => nights.reduce((all, night) => all + of(night), 0);
  const [corrected, failed, suspect] = [sum((n) => n.corrected), sum((n) => n.failed), sum((n) => n.suspect)];
  const state = failed > 0 ? 'bad' : suspect > 0 ? 'look' : 'well';
  return html`<div class="verdict ${state}"><p class="line"><span class="mark" aria-hidden="true"></span><span>${plural(corrected, 'exposure')} corrected, ${
    failed > 0 ? `${whole(failed)} failed` : 'none failed'
  }${suspect > 0 && `, ${whole(suspect)} suspect`}.</span></p></div>`;
}

/** Where the report of a night is, seen from the page. */
const reportOf = ({ folder }: Night, from: string): string =>
  path.relative(from, path.join(folder, 'report.html')).split(path.sep).map(encodeURIComponent).join('/');

const table = (nights: readonly Night[], figures: readonly TrendFigure[], from: string): Markup => html`
<div class="scroll"><table class="plain nights"><thead><tr><th scope="col">folder</th><th scope="col">from (UTC)</th>${figures.map(
  ({ name }) => html`<th scope="col" class="n">${name}</th>`,
)}</tr></thead><tbody>${nights.map(
  (night) => html`
<tr><th scope="row"><a href="${reportOf(night, from)}">${nameOf(night)}</a></th><td>${night.first === null ? '–' : minute(night.first).slice(0, 16)}</td>${figures.map(
    ({ of, say }) => {
      const value = of(night);
      return html`<td class="n">${value === null ? '–' : figure(value, say(value))}</td>`;
    },
  )}</tr>`,
)}</tbody></table></div>`;

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
    return html`<figure><figcaption><b>${name}</b> <span>${said}</span></figcaption>${chart({
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
      y: { label: null, ticks: 4, grid: true, nice: true, tickFormat: '~s' },
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
    })}</figure>`;
  })}</div>`;
}

/** The end of a name tells nights apart. */
const shortened = (name: string): string => (name.length <= LETTERS ? name : `…${name.slice(1 - LETTERS)}`);
