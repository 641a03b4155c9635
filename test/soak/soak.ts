/**
 * A day beside a microscope in minutes: thousands of exposures saved in every way, and a watcher that is killed again and
 * again. In the end every whole exposure is corrected as a batch run does it, every bad one is named, nothing half-made is left.
 *
 *     npm run build && node dist/test/soak/soak.js [seconds, 600 unless given] [exposures a second, 12] [seed, 1]
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { noise } from '../../src/tools/simulate/noise.ts';
import { assertAsBatch, corrections, place, watching } from '../watch/watching.ts';

const CAMERA = fileURLToPath(new URL('./camera.js', import.meta.url));

const WATCH = ['--settle', '0.5', '--give-up', '4'];

export interface Soaked {
  readonly whole: number;
  readonly bad: number;
  readonly kills: number;
  /** Exposures corrected more than once, over the kills. */
  readonly again: number;
}

export async function soak(
  t: { after(clean: () => unknown): void },
  seconds: number,
  rate: number,
  seed: number,
): Promise<Soaked> {
  const at = place(t);
  const { uniform } = noise(seed, 301);
  const camera = spawn(process.execPath, [CAMERA, at.raw, String(seconds), String(rate), String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => camera.kill('SIGKILL'));
  let said = '';
  camera.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const saved = once(camera, 'close');
  let [kills, corrected] = [0, 0];
  while (camera.exitCode === null) {
    const watcher = watching(t, at, ...WATCH);
    await Promise.race([saved, sleep(1000 + uniform() * 12_000)]);
    await watcher.ended('SIGKILL');
    corrected += corrections(watcher.outcomes());
    kills++;
  }
  await saved;
  const last = watching(t, at, ...WATCH, '--until-idle', '3');
  const bad = (JSON.parse(said) as string[]).sort();
  assert.equal(await last.ended(), bad.length > 0 ? 2 : 0, last.said());
  corrected += corrections(last.outcomes());

  const report = JSON.parse(fs.readFileSync(path.join(at.out, 'report.json'), 'utf8')) as {
    exposures: { output: string; status: string }[];
  };
  const named = report.exposures.filter(({ status }) => status === 'failed').map(({ output }) => output);
  assert.deepEqual(named.sort(), bad, 'every bad one is named, and no other');
  const whole = assertAsBatch(at).length;
  return { whole, bad: bad.length, kills, again: corrected - whole };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seconds = '600', rate = '12', seed = '1'] = process.argv.slice(2);
  const cleaning: (() => unknown)[] = [];
  try {
    console.log(await soak({ after: (clean) => cleaning.push(clean) }, Number(seconds), Number(rate), Number(seed)));
  } finally {
    for (const clean of cleaning) clean();
  }
}
