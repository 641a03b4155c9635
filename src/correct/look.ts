/** What a run has to know of an exposure to choose its references: its header, read by the thread that will correct it. */

import { faultOf } from '../files/input-file.ts';
import type { Choice } from '../formats/format.ts';
import { openExposure } from '../formats/index.ts';
import type { Exposure } from '../model/exposure.ts';
import { failed, type Identity, type Job, type Outcome } from '../model/outcome.ts';

export interface Looked {
  readonly status: 'looked';
  readonly exposure: Exposure;
  readonly identity: Identity;
}

/** Opens an exposure and closes it. Never throws: what keeps it from being opened is its failure. */
export async function look(job: Job, image: Choice): Promise<Looked | Outcome> {
  try {
    const { file, source, close } = await openExposure(job.input, 'exposure', image);
    close();
    return { status: 'looked', exposure: source.exposure, identity: file.identity };
  } catch (error) {
    return failed(job, faultOf(error, job.input), null, null);
  }
}
