/**
 * One exposure from its raw file to its corrected one: the heart. Opens and checks, sends the rows through the steps,
 * judges the result, and publishes it whole or not at all.
 */

import fs from 'node:fs';
import path from 'node:path';
import { changeOf, systemFault, UNFINISHED } from '../files/input-file.ts';
import { OutputFile, outputFault } from '../files/output-file.ts';
import { makeFolder, type Permit } from '../files/ownership.ts';
import { refuseTooLarge } from '../files/room.ts';
import { FORMATS, type OpenExposure, openExposure } from '../formats/index.ts';
import { leftBehind } from '../formats/left-behind.ts';
import { lostInMrc } from '../formats/tiff/to-mrc.ts';
import { Arena, type Slot } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { Tally } from '../kernels/tally.ts';
import { crashFault } from '../model/crash.ts';
import { type FirstRow, PIXELS } from '../model/exposure.ts';
import {
  type Corrected,
  Fault,
  type FaultKind,
  failed,
  type Job,
  type Look,
  lookOf,
  noCounts,
  type Outcome,
  type StageTimes,
  sameLook,
} from '../model/outcome.ts';
import type { Sample } from '../model/sample.ts';
import { systemError } from '../model/system-error.ts';
import { type ReferenceLayout, References } from '../references/references.ts';
import { judge } from './acceptance.ts';
import { refuseUnfit } from './fit.ts';
import { type Home, permitOutput, refuseStrange } from './guards.ts';
import { type Mask, refuseNameOfMask, removeMask, withMask } from './observe/mask.ts';
import { Patches } from './observe/patches.ts';
import { addTo, type Gathered, type SurveyLayout } from './observe/survey.ts';
import { Pipeline } from './pipeline.ts';
import { provenance } from './provenance.ts';
import { type Recipe, writtenType } from './recipe.ts';
import { openSteps } from './steps/index.ts';
import type { OpenStep, StepCounts } from './steps/step.ts';

/** What a worker needs for any exposure. */
export interface Lab {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly recipe: Recipe;
  /** See `PipelineOptions`; the result does not depend on it. */
  readonly bandBytes: number;
}

/** What a worker needs for one exposure. Paths are absolute; `temporary` and `final` are on one file system. */
export interface Task {
  readonly job: Job;
  /** Where the references are in the shared memory. */
  readonly layout: ReferenceLayout;
  readonly temporary: string;
  readonly final: string;
  readonly slot: Slot;
  /** What the file must look like when it is opened, where that was waited for. */
  readonly look?: Look;
  /** The output folder, and the device it stands on: on another one nothing is written. */
  readonly home: Home;
  /** Where it leaves what it tells of the camera; null: it has done so before, or nobody asks. */
  readonly survey: SurveyLayout | null;
}

/** The slot lent was too small for this exposure: nothing was read, try again with one of `bytes`. */
export interface NeedsRoom {
  readonly status: 'needs room';
  readonly bytes: number;
}

/** Somebody may set modes or make links just while an exposure is read: then it is read again, so often at most. */
const READINGS = 3;

/** Corrects one exposure. Never throws: whatever a file, a disk, a header or a bug of ours can do is an Outcome. */
export async function correct(task: Task, lab: Lab): Promise<Outcome | NeedsRoom> {
  for (let reading = 1; ; reading++) {
    const seen: Seen = { sample: null, gathered: null, touched: false };
    const outcome = await correctOnce(task, lab, seen);
    if (!seen.touched || reading === READINGS) return outcome;
  }
}

async function correctOnce(task: Task, lab: Lab, seen: Seen): Promise<Outcome | NeedsRoom> {
  let open: OpenExposure | null = null;
  try {
    open = await openExposure(task.job.input);
    if (task.look && !sameLook(task.look, lookOf(open.file.identity)))
      throw new Fault('changed', changed(task.job.input));
    const result = await throughSteps(open, task, lab, seen);
    if ('status' in result) return result;
    return { status: 'done', ...task.job, identity: open.file.identity, ...result };
  } catch (error) {
    const said = systemFault(error, task.job.input);
    const known = said instanceof Fault ? said : crashFault(error, task.job.input);
    const sample = JUDGED.has(known.kind) ? seen.sample : null;
    return failed(task.job, known, open?.file.identity ?? null, open?.source.exposure ?? null, sample);
  } finally {
    open?.close();
  }
}

/** What the pipeline gathered of an exposure, whatever becomes of it then. */
interface Seen {
  sample: Sample | null;
  gathered: Gathered | null;
  /** Something was done to the file that its size and time do not show. */
  touched: boolean;
}

/** Failures that the pixels themselves explain: the page shows them. */
const JUDGED: ReadonlySet<FaultKind> = new Set(['spikes', 'range', 'suspect']);

const changed = (file: string): string => `${file}: it changed while it was read; run again when it is written`;

