/** A command line as a shell would take it again. */
export function shellLine(argv: readonly string[]): string {
  const quoted = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return ['darkroom', ...quoted].join(' ');
}
