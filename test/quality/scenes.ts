/**
 * Scenes for measuring despike: every kind of exposure on which it must be right, as makers of seeded images with known
 * spikes. A fresh seed is a fresh exposure: noise, structure, places, shapes and heights of spikes are drawn anew.
 */

import fs from 'node:fs';
import path from 'node:path';
import { type Noise, noise } from '../../src/tools/simulate/noise.ts';
import { scene } from '../../src/tools/simulate/scene.ts';
import { DATA } from '../correct/lab.ts';
import { repairDefects } from '../oracle/defects.ts';
import type { Image } from '../oracle/image.ts';
import { readPlainMrc } from '../oracle/plain-mrc.ts';
import type { Case } from './cases.ts';
import { inPixel, type Planting, plantInto } from './planting.ts';

export interface Scene {
  /** Scenes of one group share a row of the table. */
  readonly group: string;
  readonly name: string;
  /** Exposures carry a mark of diffraction. */
  readonly diffraction?: boolean;
  make(seed: number): SceneCase;
}

export interface SceneCase extends Case {
  /** Counts at which raw pixels are saturated. */
  readonly saturation?: number;
  /** Bad pixels that the step before despike repairs. */
  readonly map?: Image<Uint8Array>;
}

const SIDE = 512;
type Draw = (row: number, col: number) => number;

const drawn = (draw: Draw, side = SIDE): Image => ({
  width: side,
  height: side,
  pixels: Float32Array.from({ length: side * side }, (_, i) => draw(Math.floor(i / side), i % side)),
});

const exposed = (draw: Draw, source: Noise): Image => drawn((r, c) => source.poisson(Math.max(0, draw(r, c))));

const mapped = (image: Image, change: (x: number, i: number) => number): Image => ({
  ...image,
  pixels: Float32Array.from(image.pixels, change),
});

const dims = ({ width, height, pixels }: Image): { width: number; height: number; count: number } => ({
  ...{ width, height, count: pixels.length },
});

/** 1.4826 MAD of the 11 x 11 px around, and no less than the least that makes sense. */
export function localDeviation({ width, height, pixels }: Image, least = 0.5): (i: number) => number {
  return (i) => {
    const [row, col] = [Math.floor(i / width), i % width];
    const values: number[] = [];
    for (let r = Math.max(0, row - 5); r <= Math.min(height - 1, row + 5); r++) {
      for (let c = Math.max(0, col - 5); c <= Math.min(width - 1, col + 5); c++) values.push(pixels[r * width + c]!);
    }
    const middle = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1]!;
    const median = middle(values);
    return Math.max(least, 1.4826 * middle(values.map((x) => Math.abs(x - median))));
  };
}

interface Parts {
  readonly clean: Image;
  readonly planting?: Planting;
  readonly deviation?: (i: number) => number;
  readonly bad?: ArrayLike<number>;
  /** Spikes that stand in the clean image already. */
  readonly before?: ArrayLike<number>;
  readonly saturation?: number;
}

function composed(name: string, seed: number, { clean, planting = {}, ...more }: Parts): SceneCase {
  const { image, planted } = plantInto(clean, noise(seed, 51), planting, more.deviation ?? localDeviation(clean));
  if (more.before) for (let i = 0; i < planted.length; i++) planted[i]! |= more.before[i]!;
  const bad = more.bad ?? new Uint8Array(planted.length);
  const saturation = more.saturation === undefined ? {} : { saturation: more.saturation };
  return {
    name,
    image,
    planted,
    bad,
    clean: more.before ? null : clean,
    anySize: planting.cloud !== undefined,
    ...saturation,
  };
}

type Maker = (source: Noise, seed: number) => Parts;

const of = (group: string, name: string, maker: Maker, diffraction = false): Scene => ({
  ...{ group, name, diffraction },
  make: (seed) => composed(name, seed, maker(noise(seed, 50), seed)),
});

