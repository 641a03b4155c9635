/**
 * Messages about a file that was named on the command line. They come from where files are read, and advise what helps
 * with exposures that were found in folders; a file that somebody named cannot be left out with --exclude.
 */

const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/(found a folder, expected a file); .*$/, '$1; name the files in it'],
  [/(found a (?:pipe|socket|device), expected a file); .*$/, '$1; name another'],
  [/,? (?:or|if not) leave (?:it|others) out with --exclude(?: '[^']*')?/, ''],
  [/\? leave it out with --exclude(?: '[^']*')?/, '? name another file'],
  [/; leave (?:it|others) out with --exclude(?: '[^']*')?/, '; name another file'],
];

export const ofNamedFile = (message: string): string =>
  INSTEAD.reduce((text, [advice, instead]) => text.replace(advice, instead), message);
