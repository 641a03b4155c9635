/**
 * Measures the checks of references on simulated sessions: `node dist/test/quality/reference-checks.js [sessions per cell]
 * [right sessions]`. What it printed stands in the README beside it. `npm run quality` runs it with the others.
 */

import { compileKernels, createMemory, instantiate } from '../../src/kernels/kernels.ts';
import type { ReferenceCheck } from '../../src/model/reference-checks.ts';
import { Compared } from '../../src/references/checks/compared.ts';
import { KernelCorrelator } from '../../src/references/checks/correlator.ts';
import { TURNS, type Turn, turnPixels } from '../../src/references/turns.ts';
import { noise } from '../../src/tools/simulate/noise.ts';
import { type Kind, type Made, made, view } from './reference-sessions.ts';

const SIDE = 256;
const PIXELS = SIDE * SIDE;
const [cell = 20, right = 200] = process.argv.slice(2).map(Number);
const memory = createMemory();
const correlator = new KernelCorrelator(instantiate(compileKernels(), memory), memory);
const size = { width: SIDE, height: SIDE };

const line = (...cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);
const head = (...cells: readonly string[]): void => {
  line(...cells);
  line(...cells.map(() => '---'));
};

/** What is given to the run; what is absent is as it should be. */
interface Given {
  readonly norm?: Float32Array;
  readonly dark?: Float32Array | null;
  readonly raws?: readonly Float32Array[];
}

function checksOf(session: Made, { norm, dark, raws }: Given): ReferenceCheck[] {
  const used = dark === undefined ? session.dark : dark;
  const compared = new Compared(
    {
      ...size,
      firstRow: 'top',
      turns: TURNS,
      bad: new Uint8Array(PIXELS),
      norm: {
        pixels: norm ?? session.norm.pixels,
        given: { name: 'norm', bright: false, dark: used !== null, turn: 'none' },
      },
      dark: used && { pixels: used, given: { name: 'dark', turn: 'none', scale: 1 } },
    },
    correlator,
  );
  for (const raw of raws ?? session.raws) compared.add(raw, 1);
  return compared.checks();
}

const found = (checks: readonly ReferenceCheck[], what: ReferenceCheck['check']): ReferenceCheck =>
  checks.find(({ check }) => check === what)!;

const turned = (turn: Turn, pixels: Float32Array): Float32Array => turnPixels(turn, pixels, size, 'top');
const INVERSE: Partial<Record<Turn, Turn>> = { rot90: 'rot270', rot270: 'rot90' };

const corrected = ({ raws, dark, norm }: Made): Float32Array[] =>
  raws.map((raw) => raw.map((x, i) => Math.max(0, Math.round((x - dark[i]!) * norm.pixels[i]!))));

/** Whether what is wrong with a norm is recognised, by name. */
const NORMS: Readonly<Record<string, (session: Made, turn: Turn) => string | null>> = {
  right: (session) => pattern(session, {}, ['right', 'weak']),
  turned: (session, turn) => {
    const norm = turned(turn, session.norm.pixels);
    const check = found(checksOf(session, { norm }), 'pattern');
    if (check.verdict === 'cannot tell') return null;
    const named = check.advice?.includes(`--norm-orientation ${INVERSE[turn] ?? turn}`) === true;
    return check.verdict === 'turned' && named ? '' : check.verdict;
  },
  inverted: (session) => pattern(session, { norm: session.norm.pixels.map((x) => 1 / x) }, ['inverted']),
  corrected: (session) =>
    pattern(session, { raws: corrected(session), dark: null }, ['already corrected', 'absent', 'inverted']),
};

/** '': as wanted; null: cannot tell; otherwise what was said instead. */
function pattern(session: Made, given: Given, wanted: readonly ReferenceCheck['verdict'][]): string | null {
  const { verdict } = found(checksOf(session, given), 'pattern');
  return wanted.includes(verdict) ? '' : verdict === 'cannot tell' ? null : verdict;
}

let next = 9_000_000;
const session = (kind: Omit<Kind, 'side' | 'seed'>): Made => made({ ...kind, side: SIDE, seed: next++ });

norms();
falseAlarms();
others();

