/** How gzipped files are told, by their first bytes, and what their names say of what is in them. */

import path from 'node:path';

/** RFC 1952: the mark, and the only method there is. */
export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;

/** The name of what is in a gzipped file: `a.mrc` of `a.mrc.gz`. Other names are as they are, such as `a.gz`. */
export function nameInside(name: string): string {
  const inside = /\.gz$/i.test(name) ? name.slice(0, -'.gz'.length) : name;
  return path.extname(inside) === '' ? name : inside;
}

/** The extension of what is in a file by its name: lower case, with the dot. */
export const extensionInside = (name: string): string => path.extname(nameInside(name)).toLowerCase();
