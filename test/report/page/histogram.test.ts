/** The small histograms are those that Plot would draw. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Histogram } from '../../../src/model/sample.ts';
import { chart, Plot } from '../../../src/report/page/chart.ts';
import { histograms } from '../../../src/report/page/histogram.ts';
import { seeded } from '../session.ts';

function byPlot(raw: Histogram, corrected: Histogram): string {
  const steps = ({ low, high, counts }: Histogram, name: string) => {
    const width = (high - low) / counts.length;
    return counts.map((count, i) => ({ at: low + (i + 0.5) * width, count: Math.max(0.5, count), name }));
  };
  return chart({
    label: 'Histogram of the raw and of the corrected exposure, logarithmic',
    width: 280,
    height: 84,
    margins: { left: 8, right: 8, top: 4, bottom: 18 },
    x: { label: null, ticks: 4, tickFormat: '~s' },
    y: { type: 'log', axis: null },
    color: { domain: ['raw', 'corrected'], range: ['var(--stage-0)', 'var(--accent)'] },
    marks: [
      Plot.line([...steps(raw, 'raw'), ...steps(corrected, 'corrected')], {
        x: 'at',
        y: 'count',
        stroke: 'name',
        strokeWidth: 1.3,
        curve: 'step',
      }),
    ],
  }).text;
}

/** What is said below, where, and the corners of each line with its colour. */
function seen(svg: string) {
  const texts = [...svg.matchAll(/<text(?: transform="translate\(| x=")(-?[\d.]+)[^>]*>([^<]*)</g)];
  const ticks = [...svg.matchAll(/M([\d.]+),66v6|M0,0L0,6" transform="translate\(([\d.]+),66\)/g)];
  const lines = [...svg.matchAll(/<path [^>]*>/g)].flatMap(([path]) => {
    const colour = /stroke="(var[^"]*)"/.exec(path)?.[1];
    return colour ? [{ colour, corners: corners(/ d="([^"]*)"/.exec(path)![1]!) }] : [];
  });
  return {
    texts: texts.map(([, at, said]) => [Number(at), said]),
    ticks: ticks.map(([, at, by]) => Number(at ?? by)),
    lines,
    label: /aria-label="(Histogram[^"]*)"/.exec(svg)![1],
  };
}

function corners(path: string): [number, number][] {
  let [x, y] = [0, 0];
  return [...path.matchAll(/([MLHV])(-?[\d.]+)(?:,(-?[\d.]+))?/g)].map(([, kind, first, second]) => {
    if (kind === 'V') y = Number(first);
    else x = Number(first);
    if (second !== undefined) y = Number(second);
    return [x, y];
  });
}

test('lines, ticks and numbers are where Plot puts them', () => {
  const draw = seeded(11);
  const histogram = (low: number, high: number, most: number): Histogram => ({
    ...{ low, high },
    counts: Array.from({ length: 96 }, () => Math.floor(most * draw() ** 4)),
  });
  for (const [raw, corrected] of [
    [histogram(0, 5432, 900), histogram(180, 640, 2000)],
    [histogram(-40, 65_535, 3), histogram(-12.5, 70_000, 40_000)],
    [histogram(0.001, 0.0042, 10), histogram(0, 0.003, 10)],
    [histogram(-3e6, 2e6, 1000), histogram(0, 1e9, 1000)],
    [histogram(998, 1003, 50), histogram(999, 1001, 50)],
    [histogram(7, 7, 0), histogram(7, 7, 0)],
  ] as const) {
    const [ours, theirs] = [seen(histograms(raw, corrected).text), seen(byPlot(raw, corrected))];
    const { lines: mine, ...said } = ours;
    const { lines: plots, ...expected } = theirs;
    assert.deepEqual(said, expected);
    assert.equal(plots.length, 2);
    for (const [i, { colour, corners: places }] of plots.entries()) {
      assert.equal(mine[i]!.colour, colour);
      assert.equal(mine[i]!.corners.length, places.length);
      // Plot rounds twice.
      for (const [at, [x, y]] of places.entries()) {
        const [ourX, ourY] = mine[i]!.corners[at]!;
        assert.ok(Math.abs(ourX - x) < 0.101 && Math.abs(ourY - y) < 0.101, `${ourX},${ourY} is not ${x},${y}`);
      }
    }
  }
});

test('a histogram of old that stands in a corner is drawn from where its pixels are', () => {
  const counts = new Array<number>(96).fill(0);
  for (let bin = 0; bin < 6; bin++) counts[bin] = 2000;
  counts[95] = 1;
  const corner: Histogram = { low: 0, high: 60_000, counts };
  const { texts, lines } = seen(histograms(corner, corner).text);
  assert.ok(texts.every(([, said]) => Number.parseFloat(String(said).replace('k', '000')) < 60_000));
  const wide = lines[0]!.corners.filter(([, y]) => y < 20).map(([x]) => x);
  assert.ok(Math.max(...wide) - Math.min(...wide) > 120, `${wide}`);
});
