/** An exposure that a rule of the recipe copies: byte for byte, whole or not at all, and over nothing that is not ours. */

import fs from 'node:fs';
import path from 'node:path';
import { changeOf, faultOf, type OpenFile, openRegular, readFully } from '../files/input-file.ts';
import { Fault, failed, type Job, type Look, lookOf, type Outcome, sameLook } from '../model/outcome.ts';
import { type Home, permitOutput } from './output-place.ts';
import { withOutput } from './publish.ts';

export interface CopyTask {
  readonly job: Job;
  readonly temporary: string;
  readonly final: string;
  readonly home: Home;
  readonly look?: Look;
}

const PIECE_BYTES = 4 << 20;

/** File systems keep times to two seconds at worst, ms. */
const COARSEST = 2000;

/** Never throws. A copy that is there already is left alone. */
export async function copyExposure(task: CopyTask): Promise<Outcome> {
  const { job } = task;
  let raw: OpenFile | null = null;
  try {
    raw = openRegular(job.input);
    if (task.look && !sameLook(task.look, lookOf(raw.identity))) throw new Fault('changed', changed(job.input));
    if (isCopy(raw, task.final)) return { status: 'skipped', ...job, reason: 'copied before', rule: 'copied' };
    // A copy carries no mark of ours: over one of another raw file nothing is written, only over what was corrected before.
    const permit = await permitOutput({ ...task, final: path.resolve(task.final) }, raw);
    return await withOutput(task, { permit, bytes: raw.size }, async (output, publish) => {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, raw!.size));
      for (let at = 0; at < raw!.size; at += piece.length) {
        const part = piece.subarray(0, Math.min(piece.length, raw!.size - at));
        readFully(raw!, part, at);
        await output.writeAside(part, at);
      }
      if (changeOf(raw!) !== 'none') throw new Fault('changed', changed(job.input));
      // By its time the next run knows it again, and so does whoever sorts by time.
      output.setTime(raw!.identity.mtimeNs);
      publish();
      return { status: 'skipped', ...job, reason: 'copied, as a rule says', rule: 'copied' } as const;
    });
  } catch (error) {
    return failed(job, faultOf(error, job.input), raw?.identity ?? null, null);
  } finally {
    if (raw) fs.closeSync(raw.fd);
  }
}

const changed = (file: string): string => `${file}: it changed while it was copied; run again when it is written`;

/** Size and time are those of the raw file, which only a copy has. */
function isCopy(raw: OpenFile, final: string): boolean {
  const there = fs.lstatSync(final, { bigint: true, throwIfNoEntry: false });
  if (!there?.isFile() || Number(there.size) !== raw.size) return false;
  // A link to the raw file is no copy.
  const { ino, dev } = fs.fstatSync(raw.fd, { bigint: true });
  if (there.ino === ino && there.dev === dev) return false;
  return Math.abs(Number(there.mtimeNs - raw.identity.mtimeNs)) < COARSEST * 1e6;
}
