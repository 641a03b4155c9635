/** The tool's name and version, as outputs and reports carry them. */

import fs from 'node:fs';

const { version } = JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export const VERSION = version;
export const TOOL = `darkroom ${VERSION}`;
