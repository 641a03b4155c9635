/**
 * One exposure from its raw file to its corrected one: the heart. Opens and checks, sends the rows through the steps,
 * judges the result, and publishes it whole or not at all.
 */

import { faultOf, UNFINISHED } from '../files/input-file.ts';
import type { OutputFile } from '../files/output-file.ts';
import { changeOfWhole } from '../files/parts.ts';
import { containerNotes, containerOf } from '../formats/container.ts';
import type { Sink } from '../formats/format.ts';
import { FORMATS, type OpenExposure, openExposure } from '../formats/index.ts';
import { leftBehind } from '../formats/left-behind.ts';
import { Arena } from '../kernels/arena.ts';
import { Tally } from '../kernels/tally.ts';
import { type FirstRow, PIXELS } from '../model/exposure.ts';
import {
  type Corrected,
  Fault,
  type FaultKind,
  failed,
  lookOf,
  noCounts,
  type Outcome,
  type StageTimes,
  sameLook,
} from '../model/outcome.ts';
import type { Sample } from '../model/sample.ts';
import { References } from '../references/references.ts';
import { judge } from './accept.ts';
import { refuseUnfit } from './check.ts';
import { NOTHING_SEEN, type Observing, openObservers } from './observe/index.ts';
import { refuseNameOfMask } from './observe/mask.ts';
import type { Observed, Observer } from './observe/observer.ts';
import { permitOutput } from './output-place.ts';
import { Pipeline } from './pipeline.ts';
import { provenance } from './provenance.ts';
import { type Publish, withOutput } from './publish.ts';
import { writtenType } from './recipe.ts';
import { openSteps } from './steps/index.ts';
import type { Again, OpenStep, StepCounts } from './steps/step.ts';
import type { Lab, NeedsRoom, Task } from './task.ts';

/** Somebody may set modes or make links just while an exposure is read: then it is read again, so often at most. */
const READINGS = 3;

/** Corrects one exposure. Never throws: whatever a file, a disk, a header or a bug of ours can do is an Outcome. */
export async function correct(task: Task, lab: Lab): Promise<Outcome | NeedsRoom> {
  let again: Again | null = null;
  for (let reading = 1; ; ) {
    const seen: Seen = { sample: null, touched: false, again };
    const outcome = await correctOnce(task, again ? { ...lab, recipe: { ...lab.recipe, ...again.recipe } } : lab, seen);
    if (outcome.status === 'again') again = outcome.as;
    else if (!seen.touched || reading === READINGS) return outcome;
    else reading++;
  }
}

/** A step asks for the exposure from the start, with other options: nothing is published. */
interface AskedAgain {
  readonly status: 'again';
  readonly as: Again;
}

async function correctOnce(task: Task, lab: Lab, seen: Seen): Promise<Outcome | NeedsRoom | AskedAgain> {
  let raw: OpenExposure | null = null;
  try {
    raw = await openExposure(task.job.input, 'exposure', lab.recipe);
    const plan = await check(raw, task, lab);
    const result = await withOutput(task, plan, async (output, publishOutput) => {
      const observers = await openObservers(plan.observing);
      try {
        const run = await throughPipeline(plan, output, observers, seen);
        if ('status' in run) return run;
        const again = seen.again ? null : askedAgain(plan.steps);
        if (again) return again;
        const found = accept(plan, seen.again);
        return await publish(plan, run, found, publishOutput);
      } finally {
        for (const observer of observers) observer.discard?.();
      }
    });
    return 'status' in result ? result : { status: 'done', ...task.job, identity: raw.file.identity, ...result };
  } catch (error) {
    const known = faultOf(error, task.job.input);
    const sample = JUDGED.has(known.kind) ? seen.sample : null;
    return failed(task.job, known, raw?.file.identity ?? null, raw?.source.exposure ?? null, sample);
  } finally {
    raw?.close();
  }
}

function askedAgain(steps: readonly OpenStep[]): AskedAgain | null {
  for (const step of steps) {
    const as = step.again?.();
    if (as) return { status: 'again', as };
  }
  return null;
}

