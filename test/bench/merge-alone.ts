/** A process that does nothing but merge the shards of an output folder. */

import path from 'node:path';
import { mergeShards } from '../../src/journal/merging.ts';

const out = process.argv[2]!;
const unmerged = mergeShards(out, path.join(out, 'darkroom.sqlite'), 'bench');
for (const message of unmerged) console.error(message);
process.exitCode = unmerged.length;
