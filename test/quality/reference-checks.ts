/** Measures the checks of references: `node dist/test/quality/reference-checks.js [sessions per cell]`. */

import { compileKernels, createMemory, instantiate } from '../../src/kernels/kernels.ts';
import { KernelCorrelator } from '../../src/references/checks/correlator.ts';
import { fitsOf } from '../../src/references/checks/fits.ts';
import { normVerdict } from '../../src/references/checks/norm-verdict.ts';
import { patternOf } from '../../src/references/checks/pattern.ts';
import { Seen } from '../../src/references/checks/seen.ts';
import { shiftsFor } from '../../src/references/checks/slope.ts';
import { TURNS, type Turn, turnPixels } from '../../src/references/turns.ts';
import { type Kind, type Made, made } from './reference-sessions.ts';

const SIDE = 256;
const each = Number(process.argv[2] ?? 20);
const shifts = shiftsFor(SIDE, SIDE);
const memory = createMemory();
const correlator = new KernelCorrelator(instantiate(compileKernels(), memory), memory);

const line = (...cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);
const head = (...cells: readonly string[]): void => {
  line(...cells);
  line(...cells.map(() => '---'));
};

/** What a session looks like when something is wrong with its norm. */
const WRONGS = ['right', 'turned', 'inverted', 'corrected'] as const;

function judge({ norm, dark, raws, kind }: Made, wrong: (typeof WRONGS)[number], turn: Turn) {
  const size = { width: SIDE, height: SIDE };
  const given = wrong === 'turned' ? turnPixels(turn, norm.pixels, size, 'top') : norm.pixels;
  const used = wrong === 'inverted' ? given.map((x) => 1 / x) : given;
  const u = patternOf({ ...size, pixels: used }, new Uint8Array(SIDE * SIDE));
  const corrected = wrong === 'corrected';
  const seen = new Seen(SIDE, SIDE, corrected ? null : dark);
  for (const raw of raws.slice(0, kind.exposures)) {
    seen.add(corrected ? raw.map((x, i) => Math.max(0, Math.round((x - dark[i]!) * norm.pixels[i]!))) : raw, 1);
  }
  const fits = fitsOf(u, TURNS, seen, { firstRow: 'top', shifts, correlator });
  return { fits, ...normVerdict(fits) };
}

const inverse: Partial<Record<Turn, Turn>> = { rot90: 'rot270', rot270: 'rot90' };

table('pixels');
table('fibre');

function table(camera: NonNullable<Kind['camera']>): void {
  console.log(`\ncamera: ${camera}`);
  head('counts, exposures', ...[0.5, 2, 5].map((percent) => `${percent} %`));
  const began = performance.now();
  for (const counts of [20, 200, 2000]) {
    for (const exposures of [1, 5, 20]) {
      const cells = [0.005, 0.02, 0.05].map((strength) => {
        const good = { right: 0, turned: 0, inverted: 0, corrected: 0 };
        const bad: Record<string, number> = {};
        let expected = 0;
        for (let i = 0; i < each; i++) {
          const seed = 7_000_000 + 100_000 * counts + 1000 * exposures + Math.round(strength * 1e4) + 10_000_000 * i;
          const session = made({ side: SIDE, counts, exposures, strength, camera, seed: seed + i });
          for (const wrong of WRONGS) {
            const turn = TURNS[1 + (i % 7)]!;
            const { verdict, fits, ...more } = judge(session, wrong, turn);
            if (wrong === 'right') expected += fits[0]!.expected / each;
            const found = 'turn' in more ? `${verdict} ${more.turn}` : verdict;
            const wanted: Record<typeof wrong, readonly string[]> = {
              right: ['right', 'weak'],
              turned: [`turned ${inverse[turn] ?? turn}`],
              inverted: ['inverted'],
              corrected: ['already corrected', 'absent', 'inverted'],
            };
            if (wanted[wrong].includes(found)) good[wrong]++;
            else if (found !== 'cannot tell') bad[`${wrong}: ${found}`] = (bad[`${wrong}: ${found}`] ?? 0) + 1;
          }
        }
        const odd = Object.entries(bad).map(([what, n]) => ` (!${n} ${what})`);
        return `${expected.toFixed(0)}: ${Object.values(good).join(', ')}${odd.join('')}`;
      });
      line(`${counts}, ${exposures}`, ...cells);
    }
  }
  console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`);
}