/** What was seen of an exposure, whatever becomes of it then. */
interface Seen {
  sample: Sample | null;
  /** Something was done to the file that its size and time do not show. */
  touched: boolean;
  /** Why it passes a second time. */
  readonly again: Again | null;
}

/** Failures that the pixels themselves explain: the page shows them. */
const JUDGED: ReadonlySet<FaultKind> = new Set(['spikes', 'range', 'suspect']);

const changed = (file: string): string => `${file}: it changed while it was read; run again when it is written`;

/**
 * What will be done with an exposure; so far nothing is read of it but its header, and nothing is written.
 * @throws Fault 'changed', 'geometry', 'unsupported', 'corrected', 'collision', 'output', 'disk', 'away'
 */
async function check(raw: OpenExposure, task: Task, lab: Lab) {
  const { exposure, carried } = raw.source;
  const { recipe, memory, kernels } = lab;
  if (task.look && !sameLook(task.look, lookOf(raw.file.identity))) throw new Fault('changed', changed(raw.file.path));
  refuseUnfit(raw, task.layout, recipe);

  const type = writtenType(recipe, exposure);
  const container = containerOf(recipe.format, exposure.format, raw.file.path);
  const turned = recipe.rowOrder === 'picture' && FORMATS[container].firstRow !== exposure.firstRow;
  const compression = container === 'tiff' ? recipe.compression : 'none';
  const saturation = recipe.saturation ?? PIXELS[exposure.type].highest;
  const references = new References(task.layout);
  const arena = new Arena(kernels, memory, task.slot);
  const tally = new Tally(arena, type);
  const steps = openSteps(recipe.steps, recipe, {
    ...{ references, arena, tally, saturation, written: type, read: exposure.type },
    ...{ geometry: exposure, firstRow: exposure.firstRow, description: carried.description },
    metadata: exposure.metadata,
  });
  const observing: Observing = {
    ...{ arena, memory, exposure, container, turned, survey: task.survey, final: task.final },
    references: references.rowsFrom(exposure.firstRow, exposure.height),
    marking: steps.find(({ marks }) => marks)?.label ?? null,
    writeMasks: recipe.writeMasks,
    temporaryMask: `${task.temporary}-mask${UNFINISHED}`,
  };
  refuseNameOfMask(observing);
  const permit = await permitOutput(task, raw.file);
  const pixels = exposure.width * exposure.height * exposure.frames;
  const bytes = compression === 'none' ? pixels * PIXELS[type].bytes : 0;
  return {
    ...{ raw, task, recipe, exposure, pixels, type, container, turned, compression, saturation },
    ...{ references, arena, tally, steps, observing, permit, bytes, bandBytes: lab.bandBytes },
  };
}

type CheckedPlan = Awaited<ReturnType<typeof check>>;

/** An exposure whose rows have all passed; nothing is published. */
interface Run {
  readonly sink: Sink;
  readonly observers: readonly Observer[];
  readonly observed: Partial<Observed>;
  readonly sample: Sample;
  readonly crc: number;
  readonly times: StageTimes;
}

/** Reads, corrects and writes. @throws Fault 'changed' */
async function throughPipeline(
  plan: CheckedPlan,
  output: OutputFile,
  observers: readonly Observer[],
  seen: Seen,
): Promise<Run | NeedsRoom> {
  const { raw, task, recipe, exposure, type, container, turned, compression, saturation, arena, tally, steps } = plan;
  const { scale, offset } = recipe;
  const written = scale === 1 && offset === 0 ? type : `${type} x${scale} +${offset}`;
  const said = [...labelled(steps).map(({ label }) => label), written];
  const { width, height, frames } = exposure;
  const sink = FORMATS[container].create(output, {
    ...{ width, height, frames, turned, path: task.final, compression, type, carried: raw.source.carried },
    provenance: provenance(said, task.layout.files),
  });
  const pipeline = new Pipeline(raw.source, sink, steps, tally, arena, {
    ...{ type, scale, offset, saturation, turned, bandBytes: plan.bandBytes, observers },
  });
  if (arena.shortage > 0) return { status: 'needs room', bytes: arena.shortage };

  const { crc, times } = await pipeline.run();
  const observed: Partial<Observed> = Object.assign({}, ...observers.map((observer) => observer.finish?.()));
  const sample = { ...observed.thumbnails!, spikes: observed.spikes! };
  seen.sample = sample;
  const change = changeOfWhole(raw.file);
  seen.touched = change === 'attributes';
  if (change !== 'none') throw new Fault('changed', changed(raw.file.path));
  return { sink, observers, observed, sample, crc, times };
}

