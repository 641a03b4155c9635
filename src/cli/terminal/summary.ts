/** How a run ends for people: what became of the exposures, where they are, what to do next, and where the report is. */

import fs from 'node:fs';
import path from 'node:path';

import type { ExitCode, RunEvent, Why } from '../../model/events.ts';
import { openPage } from './open-page.ts';
import { tell as print } from './streams.ts';

const NEXT: Partial<Record<ExitCode, string>> = {
  3: '; stopped early, the same command goes on',
  129: '; stopped, the same command goes on',
  130: '; stopped, the same command goes on',
  143: '; stopped, the same command goes on',
};

const WHY: Record<Why, string> = {
  failed: '; failed ones are tried again by the same command',
  expect: '; exit code 2: fewer exposures than expected (--expect)',
  camera: '; exit code 2 because of the camera (--strict-camera)',
};

type Finished = Extract<RunEvent, { event: 'finished' }>;

/** Nothing that a person has to look at. */
export const isWell = ({ exit, failed, suspect, camera }: Finished): boolean =>
  exit === 0 && failed === 0 && suspect === 0 && (camera === null || camera.warnings.length === 0);

export function summary(finished: Finished, out: string): string {
  const { done, skipped, failed, suspect, copied, ignored, exit, why } = finished;
  const byRule = [copied > 0 ? `${copied} copied` : '', ignored > 0 ? `${ignored} ignored` : ''];
  const next = why.map((each) => WHY[each]).join('') || (NEXT[exit] ?? '');
  if (done + failed === 0 && (exit === 0 || exit === 2)) {
    const also = byRule.filter((part) => part !== '').map((part) => `, ${part}`);
    return `nothing new: ${exposures(skipped)} done already in ${out}${also.join('')}${next}`;
  }
  const others = [
    skipped > 0 ? `${skipped} done already` : '',
    failed > 0 ? `${failed} failed` : '',
    suspect > 0 ? `${suspect} suspect` : '',
    ...byRule,
  ].filter((part) => part !== '');
  return `${[`${exposures(done)} corrected`, ...others].join(', ')}: ${out}${next}`;
}

const exposures = (count: number): string => (count === 1 ? '1 exposure' : `${count} exposures`);

/** The page of an output folder. */
export const pageOf = (out: string): string => path.join(out, 'report.html');

/** Says where the page is, and opens it on demand; no page: nothing was reported. */
export async function tellReport(out: string, { tell, open }: { tell: boolean; open: boolean }): Promise<void> {
  const page = pageOf(out);
  if (!fs.existsSync(page)) return;
  if (tell) print(`report: ${page}`, page);
  if (open) await openPage(page);
}
