/** Takes the lock of the folder named and keeps it. */

import { takeLock } from '../../../src/journal/lock.ts';

takeLock(process.argv[2]!, 'darkroom watch raw --out corrected');
// Forgotten by this script on purpose: the garbage collector must not let it go.
global.gc?.();
process.send?.('ready');
setInterval(() => {}, 1000);
