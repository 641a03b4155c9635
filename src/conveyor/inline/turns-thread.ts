/** The thread that times Leginon's corrections: what it has found so far goes to whoever started it, and ends it in time. */

import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { inTurns, type TurnsAsked } from './turns.ts';

const { image, background } = workerData as TurnsAsked;

/** On Linux a thread has a priority of its own; elsewhere this would be that of the whole program. */
const BACKGROUND_NICE = 10;
if (background && process.platform === 'linux') os.setPriority(BACKGROUND_NICE);

for (const found of inTurns(image)) parentPort!.postMessage(found);
