/** The tool's name and version and those of its libraries, as outputs, journal and reports carry them. */

import fs from 'node:fs';

const { version, dependencies } = JSON.parse(
  fs.readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as {
  version: string;
  dependencies: Record<string, string>;
};

export const VERSION = version;
export const TOOL = `darkroom ${VERSION}`;

/** Versions by name; each is pinned, so that it is the one that is installed. */
export const LIBRARIES: Readonly<Record<string, string>> = dependencies;
