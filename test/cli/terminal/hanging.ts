/** A process with a thread that hangs in the kernel: opening a pipe that nobody writes. For `signals.test.ts`. */

import { Worker } from 'node:worker_threads';
import { onSignals } from '../../../src/cli/terminal/signals.ts';

const hang = `
  const { parentPort, workerData } = require('node:worker_threads');
  parentPort.postMessage('');
  require('node:fs').openSync(workerData, 'r');
`;

const control = new AbortController();
onSignals(control, () => console.log(`aborted with ${control.signal.reason}`));
const worker = new Worker(hang, { eval: true, workerData: process.argv[2] });
worker.on('message', () => setTimeout(() => console.log('hanging'), 100));
