/** What a run has to know of an exposure to choose its references: its header, read by the thread that will correct it. */

import { systemFault } from '../files/input-file.ts';
import { openExposure } from '../formats/index.ts';
import { crashFault } from '../model/crash.ts';
import type { Exposure } from '../model/exposure.ts';
import { Fault, failed, type Identity, type Job, type Outcome } from '../model/outcome.ts';

export interface Looked {
  readonly status: 'looked';
  readonly exposure: Exposure;
  readonly identity: Identity;
}

/** Opens an exposure and closes it. Never throws: what keeps it from being opened is its failure. */
export async function look(job: Job): Promise<Looked | Outcome> {
  try {
    const { file, source, close } = await openExposure(job.input);
    close();
    return { status: 'looked', exposure: source.exposure, identity: file.identity };
  } catch (error) {
    const said = systemFault(error, job.input);
    return failed(job, said instanceof Fault ? said : crashFault(error, job.input), null, null);
  }
}
