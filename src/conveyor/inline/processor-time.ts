/** How long a thread has had a core: what other programs take of the computer is not in it. */

import fs from 'node:fs';

/** Linux: nanoseconds on a core, nanoseconds that it waited for one, how often it got one. */
const SCHEDULED = '/proc/thread-self/schedstat';

type ThreadUsage = () => { readonly user: number; readonly system: number };

/** Node 23.9 and newer. */
const usage = (process as { threadCpuUsage?: ThreadUsage }).threadCpuUsage;

/** ms so far, of the thread that asks; of the whole process, or by the wall, where the system does not tell. */
export function processorTime(): number {
  if (usage) {
    const { user, system } = usage.call(process);
    return (user + system) / 1000;
  }
  try {
    return Number(fs.readFileSync(SCHEDULED, 'latin1').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}
