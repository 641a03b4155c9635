/**
 * `--dry-run`: what a run would do with each exposure. It opens every header that a run would open, so that what would
 * fail by its header, its size or its references is said before the night, and writes nothing.
 */

import { refuseUnfit } from '../correct/check.ts';
import { type EffectiveOption, effectiveRecipe, type Met } from '../correct/effective-recipe.ts';
import { writtenType } from '../correct/recipe.ts';
import type { RunSettings } from '../correct/settings.ts';
import { faultOf } from '../files/input-file.ts';
import { notRead } from '../formats/foreign.ts';
import { openExposure } from '../formats/index.ts';
import { type Decision, decideAll, replacing } from '../intake/decide.ts';
import { inFlight } from '../intake/in-flight.ts';
import { scan } from '../intake/scan.ts';
import { PIXELS } from '../model/exposure.ts';
import type { Outcome } from '../model/outcome.ts';
import { checkReferences, refusedBy, type Said, seenBefore } from './first-exposures.ts';
import { prepare, scanOptions, workerStart } from './prepare.ts';
import type { Supply } from './supply.ts';

/** What would be done with one exposure, and why. */
export interface Intention {
  readonly input: string;
  readonly output: string;
  readonly would: 'correct' | 'skip' | 'fail' | 'copy' | 'ignore';
  readonly reason: string;
  /** Which references it would get, and by what; absent where all have those of the options. */
  readonly references?: string;
}

/** `bytesIn`, `bytesOut`: of what would be corrected; `bytesOut` without headers and compression. */
export interface Planned {
  readonly intentions: readonly Intention[];
  readonly totals: Record<Intention['would'], number> & { readonly bytesIn: number; readonly bytesOut: number };
  /** The options of the recipe as these exposures would meet them. */
  readonly settings: readonly EffectiveOption[];
  /** What a run would say before it starts. */
  readonly notes: readonly string[];
  /** What the first exposures say of the references, and why a run would stop there, with exit code 3. */
  readonly checks: readonly Said[];
  readonly refused: readonly string[];
}

/** Headers read at once: enough to hide a share's delays. */
const HEADERS = 16;

/**
 * In the order of the exposures. Touches nothing, also while a run is going on.
 * @throws Refusal as a run would, before any exposure is opened
 */
export async function plan(settings: RunSettings): Promise<Planned> {
  const found = await scan(settings.inputs, scanOptions(settings));
  const start = workerStart(settings);
  const prepared = await prepare(settings, found.jobs, start);
  const checks = await checkReferences(found.jobs, settings, prepared.supply, start);
  const decisions = await decideAll(found.jobs, {
    ...settings,
    ...prepared.supply.question,
    seen: seenBefore(settings),
  });
  const looks = new Map<Decision, Look>();
  const toOpen = decisions.filter((each) => each.correct);
  const look = async (each: Decision & { correct: true }): Promise<void> => {
    looks.set(each, await lookAt(each, settings, prepared.supply));
  };
  for await (const _ of inFlight(toOpen, HEADERS, look));
  const intentions = [
    ...found.unusable.map(intentionOf),
    ...decisions.map((each) => (each.correct ? looks.get(each)!.intention : intentionOf(each.outcome))),
  ];
  const count = (would: Intention['would']): number => intentions.filter((each) => each.would === would).length;
  const sum = (bytes: 'bytesIn' | 'bytesOut'): number =>
    [...looks.values()].reduce((all, each) => all + each[bytes], 0);
  return {
    intentions,
    totals: {
      correct: count('correct'),
      skip: count('skip'),
      fail: count('fail'),
      copy: count('copy'),
      ignore: count('ignore'),
      bytesIn: sum('bytesIn'),
      bytesOut: sum('bytesOut'),
    },
    settings: effectiveRecipe(
      settings.recipe,
      [...looks.values()].flatMap(({ met }) => met ?? []),
    ),
    notes: [
      ...replacing(toOpen, settings),
      ...[...found.unsupported].map(([extension, n]) => notRead(extension, n)),
      ...found.notes,
      ...prepared.notes,
    ],
    checks,
    refused: refusedBy(checks),
  };
}

interface Look {
  readonly intention: Intention;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Null: it would fail. */
  readonly met: Met | null;
}

/** Opens an exposure as a correction would, up to its first pixel. */
async function lookAt(
  { job, reason, bytes }: Decision & { correct: true },
  { recipe }: RunSettings,
  supply: Supply,
): Promise<Look> {
  const nothing = { bytesIn: 0, bytesOut: 0, met: null };
  try {
    const open = await openExposure(job.input, 'exposure', recipe);
    try {
      const choice = await supply.choose(job, { exposure: open.source.exposure, identity: open.file.identity });
      if (choice.do === 'fail') throw choice.fault;
      if (choice.do === 'ignore') return { intention: { ...job, would: 'ignore', reason: choice.said }, ...nothing };
      if (choice.do === 'copy') return { intention: { ...job, would: 'copy', reason: choice.said }, ...nothing };
      // References that are refused are found out now, not at night.
      const lent = await supply.lend(choice.set);
      lent.giveBack();
      refuseUnfit(open, lent.layout, recipe);
      const { exposure } = open.source;
      const pixels = exposure.width * exposure.height * exposure.frames;
      const met = { read: exposure.type, written: writtenType(recipe, exposure), frames: exposure.frames };
      const bytesOut = pixels * PIXELS[met.written].bytes;
      const references = choice.said === '' ? {} : { references: choice.said };
      return { intention: { ...job, would: 'correct', reason, ...references }, bytesIn: bytes, bytesOut, met };
    } finally {
      open.close();
    }
  } catch (error) {
    return { intention: { ...job, would: 'fail', reason: faultOf(error, job.input).message }, ...nothing };
  }
}

function intentionOf(outcome: Outcome): Intention {
  const { input, output } = outcome;
  if (outcome.status === 'skipped')
    return { input, output, would: outcome.rule === 'ignored' ? 'ignore' : 'skip', reason: outcome.reason };
  return { input, output, would: 'fail', reason: outcome.status === 'failed' ? outcome.fault.message : '' };
}
