/** One case from its seed to its verdict, and a finding made as small as leaving out changes makes it. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Random } from './random.ts';
import { bytesOf, type Case, type Target, type Verdict } from './target.ts';

export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly wrong: string;
  /** The smallest file that shows it; null where the case never ended. */
  readonly bytes: Uint8Array | null;
}

/** Whatever the check leaves behind goes with its folder. */
export async function checkBytes(target: Target, bytes: Uint8Array): Promise<Verdict> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-fuzz-'));
  try {
    return await target.check(bytes, folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export async function runCase(target: Target, seed: number): Promise<Verdict & { readonly finding: Finding | null }> {
  const made = await target.make(new Random(seed));
  const verdict = await checkBytes(target, bytesOf(made));
  if (verdict.wrong === null) return { ...verdict, finding: null };
  const bytes = bytesOf(await smallest(target, made, kindOf(verdict.wrong)));
  return { ...verdict, finding: { target: target.name, seed, wrong: verdict.wrong, bytes } };
}

/** Findings that differ in numbers only are one. */
export const kindOf = (wrong: string): string => wrong.replace(/-?\d[\d.e+]*|NaN|Infinity|"[^"]*"/g, '#');

async function smallest(target: Target, made: Case, kind: string): Promise<Case> {
  for (const change of made.changes) {
    const less = { ...made, changes: made.changes.filter((each) => each !== change) };
    const { wrong } = await checkBytes(target, bytesOf(less));
    if (wrong !== null && kindOf(wrong) === kind) return smallest(target, less, kind);
  }
  return made;
}