async function throughSteps(open: OpenExposure, task: Task, lab: Lab, seen: Seen): Promise<Corrected | NeedsRoom> {
  const { file, source } = open;
  const { exposure } = source;
  const { recipe, memory, kernels } = lab;
  const references = new References(task.layout, memory);
  refuseUnfit(open, task.layout, recipe);

  const type = writtenType(recipe, exposure);
  const container = recipe.format === 'same' ? exposure.format : recipe.format;
  const turned = recipe.rowOrder === 'picture' && FORMATS[container].firstRow !== exposure.firstRow;
  const arena = new Arena(kernels, memory, task.slot);
  const tally = new Tally(arena, type);
  const saturation = recipe.saturation ?? PIXELS[exposure.type].highest;
  const steps = openSteps(recipe.steps, recipe, {
    ...{ references, arena, tally, saturation, written: type, read: exposure.type },
    ...{ geometry: exposure, firstRow: exposure.firstRow, description: source.carried.description },
  });
  const { scale, offset } = recipe;
  const written = scale === 1 && offset === 0 ? type : `${type} x${scale} +${offset}`;
  const named = steps.filter(({ label }) => label !== '');
  const said = [...named.map(({ label }) => label), written];

  const { width, height, frames } = exposure;
  const compression = container === 'tiff' ? recipe.compression : 'none';
  const shape = { width, height, frames, turned } as const;
  const marking = steps.find(({ marks }) => marks);
  const masked = recipe.writeMasks && marking ? { ...shape, container, exposure, said: marking.label } : null;
  if (masked) refuseNameOfMask(task.final);
  const permit = await permitOutput(task, file);
  const patches = new Patches(width);

  const fill = async (output: OutputFile, mask: Mask | null): Promise<Corrected | NeedsRoom> => {
    const sink = FORMATS[container].create(output, {
      ...shape,
      path: task.final,
      compression,
      type,
      carried: source.carried,
      provenance: provenance(said, task.layout.files),
    });
    const pipeline = new Pipeline(source, sink, steps, tally, arena, {
      type,
      scale,
      offset,
      saturation,
      turned,
      bandBytes: lab.bandBytes,
      references: references.rowsFrom(exposure.firstRow, exposure.height),
      onlookers: marking ? [patches, ...(mask ? [mask] : [])] : [],
    });
    if (arena.shortage > 0) return { status: 'needs room', bytes: arena.shortage };

    const { crc, times, sample } = await pipeline.run();
    seen.sample = sample;
    seen.gathered = pipeline.gathered;
    const change = changeOf(file);
    seen.touched = change === 'attributes';
    if (change !== 'none') throw new Fault('changed', changed(file.path));
    const { leftAlone, ...counts } = counted(tally, steps);
    const statistics = tally.statistics(width * height * frames);
    const [dark, normed] = (['dark', 'norm'] as const).map((role) =>
      steps.some(({ applied }) => applied?.includes(role)),
    );
    const ranged = { path: file.path, written: type, counts, changed: tally.changed, statistics, dark: dark! };
    const suspect = judge({ ...ranged, exposure, container, normed: normed! }, recipe);

    const bytesOut = await sink.finish(statistics);
    const began = performance.now();
    const maskBytes = mask ? await mask.publish() : await removeMask(task.final);
    times.flush += (performance.now() - began) * 1000;
    const notes = [
      ...exposure.notes,
      ...sink.notes,
      ...leftBehind(source.carried, container),
      ...steps.flatMap(({ notes }) => notes ?? []),
      ...turnedNotes(references, exposure.firstRow, turned, container),
      ...(container === 'mrc' ? lostInMrc(source.carried) : []),
    ];
    const ran = named.map(({ name }) => name);
    return {
      ...{ exposure, type, counts, statistics, suspect, notes, steps: ran, times, bytesOut, crc, turned, sample },
      ...{ patches: patches.finish(), leftAlone, maskBytes },
    };
  };
  const plain = compression === 'none' ? width * height * frames * PIXELS[type].bytes : 0;
  const result = await intoFile(task, plain, permit, (output) =>
    withMask(task.final, `${task.temporary}-mask${UNFINISHED}`, masked, arena, (mask) => fill(output, mask)),
  );
  // Only what is done counts, and only once.
  if (task.survey && seen.gathered) addTo(task.survey, seen.gathered, kernels, memory);
  return result;
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
      `exposures store their ${firstRow} row first, the references the other: references turned over (--row-order stored takes rows as they are)`,
    );
  }
  if (turned) notes.push(`written as ${container} with the rows turned over, so that the picture stays the same`);
  return notes;
}

/**
 * Runs `fill` on a fresh file and publishes what it wrote; whatever goes wrong, nothing of it is left. `bytes`: what it
 * will take at least.
 */
async function intoFile(
  task: Task,
  bytes: number,
  permit: Permit,
  fill: (output: OutputFile) => Promise<Corrected | NeedsRoom>,
): Promise<Corrected | NeedsRoom> {
  let output: OutputFile | null = null;
  try {
    refuseStrange(task.home);
    makeFolder(path.dirname(task.final));
    fs.rmSync(task.temporary, { force: true });
    refuseTooLarge(task.final, bytes, path.dirname(task.temporary));
    output = OutputFile.create(task.temporary, path.dirname(task.final));
    const result = await fill(output);
    if ('status' in result) return result;
    const began = performance.now();
    output.publish(permit, () => refuseStrange(task.home));
    const flush = result.times.flush + (performance.now() - began) * 1000;
    return { ...result, times: wholeMicroseconds({ ...result.times, flush }) };
  } catch (error) {
    // A share that goes away in the middle shows as all kinds of errors.
    refuseStrange(task.home);
    throw deniedFault(error, task) ?? outputFault(error, task.final);
  } finally {
    output?.discard();
  }
}

/** What is not permitted in the output folder itself (an expired ticket, a new mode) is no exposure's fault; null: it is permitted. */
function deniedFault(error: unknown, { home, temporary }: Task): Fault | null {
  const said = systemError(error);
  if (error instanceof Fault || said?.trouble !== 'denied') return null;
  try {
    for (const folder of [home.path, path.dirname(temporary)]) fs.accessSync(folder, fs.constants.W_OK);
    return null;
  } catch {
    const message = `${home.path}: the output folder may not be written: ${said.words} (${said.name}); check its permissions and the login to the share`;
    return new Fault('away', message, { cause: error });
  }
}

function wholeMicroseconds(times: StageTimes): StageTimes {
  return Object.fromEntries(Object.entries(times).map(([stage, micros]) => [stage, Math.round(micros)])) as StageTimes;
}