/** Cells: z of a right norm as expected, then how many of the sessions were recognised; in brackets what was said wrongly. */
function norms(): void {
  console.log(`\nof ${cell} sessions each: right, turned, inverted, corrected`);
  head('counts, exposures', '0.5 %', '2 %', '5 %');
  for (const counts of [20, 200, 2000]) {
    for (const exposures of [1, 5, 20]) {
      const cells = [0.005, 0.02, 0.05].map((strength) => {
        const good = Object.fromEntries(Object.keys(NORMS).map((name) => [name, 0]));
        const odd: string[] = [];
        let expected = 0;
        for (let i = 0; i < cell; i++) {
          const one = session({ counts, exposures, strength });
          expected += (found(checksOf(one, {}), 'pattern').figures.zExpected ?? 0) / cell;
          for (const [name, judge] of Object.entries(NORMS)) {
            const said = judge(one, TURNS[1 + (i % 7)]!);
            if (said === '') good[name]!++;
            else if (said !== null) odd.push(`${name}: ${said}`);
          }
        }
        return `${expected.toFixed(0)}: ${Object.values(good).join(', ')}${odd.length > 0 ? ` (${odd.join('; ')})` : ''}`;
      });
      line(`${counts}, ${exposures}`, ...cells);
    }
  }
}

/** Right references, of sessions of all kinds. */
function falseAlarms(): void {
  console.log();
  head('camera', 'right sessions', 'refused', 'why');
  for (const camera of ['pixels', 'fibre'] as const) {
    const why: string[] = [];
    for (let i = 0; i < right; i++) {
      const kind = {
        camera,
        counts: [20, 60, 200, 600, 2000][i % 5]!,
        exposures: [1, 3, 8, 20][i % 4]!,
        strength: [0.005, 0.01, 0.02, 0.05][Math.floor(i / 4) % 4]!,
      };
      const refused = checksOf(session(kind), {}).filter((each) => each.refused);
      why.push(...refused.map(({ check, verdict }) => `${check}: ${verdict} (${JSON.stringify(kind)})`));
    }
    line(camera, right, why.length, why.join('; '));
  }
}

/** Darks and brights that are wrong. */
function others(): void {
  const cases: Readonly<Record<string, (one: Made, i: number) => readonly [ReferenceCheck['check'], Given]>> = {
    'dark of half the time': ({ dark }) => ['hot pixels', { dark: dark.map((x) => 100 + (x - 100) / 2) }],
    'dark of twice the time': ({ dark }) => ['hot pixels', { dark: dark.map((x) => 100 + (x - 100) * 2) }],
    'dark turned': ({ dark }, i) => ['hot pixels', { dark: turned(TURNS[1 + (i % 7)]!, dark) }],
    'dark subtracted already': ({ dark, raws }) => [
      'hot pixels',
      { raws: raws.map((raw) => raw.map((x, at) => Math.max(0, x - dark[at]! + 100))) },
    ],
    'dark with a fifth of the beam': ({ dark, norm, kind }) => [
      'beam',
      { dark: dark.map((x, at) => x + (0.2 * kind.counts) / norm.pixels[at]!) },
    ],
    'bright with a specimen': ({ norm }, i) => {
      const specimen = view('carbon', SIDE, 1, noise(77, i));
      return ['structure', { norm: norm.pixels.map((x, at) => x / specimen[at]!) }];
    },
    'bright with a shadow of 20 %': ({ norm }) => {
      const shaded = (at: number): number => 1 - 0.2 * Number(at % SIDE > 100 && at % SIDE < 140);
      return ['structure', { norm: norm.pixels.map((x, at) => x / shaded(at)) }];
    },
  };
  console.log();
  head('wrong', `refused, of ${3 * cell}`, 'cannot tell', 'passed');
  for (const [name, make] of Object.entries(cases)) {
    const count = { refused: 0, unknown: 0, passed: 0 };
    for (let i = 0; i < 3 * cell; i++) {
      const one = session({ counts: [20, 200, 2000][i % 3]!, exposures: 5, strength: 0.02 });
      const [check, given] = make(one, i);
      const checks = checksOf(one, given);
      const verdict = checks.find((each) => each.check === check)?.verdict;
      if (checks.some(({ refused }) => refused)) count.refused++;
      else if (verdict === 'cannot tell') count.unknown++;
      else count.passed++;
    }
    line(name, count.refused, count.unknown, count.passed);
  }
}