/** Gaussian noise of deviation 1, blurred by `sigma` px, scaled to deviation 1 again. */
function blurred(source: Noise, sigma: number): Float32Array {
  const white = Float32Array.from({ length: SIDE * SIDE }, source.gaussian);
  const reach = Math.ceil(4 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
  const norm = Math.sqrt(kernel.reduce((sum, k) => sum + k * k, 0));
  const pass = (from: Float32Array, stride: number): Float32Array =>
    from.map((_, i) => {
      const along = stride === 1 ? i % SIDE : Math.floor(i / SIDE);
      const start = i - along * stride;
      let sum = 0;
      for (let k = -reach; k <= reach; k++)
        sum += kernel[k + reach]! * from[start + ((along + k + SIDE) % SIDE) * stride]!;
      return sum / norm;
    });
  return pass(pass(white, 1), SIDE);
}

/** A micrograph as `simulate` makes them: holey carbon, grain, particles. */
function specimen(dose: number, seed: number, side = SIDE): Float32Array {
  const expected = new Float32Array(side * side);
  scene(side, side, dose, noise(seed, 2)).expected(0, side, expected);
  return expected;
}

const micrograph = (dose: number, source: Noise, seed: number): Image => {
  const expected = specimen(dose, seed);
  return drawn((r, c) => Math.round(source.poisson(expected[r * SIDE + c]!) + 3 * source.gaussian()));
};

const REAL = ['grid-square/flat-fielded.mrc', 'negative-stain/flat-fielded.mrc', 'leginon-despike/input.mrc'];

/** A shared micrograph with what was planted in it before, and its bad pixels. */
function real(file: string): Parts {
  const clean = readPlainMrc(path.join(DATA, file));
  const beside = (name: string): ArrayLike<number> | undefined => {
    const place = path.join(DATA, path.dirname(file), name);
    return fs.existsSync(place) ? readPlainMrc(place).pixels : undefined;
  };
  const [before, bad] = [beside('planted-spikes.mrc'), beside('bad-pixels.mrc')];
  const known = before ?? new Uint8Array(clean.pixels.length);
  return { clean, planting: { step: 0 }, before: known, ...(bad ? { bad } : {}) };
}

/** Bars of a grid, at an angle: 1 in the bars, 0 in the openings; their edges blurred over `blur` px. */
function bars(source: Noise, blur: number): Draw {
  const angle = source.uniform() * Math.PI;
  const [pitch, wide] = [90 + 60 * source.uniform(), 14 + 20 * source.uniform()];
  const edge = (x: number): number => {
    const along = Math.abs((((x % pitch) + pitch) % pitch) - pitch / 2) - wide / 2;
    return blur === 0 ? (along < 0 ? 1 : 0) : 1 / (1 + Math.exp(along / blur));
  };
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (r, c) => Math.max(edge(r * cos + c * sin), edge(c * cos - r * sin));
}

/** One thing in each cell of `cell` px, at a random place, drawn relative to its middle, times a height of its own. */
function scattered(source: Noise, cell: number, thing: Draw, height: () => number = () => 1): Draw {
  const across = Math.ceil(SIDE / cell);
  const margin = Math.min(6, cell / 3);
  const places = Array.from({ length: across * across }, () => ({
    row: margin + (cell - 2 * margin) * source.uniform(),
    col: margin + (cell - 2 * margin) * source.uniform(),
    height: height(),
  }));
  return (r, c) => {
    const place = places[Math.floor(r / cell) * across + Math.floor(c / cell)]!;
    return place.height * thing((r % cell) - place.row, (c % cell) - place.col);
  };
}

const disk =
  (diameter: number): Draw =>
  (y, x) =>
    1 / (1 + Math.exp((Math.hypot(y, x) - diameter / 2) / 0.33));

const dot =
  (sigma: number): Draw =>
  (y, x) =>
    inPixel(y, sigma) * inPixel(x, sigma);

/** Adds Gaussian dots at places between pixels to an image of expected counts. */
function addDots(expected: Float32Array, sigma: number, places: Iterable<readonly [number, number, number]>): void {
  const reach = Math.ceil(5 * sigma);
  for (const [row, col, height] of places) {
    for (let r = Math.max(0, Math.round(row) - reach); r <= Math.min(SIDE - 1, Math.round(row) + reach); r++) {
      for (let c = Math.max(0, Math.round(col) - reach); c <= Math.min(SIDE - 1, Math.round(col) + reach); c++) {
        expected[r * SIDE + c]! += height * inPixel(r - row, sigma) * inPixel(c - col, sigma);
      }
    }
  }
}

/** Places of a lattice turned by a random angle. */
function* lattice(source: Noise, spacing: number): Generator<readonly [number, number]> {
  const angle = source.uniform() * Math.PI;
  const skew = (60 + 30 * source.uniform()) * (Math.PI / 180);
  const [a, b] = [angle, angle + skew].map((t) => [spacing * Math.sin(t), spacing * Math.cos(t)] as const);
  const most = Math.ceil((2 * SIDE) / spacing);
  for (let i = -most; i <= most; i++) {
    for (let j = -most; j <= most; j++) {
      const [row, col] = [SIDE / 2 + i * a![0] + j * b![0], SIDE / 2 + i * a![1] + j * b![1]];
      if (row > -5 && col > -5 && row < SIDE + 5 && col < SIDE + 5) yield [row, col];
    }
  }
}

/** A diffraction pattern: central beam with a halo, Bragg spots that fade outwards, some of them saturated. */
function diffraction(source: Noise, sigma: number): { clean: Image; keep: Uint8Array } {
  const full = 60_000;
  const expected = new Float32Array(SIDE * SIDE);
  const middle = SIDE / 2;
  for (let i = 0; i < expected.length; i++) {
    const radius = Math.hypot(Math.floor(i / SIDE) - middle, (i % SIDE) - middle);
    expected[i] = 12 + 3000 * Math.exp(-radius / 25) + 90_000 * Math.exp(-((radius / 5) ** 2));
  }
  const spots: [number, number, number][] = [];
  for (const [row, col] of lattice(source, 24 + 16 * source.uniform())) {
    const radius = Math.hypot(row - middle, col - middle);
    if (radius < 14) continue;
    spots.push([row, col, 40_000 * Math.exp(-radius / 60) * Math.exp(3 * source.uniform() - 1.5) + 150]);
  }
  addDots(expected, sigma, spots);
  const keep = new Uint8Array(expected.length).fill(1);
  for (const [row, col] of [...spots, [middle, middle, 0] as const]) {
    const reach = row === middle && col === middle ? 30 : 8;
    for (let r = Math.max(0, Math.floor(row) - reach); r <= Math.min(SIDE - 1, row + reach); r++) {
      for (let c = Math.max(0, Math.floor(col) - reach); c <= Math.min(SIDE - 1, col + reach); c++)
        keep[r * SIDE + c] = 0;
    }
  }
  return { clean: drawn((r, c) => Math.min(full, source.poisson(expected[r * SIDE + c]!))), keep };
}

/** Seven strokes of a digit, and a point: labels that programs burn into pictures. Rows of 5 px. */
const GLYPHS = [
  '.###.#...##..###.#.###..##...#.###.',
  '..#...##....#....#....#....#...###.',
  '.###.#...#....#...#...#...#...#####',
  '####.....#....#..##.....#....#####.',
  '.........................##...##...',
  '..................................#',
  '#...###.##.#.##.#.##...##...##...#.',
];

function labels(image: Image, source: Noise, white: number): Image {
  const pixels = Float32Array.from(image.pixels);
  const put = (row: number, col: number): void => {
    if (row >= 0 && col >= 0 && row < SIDE && col < SIDE) pixels[row * SIDE + col] = white;
  };
  for (const top of [12, SIDE - 40]) {
    let left = 12 + Math.floor(60 * source.uniform());
    for (let letter = 0; letter < 24; letter++) {
      const glyph = GLYPHS[Math.floor(GLYPHS.length * source.uniform())]!;
      for (let i = 0; i < 35; i++) if (glyph[i] === '#') put(top + Math.floor(i / 5), left + (i % 5));
      left += 7;
    }
  }
  const bar = 60 + Math.floor(100 * source.uniform());
  for (let r = 0; r < 5; r++) for (let c = 0; c < bar; c++) put(SIDE - 20 + r, 20 + c);
  return { ...image, pixels };
}

/** Single electrons of a sensor that integrates: each leaves its own energy (a long tail), spread over its neighbours. */
function integrating(source: Noise, dose: number): Image {
  const expected = new Float32Array(SIDE * SIDE);
  const events = source.poisson(dose * expected.length);
  const places: [number, number, number][] = [];
  for (let n = 0; n < events; n++) {
    // Landau's distribution by Moyal's approximation: -ln of a squared Gaussian.
    const landau = -Math.log(Math.max(1e-6, source.gaussian() ** 2));
    places.push([SIDE * source.uniform(), SIDE * source.uniform(), Math.max(8, 60 + 18 * landau)]);
  }
  addDots(expected, 0.5, places);
  return drawn((r, c) => Math.round(100 + expected[r * SIDE + c]! + 4 * source.gaussian()));
}

/** A border of one value, where a program shifted or turned an image. */
function bordered(
  image: Image,
  source: Noise,
  kind: 'shifted' | 'turned',
  value: number,
): { clean: Image; inside: Uint8Array } {
  const [down, right] = [8 + Math.floor(30 * source.uniform()), 8 + Math.floor(30 * source.uniform())];
  const angle = (3 + 8 * source.uniform()) * (Math.PI / 180);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const inside = new Uint8Array(SIDE * SIDE).map((_, i) => {
    const [row, col] = [Math.floor(i / SIDE), i % SIDE];
    if (kind === 'shifted') return row >= down && col < SIDE - right ? 1 : 0;
    const [y, x] = [row - SIDE / 2, col - SIDE / 2];
    return Math.abs(y * cos + x * sin) < SIDE / 2 - 8 && Math.abs(x * cos - y * sin) < SIDE / 2 - 8 ? 1 : 0;
  });
  return { clean: mapped(image, (x, i) => (inside[i] ? x : value)), inside };
}

const meanOf = ({ pixels }: Image): number => pixels.reduce((sum, x) => sum + x, 0) / pixels.length;

const within =
  (mask: Uint8Array) =>
  (row: number, col: number): boolean =>
    mask[row * SIDE + col] === 1;

function* makers(): Generator<Scene> {
  for (const file of REAL) {
    if (fs.existsSync(path.join(DATA, file))) yield of('real micrographs', file, () => real(file));
  }
  for (const dose of [20, 200, 2000]) {
    yield of('simulated micrographs', `${dose} counts`, (source, seed) => ({ clean: micrograph(dose, source, seed) }));
  }
  for (const mean of [0.3, 1, 3, 10, 100, 1000, 20_000]) {
    yield of('Poisson noise, 0.3 to 20 000', `${mean}`, (source) => ({ clean: exposed(() => mean, source) }));
  }
  for (const gain of [4.2, 0.05]) {
    yield of('gain 4.2, 0.05', `${gain}`, (source, seed) => {
      const clean = mapped(micrograph(300, source, seed), (x) => gain * x);
      return { clean, planting: { step: 0 }, deviation: localDeviation(clean, 0) };
    });
  }
  for (const sigma of [0.7, 1.2, 2.2]) {
    yield of('blurred noise', `${sigma} px`, (source) => {
      const noisy = blurred(source, sigma);
      return { clean: drawn((r, c) => Math.round(900 + 30 * noisy[r * SIDE + c]!)) };
    });
  }
  for (const [name, blur] of [
    ['sharp', 0],
    ['blurred', 1.2],
    ['much blurred', 2.5],
  ] as const) {
    yield of('grid bars, sharp and blurred', `${name}, dark`, (source) => {
      const [bar, dose] = [bars(source, blur), 400 + 3000 * source.uniform()];
      return { clean: exposed((r, c) => dose * (1 - 0.99 * bar(r, c)), source) };
    });
  }
  yield of('gradient, ring', 'gradient', (source) => {
    const [down, across] = [source.uniform(), source.uniform()];
    return { clean: exposed((r, c) => 100 + 8000 * ((down * r + across * c) / SIDE) ** 2, source) };
  });
  for (const [name, wide] of [
    ['thin ring', 1.2],
    ['ring', 3],
  ] as const) {
    yield of('gradient, ring', name, (source) => {
      const [row, col, radius] = [
        200 + 100 * source.uniform(),
        200 + 100 * source.uniform(),
        60 + 80 * source.uniform(),
      ];
      return {
        clean: exposed(
          (r, c) => 200 + 3000 * Math.exp(-(((Math.hypot(r - row, c - col) - radius) / wide) ** 2) / 2),
          source,
        ),
      };
    });
  }
  for (const diameter of [3, 5, 8, 12]) {
    yield of('dark gold, 3 to 12 px', `${diameter} px`, (source) => {
      const gold = scattered(source, 28, disk(diameter));
      return { clean: exposed((r, c) => 400 * (1 - 0.9 * gold(r, c)), source) };
    });
  }
  yield of('fringes, lattice', 'fringes', (source) => {
    const [pitch, slope] = [2.3 + 6 * source.uniform(), source.uniform()];
    return { clean: exposed((r, c) => 300 + 200 * Math.sin((2 * Math.PI * (r + slope * c)) / pitch), source) };
  });
  yield of('fringes, lattice', 'lattice', (source) => {
    const pitch = 4 + 5 * source.uniform();
    return {
      clean: exposed(
        (r, c) => 100 + 600 * (Math.cos((Math.PI * r) / pitch) * Math.cos((Math.PI * c) / pitch)) ** 4,
        source,
      ),
    };
  });
  yield of('row noise, interlaced, enlarged', 'row noise', (source) => {
    const rows = Array.from({ length: SIDE }, () => 60 * source.gaussian());
    return { clean: drawn((r) => Math.round(1000 + rows[r]! + 12 * source.gaussian())) };
  });
  yield of('row noise, interlaced, enlarged', 'interlaced', (source) => {
    return { clean: drawn((r) => Math.round((r & 1 ? 1000 : 1150) + 20 * source.gaussian())) };
  });
  yield of('row noise, interlaced, enlarged', 'enlarged', (source) => {
    const small = exposed(() => 200, source);
    return { clean: drawn((r, c) => small.pixels[(r >> 1) * SIDE + (c >> 1)]!) };
  });
  yield of('few levels', '12 bits shifted left', (source) => {
    const [mean, deviation] = [40 + 100 * source.uniform(), 0.4 + 1.2 * source.uniform()];
    const clean = drawn(() => 16 * Math.round(mean + deviation * source.gaussian()));
    return { clean, planting: { step: 16, full: 65_520 }, deviation: localDeviation(clean, 16) };
  });
  yield of('few levels', '8 bits as 16', (source) => {
    const [mean, deviation] = [60 + 40 * source.uniform(), 0.3 + 1.5 * source.uniform()];
    const clean = drawn((r) => Math.round(mean + r / 40 + deviation * source.gaussian()));
    return { clean, planting: { heights: [14, 120], full: 255 } };
  });
  yield of('few levels', '8 bits times 257', (source) => {
    const [mean, deviation] = [60 + 40 * source.uniform(), 0.3 + 1.5 * source.uniform()];
    const clean = drawn((r) => 257 * Math.round(mean + r / 40 + deviation * source.gaussian()));
    return { clean, planting: { heights: [14, 120], step: 257, full: 65_535 }, deviation: localDeviation(clean, 257) };
  });
  yield of('labels', 'white on a micrograph', (source, seed) => {
    const image = micrograph(300, source, seed);
    return {
      clean: labels(image, source, image.pixels.reduce((most, x) => Math.max(most, x)) + 400),
      planting: { where: (r) => r > 30 && r < SIDE - 50 },
    };
  });
  yield of('labels', '255 on 8 bits', (source) => {
    const image = drawn((r, c) =>
      Math.min(250, Math.round(90 + 40 * Math.sin(r / 90) * Math.cos(c / 70) + 9 * source.gaussian())),
    );
    return {
      clean: labels(image, source, 255),
      planting: { heights: [13, 17], full: 255, where: (r) => r > 30 && r < SIDE - 50 },
    };
  });
  for (const dose of [0.02, 0.05, 0.1]) {
    yield of('integrating detector, 0.02 to 0.1', `${dose}`, (source) => ({ clean: integrating(source, dose) }));
  }
  for (const dose of [0.01, 0.02, 0.05]) {
    yield of('counted, 0.01 to 0.05', `${dose}`, (source) => {
      return { clean: exposed(() => dose, source), planting: { heights: [12, 60], counts: true } };
    });
  }
  for (const sigma of [0.8, 1, 1.2]) {
    yield of('lens-made dots', `sigma ${sigma}`, (source) => {
      const dots = scattered(
        source,
        24,
        dot(sigma),
        () => (14 * (10 + 10 * source.uniform())) / inPixel(0, sigma) ** 2,
      );
      return { clean: exposed((r, c) => 200 + dots(r, c), source) };
    });
  }
  yield of('HAADF atoms', 'lattice', (source) => {
    const expected = new Float32Array(SIDE * SIDE).fill(30);
    const sigma = 0.9 + 0.4 * source.uniform();
    const places = [...lattice(source, 8 + 4 * source.uniform())].map(
      ([r, c]) => [r, c, 400 * (0.8 + 0.4 * source.uniform())] as const,
    );
    addDots(expected, sigma, places);
    return { clean: exposed((r, c) => expected[r * SIDE + c]!, source) };
  });
  yield of('HAADF atoms', 'single atoms', (source) => {
    const expected = new Float32Array(SIDE * SIDE).fill(30);
    const places = Array.from(
      { length: 300 },
      () => [SIDE * source.uniform(), SIDE * source.uniform(), 130 + 120 * source.uniform()] as const,
    );
    addDots(expected, 1, places);
    return { clean: exposed((r, c) => expected[r * SIDE + c]!, source) };
  });
  for (const marked of [false, true]) {
    for (const sigma of [0.8, 1.1, 1.5]) {
      const name = `sigma ${sigma}`;
      yield of(
        marked ? 'diffraction, marked' : 'diffraction, unmarked',
        name,
        (source) => {
          const { clean, keep } = diffraction(source, sigma);
          return { clean, saturation: 60_000, planting: { where: within(keep), full: 60_000, heights: [14, 3000] } };
        },
        marked,
      );
    }
  }
  for (const cloud of [0.45, 0.6, 0.8]) {
    yield of('diffuse X-rays', `sigma ${cloud}`, (source, seed) => {
      return { clean: micrograph(300, source, seed), planting: { cloud, heights: [15, 2000] } };
    });
  }
  for (const [kind, value] of [
    ['shifted', 'zero'],
    ['shifted', 'mean'],
    ['turned', 'zero'],
    ['turned', 'mean'],
  ] as const) {
    yield of('constant borders', `${kind}, ${value}`, (source, seed) => {
      const image = micrograph(300, source, seed);
      const { clean, inside } = bordered(image, source, kind, value === 'zero' ? 0 : Math.round(meanOf(image)));
      // Many where it matters: along the border.
      const edge = new Uint8Array(inside.length);
      for (let i = 0; i < inside.length; i++) {
        const [row, col] = [Math.floor(i / SIDE), i % SIDE];
        let out = false;
        for (const [dr, dc] of [
          [-6, 0],
          [6, 0],
          [0, -6],
          [0, 6],
        ] as const) {
          const [r, c] = [row + dr, col + dc];
          if (r >= 0 && c >= 0 && r < SIDE && c < SIDE && !inside[r * SIDE + c]) out = true;
        }
        edge[i] = inside[i] && (out || (row * 7 + col * 3) % 5 === 0) ? 1 : 0;
      }
      return {
        clean,
        planting: { where: (r, c) => inside[r * SIDE + c] === 1 && (edge[r * SIDE + c] === 1 || (r + c) % 3 > 0) },
      };
    });
  }
  yield of('saturated spikes', 'on a micrograph', (source, seed) => {
    return { clean: micrograph(300, source, seed), saturation: 65_535, planting: { value: 65_535 } };
  });
  yield of('saturated spikes', 'partly', (source, seed) => {
    return { clean: micrograph(300, source, seed), saturation: 4095, planting: { heights: [100, 400], full: 4095 } };
  });
  yield {
    ...{ group: 'beside bad columns', name: 'columns and rows' },
    make(seed) {
      const source = noise(seed, 50);
      const image = micrograph(300, source, seed);
      const map = { ...dims(image), pixels: new Uint8Array(SIDE * SIDE) };
      const columns = Array.from({ length: 8 }, (_, n) => 30 + 60 * n + Math.floor(20 * source.uniform()));
      const rows = [100 + Math.floor(50 * source.uniform()), 300 + Math.floor(50 * source.uniform())];
      for (let i = 0; i < map.pixels.length; i++) {
        if (columns.includes(i % SIDE) || rows.includes(Math.floor(i / SIDE))) map.pixels[i] = 1;
      }
      const beside = (row: number, col: number): boolean =>
        map.pixels[row * SIDE + col] === 0 &&
        (columns.some((at) => Math.abs(at - col) <= 3) || rows.some((at) => Math.abs(at - row) <= 3));
      const made = composed('columns and rows', seed, { clean: image, planting: { where: beside }, bad: map.pixels });
      return { ...made, map, image: made.image, clean: repairDefects(image, map).image };
    },
  };
}

export const SCENES: readonly Scene[] = [...makers()];
