/** What Linux counts of its own load since it started; nothing of it lies on a disk. Other systems cannot tell. */

import fs from 'node:fs';

/** Null where the system does not count it. */
export interface Counters {
  /** ms, monotonic. */
  readonly at: number;
  /** Microseconds in which some thread waited for a core, for a disk, for memory (pressure stall information). */
  readonly cpu: number | null;
  readonly io: number | null;
  readonly memory: number | null;
  /** Time of all cores in ticks: in all, at work, and taken by the host for other virtual machines. */
  readonly ticks: { readonly all: number; readonly busy: number; readonly steal: number } | null;
  /** Microseconds of processor time of this process. */
  readonly own: number;
}

/** `root`: where the counters lie; tests have their own. */
export function readCounters(root = '/proc'): Counters {
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now(),
    cpu: pressure(root, 'cpu'),
    io: pressure(root, 'io'),
    memory: pressure(root, 'memory'),
    ticks: ticks(root),
    own: user + system,
  };
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=12345` */
function pressure(root: string, of: string): number | null {
  const [, total] = /^some .*total=(\d+)/m.exec(text(`${root}/pressure/${of}`)) ?? [];
  return total === undefined ? null : Number(total);
}

/** `cpu  user nice system idle iowait irq softirq steal guest guest_nice`, see proc(5); user has guest in it. */
function ticks(root: string): Counters['ticks'] {
  const [, line] = /^cpu +(.*)$/m.exec(text(`${root}/stat`)) ?? [];
  if (line === undefined) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(' ')
    .map(Number);
  const busy = user + nice + system + irq + softirq;
  return { all: busy + idle + iowait + steal, busy, steal };
}

function text(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
