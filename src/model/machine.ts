/** What the times that are measured are measured on. */

import os from 'node:os';

/** Processor, cores, memory and system: "AMD EPYC 7B13, 2 cores, 24 GB, Linux 6.18.5". */
export function machine(): string {
  const model = os.cpus()[0]?.model.trim() || os.arch();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${model}, ${os.cpus().length} cores, ${memory} GB, ${os.type()} ${os.release()}`;
}
