import type { Plan, Sink } from './format.ts';
export function tiffSink(_fd: number, _plan: Plan): Sink {
  throw new Error('x');
}
