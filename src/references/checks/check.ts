/**
 * Holds the references that are loaded against the first exposures. Exposures are added one by one; what they say together
 * is asked for as often as wanted.
 */

import path from 'node:path';
import type { Choice } from '../../formats/format.ts';
import type { OpenExposure } from '../../formats/index.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import type { ReferenceChecks } from '../../model/reference-checks.ts';
import type { ReferenceFile, ReferenceLayout } from '../references.ts';
import { turnNamed, turnsOf } from '../turns.ts';
import { Compared, type Planes } from './compared.ts';
import { KernelCorrelator } from './correlator.ts';
import { badIn, planeIn, type Window, windowOf } from './window.ts';
import { WindowReader } from './window-reader.ts';

/** So many exposures are looked at, at most. */
export const MOST_EXPOSURES = 20;

/** Smaller images have too few pixels to tell a pattern from chance, and are no camera's, px. */
const LEAST_SIDE = 128;

/** Whether there is anything to hold against exposures. */
export function isIdle({ dark, norm, width, height }: ReferenceLayout): boolean {
  return dark + norm === 0 || Math.min(width, height) < LEAST_SIDE;
}

/** What several checkers can share, one after the other: their room in the shared memory stays taken. */
export interface Instruments {
  readonly memory: WebAssembly.Memory;
  readonly reader: WindowReader;
  readonly correlator: KernelCorrelator;
}

export const instruments = (kernels: Kernels, memory: WebAssembly.Memory): Instruments => ({
  memory,
  reader: new WindowReader(kernels, memory),
  correlator: new KernelCorrelator(kernels, memory),
});

export class ReferenceChecker {
  /** How exposures are to be opened for it. */
  readonly choice: Choice;
  readonly #layout: ReferenceLayout;
  readonly #window: Window;
  readonly #reader: WindowReader;
  readonly #compared: Compared;
  #milliseconds = 0;

  constructor(layout: ReferenceLayout, { memory, reader, correlator }: Instruments, choice: Choice) {
    const began = performance.now();
    this.choice = choice;
    this.#layout = layout;
    this.#window = windowOf(layout);
    this.#reader = reader;
    this.#compared = new Compared(planesOf(layout, this.#window, memory), correlator);
    this.#milliseconds = performance.now() - began;
  }

  get exposures(): number {
    return this.#compared.exposures;
  }

  /**
   * False: it is not of the size of the references.
   * @throws Fault
   */
  async add(open: OpenExposure): Promise<boolean> {
    const began = performance.now();
    const { width, height, firstRow } = open.source.exposure;
    if (width !== this.#layout.width || height !== this.#layout.height) return false;
    const turned = this.#layout.firstRow !== null && this.#layout.firstRow !== firstRow;
    const { pixels, frames } = await this.#reader.read(open, this.#window, turned);
    this.#compared.add(pixels, frames);
    this.#milliseconds += performance.now() - began;
    return true;
  }

  /** What the exposures say that were added so far. */
  checks(): ReferenceChecks {
    const began = performance.now();
    const checks = this.#compared.checks();
    this.#milliseconds += performance.now() - began;
    return { exposures: this.exposures, seconds: Math.round(this.#milliseconds) / 1000, checks };
  }
}

function planesOf(layout: ReferenceLayout, window: Window, memory: WebAssembly.Memory): Planes {
  const { width, height } = window;
  const file = (...roles: readonly ReferenceFile['role'][]): ReferenceFile =>
    layout.files.find(({ role }) => roles.includes(role))!;
  const dark = layout.dark ? file('dark') : null;
  const norm = layout.norm ? file('norm', 'bright') : null;
  return {
    width,
    height,
    // As `loadReferences` takes rows that are used as they are stored.
    firstRow: layout.firstRow ?? 'bottom',
    turns: turnsOf(layout),
    bad: badIn(layout, window, memory),
    dark: dark && {
      pixels: planeIn(layout.dark, layout, window, memory),
      given: { name: path.basename(dark.path), turn: turnNamed(dark.orientation), scale: dark.scale ?? 1 },
    },
    norm: norm && {
      pixels: planeIn(layout.norm, layout, window, memory),
      given: {
        name: path.basename(norm.path),
        turn: turnNamed(norm.orientation),
        bright: norm.role === 'bright',
        dark: dark !== null,
      },
    },
  };
}
