/** A worker thread: holds the kernels on the shared memory, corrects one exposure per task. Only plain data crosses. */

import { workerData } from 'node:worker_threads';
import { correct } from '../correct/correct.ts';
import type { Recipe } from '../correct/recipe.ts';
import type { Lab, NeedsRoom, Task } from '../correct/task.ts';
import { instantiate } from '../kernels/kernels.ts';
import type { Outcome } from '../model/outcome.ts';

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

export default async function work(task: Task): Promise<Outcome | NeedsRoom> {
  // Other threads grow the memory. Who does so itself, be it by nothing, sees all of it: Node tells the others in its own
  // time, and not at all when they were just starting.
  lab.memory.grow(0);
  return await correct(task, lab);
}
