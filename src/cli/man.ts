/** Writes the man page: `npm run man`, which is the last part of the build. */

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manPage } from './commands/help/man-page.ts';
import { topicsIn } from './commands/help/topics.ts';
import { COMMANDS } from './commands/index.ts';

const FOLDER = new URL('../../man/', import.meta.url);

fs.mkdirSync(FOLDER, { recursive: true });
fs.writeFileSync(fileURLToPath(new URL('darkroom.1', FOLDER)), manPage(topicsIn(), COMMANDS));
