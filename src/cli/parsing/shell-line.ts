/** Words and command lines as a shell would take them again. */

export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

export const shellLine = (argv: readonly string[]): string => ['darkroom', ...argv.map(shellWord)].join(' ');