/** Steps that have something to say; the others are only there in case an exposure needs them. */
const labelled = (steps: readonly OpenStep[]): OpenStep[] => steps.filter(({ label }) => label !== '');

/** What was counted, and reasons for suspicion. @throws Fault 'spikes', 'range', 'suspect' */
function accept({ raw, recipe, exposure, pixels, type, container, tally, steps }: CheckedPlan, again: Again | null) {
  const { leftAlone, ...counts } = counted(tally, steps);
  const statistics = tally.statistics(pixels);
  const applies = (role: 'dark' | 'norm'): boolean => steps.some(({ applied }) => applied?.includes(role));
  const ranged = { path: raw.file.path, written: type, counts, changed: tally.changed, statistics };
  const evidence = {
    ...ranged,
    exposure,
    container,
    dark: applies('dark'),
    normed: applies('norm'),
    found: again?.suspect ? [again.suspect] : [],
  };
  return { counts, leftAlone, statistics, suspect: judge(evidence, recipe), said: again?.note ? [again.note] : [] };
}

/** Completes what observers write and the output, and puts both in their places. */
async function publish(
  { raw, task, recipe, exposure, type, container, turned, references, steps }: CheckedPlan,
  { sink, observers, observed, sample, crc, times }: Run,
  { counts, leftAlone, statistics, suspect, said }: ReturnType<typeof accept>,
  publishOutput: Publish,
): Promise<Corrected> {
  const bytesOut = await sink.finish(statistics);
  const began = performance.now();
  const accepted: Partial<Observed> = {};
  for (const observer of observers) Object.assign(accepted, await observer.accepted?.());
  const flush = times.flush + (performance.now() - began) * 1000 + publishOutput();
  for (const observer of observers) observer.published?.();
  const notes = [
    ...exposure.notes,
    ...sink.notes,
    ...steps.flatMap((step) => step.notes ?? []),
    ...said,
    ...turnedNotes(references, exposure.firstRow, turned, container),
    ...containerNotes(recipe.format, exposure.format, container),
    ...leftBehind(raw.source.carried, container),
  ];
  const { patches, maskBytes } = { ...NOTHING_SEEN, ...observed, ...accepted };
  return {
    ...{ exposure, type, counts, statistics, suspect, notes, steps: labelled(steps).map(({ name }) => name) },
    ...{ times: wholeMicroseconds({ ...times, flush }), bytesOut, crc, turned, sample, patches, leftAlone, maskBytes },
    references: task.layout.files,
  };
}

function counted(tally: Tally, steps: readonly OpenStep[]): StepCounts {
  const counts = { ...noCounts(), leftAlone: 0 };
  for (const part of [tally.counts(), ...steps.map((step) => step.counts())])
    for (const [name, count] of Object.entries(part)) counts[name as keyof StepCounts] += count;
  return counts;
}

function turnedNotes(references: References, firstRow: FirstRow, turned: boolean, container: string): string[] {
  const notes: string[] = [];
  if (references.turned(firstRow)) {
    notes.push(
      `exposures store their ${firstRow} row first, the references the other: references flipped vertically (--row-order stored takes rows as they are)`,
    );
  }
  if (turned) notes.push(`written as ${container} flipped vertically, so that the picture stays the same`);
  return notes;
}

function wholeMicroseconds(times: StageTimes): StageTimes {
  return Object.fromEntries(Object.entries(times).map(([stage, micros]) => [stage, Math.round(micros)])) as StageTimes;
}
