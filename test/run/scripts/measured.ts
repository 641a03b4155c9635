/** The command, with its largest resident memory (kB) as the last line of stderr. */

import fs from 'node:fs';
import { main } from '../../../src/cli/main.ts';

process.on('exit', () => fs.writeSync(2, `maxRSS ${process.resourceUsage().maxRSS}\n`));
await main(process.argv.slice(2));
