/** The other side of `hashing.ts`: gets paths, sends hashes. */

import { parentPort, workerData } from 'node:worker_threads';
import { sha256 } from '../files.ts';

parentPort!.postMessage((workerData as readonly string[]).map(sha256));
