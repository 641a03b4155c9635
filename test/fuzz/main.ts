/**
 * `npm run fuzz -- --minutes N [--seed S] [--format NAME ...] [--out FOLDER]`: mutates files of every format, and command
 * lines, until the time is over. `--case S --format NAME` does one case again, `--file F --format NAME` a saved one.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';
import { checkBytes, type Finding, runCase } from './cases.ts';
import { TARGETS } from './targets.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    format: { type: 'string', multiple: true },
    out: { type: 'string' },
    workers: { type: 'string', default: '2' },
    case: { type: 'string' },
    file: { type: 'string' },
  },
});

const names = values.format ?? TARGETS.map(({ name }) => name);
const targets = names.map((name) => {
  const target = TARGETS.find((each) => each.name === name);
  if (!target) fail(`--format: found ${name}, expected ${TARGETS.map((each) => each.name).join(', ')}`);
  return target;
});

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function numberOf(name: 'minutes' | 'seed' | 'workers' | 'case', text: string): number {
  const number = Number(text);
  if (!(number >= 0) || text.trim() === '') fail(`--${name}: found ${text}, expected a number`);
  return number;
}

if (values.case !== undefined || values.file !== undefined) {
  if (targets.length !== 1) fail('--case and --file need one --format');
  const [target] = targets;
  const { wrong, accepted } =
    values.file === undefined
      ? await runCase(target!, numberOf('case', values.case!))
      : await checkBytes(target!, Uint8Array.from(fs.readFileSync(values.file)));
  console.log(wrong ?? (accepted ? 'accepted, nothing wrong' : 'refused, nothing wrong'));
  process.exit(wrong === null ? 0 : 2);
}

const seed = values.seed === undefined ? Date.now() % 2 ** 31 : numberOf('seed', values.seed);
const minutes = numberOf('minutes', values.minutes);
const out = values.out ?? fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-findings-'));
fs.mkdirSync(out, { recursive: true });
console.log(`seed ${seed}, ${minutes} min, findings go to ${out}`);

const until = performance.now() + minutes * 60_000;
let findings = 0;
const counts = await campaign({
  targets: names,
  seed,
  workers: Math.max(1, numberOf('workers', values.workers)),
  more: () => performance.now() < until,
  found(finding) {
    findings++;
    console.log(`FOUND ${finding.target}: ${finding.wrong}\n  ${saved(finding)}`);
    console.log(`  again: npm run fuzz -- --format ${finding.target} --case ${finding.seed}`);
  },
});

function saved({ target, seed: made, bytes }: Finding): string {
  if (bytes === null) return 'no file was saved: the case did not end';
  const file = path.join(out, `${target}-${made}${TARGETS.find(({ name }) => name === target)!.extension}`);
  fs.writeFileSync(file, bytes);
  return file;
}

const pad = (text: string | number): string => String(text).padStart(10);
console.log(`\n${'format'.padEnd(12)}${['cases', 'accepted', 'compared', 'findings', 'slowest'].map(pad).join('')}`);
for (const [name, { cases, accepted, compared, findings: wrong, ms }] of counts)
  console.log(name.padEnd(12) + [cases, accepted, compared, wrong, `${Math.round(ms)} ms`].map(pad).join(''));
console.log(`${findings} kinds of findings`);
process.exitCode = findings > 0 ? 2 : 0;
