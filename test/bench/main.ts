/**
 * `npm run bench`: makes what it needs in a temporary folder, measures, prints one table, deletes the folder.
 *
 *   npm run bench                    everything
 *   npm run bench -- run read        some sections
 *   npm run bench -- --quick         small pictures: whether it works, not how fast
 *   DARKROOM_BENCH_DIR=/data npm run bench
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cameras } from './cameras.ts';
import { despike } from './despiking.ts';
import { givenBack } from './given-back.ts';
import { sizes, stages, whole } from './kernels.ts';
import { pack } from './packing.ts';
import { read } from './reading.ts';
import { done, memory, run, scaling, start, write } from './runs.ts';
import { shards } from './shards.ts';
import type { Section, Stage } from './stage.ts';
import { markdown, type Row } from './table.ts';
import { watch } from './watching.ts';

const SECTIONS: readonly Section[] = [
  whole,
  stages,
  sizes,
  despike,
  run,
  scaling,
  start,
  memory,
  read,
  pack,
  cameras,
  done,
  shards,
  watch,
  write,
  givenBack,
];

const QUICK = '--quick';
const words = process.argv.slice(2);
const unknown = words.find((word) => word !== QUICK && !SECTIONS.some(({ name }) => name === word));
if (unknown !== undefined) {
  console.error(`there is no section ${unknown}; there are`);
  for (const { name, describe } of SECTIONS) console.error(`  ${name.padEnd(8)} ${describe}`);
  process.exit(1);
}
const chosen = SECTIONS.filter(({ name }) => words.includes(name));
await bench(chosen.length > 0 ? chosen : SECTIONS, words.includes(QUICK));

async function bench(sections: readonly Section[], quick: boolean): Promise<void> {
  const folder = fs.mkdtempSync(path.join(process.env.DARKROOM_BENCH_DIR ?? os.tmpdir(), 'darkroom-bench-'));
  const remove = (): void => fs.rmSync(folder, { recursive: true, force: true });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      remove();
      process.exit(code);
    });
  }
  const note = (line: string): void => console.error(line);
  const stage: Stage = { folder, quick, pairs: quick ? 2 : 5, yardsticks: {}, note };
  const rows: Row[] = [];
  try {
    for (const { name, describe, run: measure } of sections) {
      note(`${name}: ${describe}`);
      rows.push(...(await measure(stage)));
    }
  } finally {
    remove();
  }
  console.log(`${machine(folder)}${quick ? ', --quick: small pictures, no figures to show' : ''}\n`);
  console.log(markdown(rows, stage.yardsticks));
}

/** "2026-01-31, AMD EPYC 7B13, 2 cores, 24 GB, Linux 6.1, Node v20.20.2, in /tmp". */
function machine(folder: string): string {
  const model = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  return [
    new Date().toISOString().slice(0, 10),
    model,
    `${os.availableParallelism()} cores`,
    `${Math.round(os.totalmem() / 2 ** 30)} GB`,
    `${os.type()} ${os.release()}`,
    `Node ${process.version}`,
    `files in ${path.dirname(folder)}`,
  ].join(', ');
}
