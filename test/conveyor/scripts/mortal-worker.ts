/**
 * The real worker, but it dies on demand: when a file beside the exposure says how, as often as the file has lines.
 * `exit` ends the thread, `heap` fills its heap until it is ended, `throw` is a bug.
 */

import fs from 'node:fs';
import type { Reply } from '../../../src/conveyor/worker.ts';
import work from '../../../src/conveyor/worker.ts';
import type { Task } from '../../../src/correct/task.ts';

export default async function mortal(task: Task): Promise<Reply> {
  const orders = `${task.job.input}.orders`;
  if (fs.existsSync(orders)) {
    const [order, ...rest] = fs.readFileSync(orders, 'utf8').trim().split('\n');
    fs.writeFileSync(orders, rest.join('\n'));
    if (order === 'exit') process.exit(9);
    if (order === 'throw') throw new TypeError('a bug');
    if (order === 'heap') fillHeap();
  }
  return await work(task);
}

function fillHeap(): never {
  for (const kept: number[][] = []; ; ) kept.push(new Array<number>(4e6).fill(0.5));
}
