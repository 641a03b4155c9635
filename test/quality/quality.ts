/**
 * Measures despike in the open: `npm run quality` rewrites the tables of the README beside this, misses included.
 * `npm run quality -- SEEDS PEER-SEEDS` takes other numbers than 20 and 1.
 */

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { counted } from '../made/images.ts';
import { features } from './features.ts';
import { type Measured, measured, measuredPeer } from './measure.ts';
import { OURS, ours } from './methods.ts';
import { PEERS } from './peers.ts';
import { SCENES, type Scene } from './scenes.ts';

const [SEEDS = 20, PEER_SEEDS = 1] = process.argv.slice(2).map(Number);
/** Seeds of the table; others are as good. */
const FIRST_SEED = 20_001;

const README = fileURLToPath(new URL('../../../test/quality/README.md', import.meta.url));

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const head = (...cells: readonly string[]): string[] => [row(...cells), row(...cells.map(() => '---'))];

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const seedsFrom = (count: number): number[] => Array.from({ length: count }, (_, n) => FIRST_SEED + n);

const tables = { scenes: await scenes(), unspiked: await unspiked(), features: await kept() };
let readme = fs.readFileSync(README, 'utf8');
for (const [name, lines] of Object.entries(tables)) {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const [from, to] = [readme.indexOf(begin) + begin.length, readme.indexOf(end)];
  if (to < from || from < begin.length) throw new Error(`${README}: no place for the table "${name}"`);
  readme = `${readme.slice(0, from)}${lines.join('\n')}\n${readme.slice(to)}`;
}
fs.writeFileSync(README, readme);

/** A row a scene, a column a method: F1 (the worst), recall and precision, good pixels replaced. */
async function scenes(): Promise<string[]> {
  const lines = head('scene', 'robust', 'leginon 3.5', ...PEERS.map(({ name }) => name), 'what robust says');
  for (const scene of SCENES) {
    const robust: Measured[] = [];
    for (const seed of seedsFrom(SEEDS)) robust.push(await measured(scene, seed, { despike: 'robust' }));
    const leginon: Measured[] = [];
    for (const seed of seedsFrom(Math.min(SEEDS, 3))) leginon.push(await measured(scene, seed, { despike: 'leginon' }));
    const peers: string[] = [];
    for (const peer of PEERS) peers.push(await peerCell(scene, peer));
    const line = row(`${scene.group}: ${scene.name}`, cell(robust), cell(leginon), ...peers, said(robust));
    console.log(line);
    lines.push(line);
  }
  return lines;
}

async function peerCell(scene: Scene, peer: (typeof PEERS)[number]): Promise<string> {
  const all: Measured[] = [];
  if (PEER_SEEDS === 0) return 'not run';
  for (const seed of seedsFrom(PEER_SEEDS)) {
    const found = await measuredPeer(scene, seed, peer);
    if (typeof found === 'string') return found;
    all.push(found);
  }
  return cell(all);
}

function cell(all: readonly Measured[]): string {
  if (all.every(({ spikes }) => spikes === 0)) return 'nothing replaced';
  const of = (pick: (one: Measured) => number): number => mean(all.map(pick));
  const worst = Math.min(...all.map(({ f1 }) => f1));
  const precision = of((one) => (Number.isNaN(one.precision) ? 1 : one.precision));
  return `**${of(({ f1 }) => f1).toFixed(3)}** (${worst.toFixed(3)}); ${of(({ recall }) => recall).toFixed(3)}, ${precision.toFixed(3)}; ${of(({ ppm }) => ppm).toFixed(0)}`;
}

function said(all: readonly Measured[]): string {
  const suspect = all.filter(({ again }) => again?.suspect).length;
  const off = all.filter(({ again }) => again?.note).length;
  if (suspect + off === 0) return '';
  return [suspect > 0 ? `suspect ${suspect} of ${all.length}` : '', off > 0 ? `off, note, ${off} of ${all.length}` : '']
    .filter((part) => part !== '')
    .join('; ');
}

/** Poisson noise, nothing planted: ppm changed, and ppm by which the sum of the counts changed. */
async function unspiked(): Promise<string[]> {
  const lines = head('counts per pixel', ...OURS.flatMap(({ name }) => [`${name}: ppm replaced`, 'sum, ppm']));
  for (const counts of [0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1, 2, 5, 50, 500, 5000]) {
    const image = counted({ width: 1024, height: 1024, seed: 71, mean: counts });
    const cells: string[] = [];
    for (const method of OURS) {
      const ran = await method.run(image);
      if (typeof ran === 'string') continue;
      const changed = ran.out.pixels.reduce((sum, x, i) => sum + (x === image.pixels[i] ? 0 : 1), 0);
      const total = (pixels: Float32Array): number => pixels.reduce((sum, x) => sum + x, 0);
      cells.push(((1e6 * changed) / image.pixels.length).toFixed(1));
      cells.push((1e6 * (total(ran.out.pixels) / total(image.pixels) - 1)).toFixed(0));
    }
    lines.push(row(counts, ...cells));
  }
  return lines;
}

/** Features, nothing planted: pixels changed. */
async function kept(): Promise<string[]> {
  const lines = head('feature', ...OURS.map(({ name }) => `${name}, px replaced`));
  for (const { name, image, diffraction } of features(72)) {
    const methods = diffraction ? [ours('robust', { despike: 'robust', diffraction }), ...OURS.slice(1)] : OURS;
    const cells: number[] = [];
    for (const method of methods) {
      const ran = await method.run(image);
      if (typeof ran !== 'string')
        cells.push(ran.out.pixels.reduce((n, x, i) => n + (x === image.pixels[i] ? 0 : 1), 0));
    }
    lines.push(row(name, ...cells));
  }
  return lines;
}
