/** A worker thread: holds the kernels on the shared memory, corrects one exposure per task. Only plain data crosses. */

import { workerData } from 'node:worker_threads';
import { type CopyTask, copyExposure } from '../correct/copy.ts';
import { correct } from '../correct/correct.ts';
import { type Looked, look } from '../correct/look.ts';
import type { Recipe } from '../correct/recipe.ts';
import type { Lab, NeedsRoom, Task } from '../correct/task.ts';
import { instantiate } from '../kernels/kernels.ts';
import type { Job, Outcome } from '../model/outcome.ts';

/** What every worker gets when it starts. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly recipe: Recipe;
  readonly bandBytes: number;
}

const start = workerData as WorkerStart;

const lab: Lab = {
  kernels: instantiate(start.module, start.memory),
  memory: start.memory,
  recipe: start.recipe,
  bandBytes: start.bandBytes,
};

/** What a thread may be asked for. */
export type Asked = Task | { readonly lookAt: Job } | { readonly copyOf: CopyTask };

export type Reply = Outcome | NeedsRoom | Looked;

export default async function work(task: Asked): Promise<Reply> {
  if ('lookAt' in task) return await look(task.lookAt, lab.recipe);
  if ('copyOf' in task) return await copyExposure(task.copyOf);
  // Other threads grow the memory. Who does so itself, be it by nothing, sees all of it: Node tells the others in its own
  // time, and not at all when they were just starting.
  lab.memory.grow(0);
  return await correct(task, lab);
}
