/** The last line of a run: what became of the exposures, where they are, and what to do next. */

import type { ExitCode, RunEvent } from '../events.ts';

const NEXT: Partial<Record<ExitCode, string>> = {
  2: '; failed ones are tried again by the same command',
  3: '; stopped early, the same command goes on',
  129: '; stopped, the same command goes on',
  130: '; stopped, the same command goes on',
  143: '; stopped, the same command goes on',
};

export function summary(
  { done, skipped, failed, suspect, exit }: Extract<RunEvent, { event: 'finished' }>,
  out: string,
): string {
  const next = NEXT[exit] ?? '';
  if (done + failed === 0 && exit === 0) {
    return `nothing new: ${exposures(skipped)} done already in ${out}`;
  }
  const others = [
    skipped > 0 ? `${skipped} done already` : '',
    failed > 0 ? `${failed} failed` : '',
    suspect > 0 ? `${suspect} suspect` : '',
  ].filter((part) => part !== '');
  return `${[`${exposures(done)} corrected`, ...others].join(', ')}: ${out}${next}`;
}

const exposures = (count: number): string => (count === 1 ? '1 exposure' : `${count} exposures`);
