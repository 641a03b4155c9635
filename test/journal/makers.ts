/** Outcomes and runs for the tests, the same for the same arguments; folders that go away with the test. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { RunStart } from '../../src/journal/contents.ts';
import type { FaultKind, Identity, Outcome } from '../../src/model/outcome.ts';
import { FIGURES, type Figures, layout } from '../../src/model/record.ts';

export type Done = Extract<Outcome, { status: 'done' }>;
export type Failed = Extract<Outcome, { status: 'failed' }>;

export const KEY = 'a'.repeat(64);

/** 2026-03-01 and some nanoseconds: more than a double can hold. */
export const identity: Identity = { size: 33_555_456, mtimeNs: 1_772_323_200_123_456_789n };

export const start: RunStart = {
  command: 'darkroom run raw --norm norm.mrc --out corrected',
  tool: '0.1.0',
  threads: 2,
  recipe: { steps: ['flat-field', 'despike', 'clip'], despikeSize: 11 },
  references: [{ role: 'norm', name: 'norm.mrc', hash: 'b'.repeat(64) }],
  outputFolder: '/facility/corrected',
  inlineSeconds: null,
};

/** A value for every figure of the table: others for another seed, no two alike, none of them 0. */
export function figures(seed = 1): Figures {
  const draw = (n: number): number => ((seed * 7919 + n * 104_729) % 90_001) + 1;
  return layout(FIGURES)((figure) => {
    const n = 20 * FIGURES.findIndex(({ part, name }) => part === figure.part && name === figure.name);
    if (figure.kind === 'list') return Array.from({ length: figure.length! }, (_, i) => draw(n + i));
    return figure.kind === 'number' ? draw(n) / 7 : figure.optional ? null : draw(n);
  }) as unknown as Figures;
}

/** A corrected 4096 x 4096 exposure, its figures drawn from `seed`. */
export function done(output: string, seed = 1, changes: Partial<Done> = {}): Done {
  const drawn = figures(seed);
  return {
    status: 'done',
    input: `/facility/raw/${output}`,
    output,
    identity,
    exposure: { width: 4096, height: 4096, frames: 1, format: 'mrc', type: 'uint16', firstRow: 'bottom', notes: [] },
    type: 'uint16',
    ...drawn,
    suspect: [],
    notes: [],
    steps: ['flat-field', 'despike', 'clip'],
    // It was not waited for.
    times: { ...drawn.times, settle: 0 },
    bytesOut: 33_555_456,
    crc: 0xfe_dc_ba_98,
    turned: false,
    ...changes,
  };
}

export function failed(output: string, kind: FaultKind = 'incomplete', changes: Partial<Failed> = {}): Failed {
  return {
    status: 'failed',
    input: `/facility/raw/${output}`,
    output,
    identity,
    fault: { kind, message: `/facility/raw/${output}: ends at byte 512, expected 33555456` },
    exposure: null,
    ...changes,
  };
}

export const skipped = (output: string): Outcome => ({
  status: 'skipped',
  input: `/facility/raw/${output}`,
  output,
  reason: 'already done',
});

export function folder(t: TestContext): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom journal #1 %20? -'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}
