/** Which shard a run is: as `--shard` says, or, in a task of a Slurm array, as Slurm says. */

import { MOST_SHARDS, type Shard } from '../../model/shard.ts';
import { Misuse } from './misuse.ts';
import type { Given } from './values.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Null: all exposures are its own. */
export function shardFrom({ shard }: Given, environment: Environment): Shard | null {
  const array = environment.SLURM_ARRAY_JOB_ID || null;
  if (shard === undefined) return shardOfTask(environment, array);
  const [index, of] = String(shard).split('/').map(Number) as [number, number];
  return of === 1 ? null : { index, of, array, assumed: false };
}

/**
 * The shard of a task in an array that begins at 0 or 1 and has no gaps. Any other array may be the rest of a larger one
 * that is submitted again, `--array=5,7`: then nobody can tell how many shards there are.
 */
function shardOfTask(environment: Environment, array: string | null): Shard | null {
  const { SLURM_ARRAY_TASK_ID: id } = environment;
  if (id === undefined || id === '') return null;
  const number = (name: string): number => Number(environment[`SLURM_ARRAY_TASK_${name}`] ?? Number.NaN);
  const [task, first, last, of] = [Number(id), number('MIN'), number('MAX'), number('COUNT')];
  const step = Number(environment.SLURM_ARRAY_TASK_STEP ?? 1);
  const index = (task - first) / step + 1;
  const whole = (first === 0 || first === 1) && (last - first) / step + 1 === of && Number.isInteger(index);
  if (!whole || index < 1 || index > of || of > MOST_SHARDS)
    throw new Misuse(
      `found task ${id} of a Slurm array of ${of} tasks from ${first} to ${last}, expected an array such as 1-8, from 0 or 1 without gaps; say with --shard i/n which part of the exposures this is, or --shard 1/1 for all of them`,
      'run',
    );
  return of === 1 ? null : { index, of, array, assumed: true };
}
