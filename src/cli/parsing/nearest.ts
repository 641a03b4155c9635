/** Which name was probably meant by a misspelt one. */

/** What other programs and people call our options and commands; the first that is among the names is meant. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  norm: ['gain', 'gainref', 'gainreference', 'gainfile', 'normfile', 'flatfield', 'g'],
  bright: ['flat', 'flatref', 'flatreference', 'brightref', 'white', 'open'],
  dark: ['background', 'darkref', 'darkreference', 'bias', 'pedestal', 'd'],
  defects: ['badpixels', 'badpixelmap', 'defectmap', 'defectfile', 'hotpixels', 'mask'],
  out: [
    'output',
    'outputfolder',
    'outputdir',
    'outputdirectory',
    'outdir',
    'outfolder',
    'dest',
    'destination',
    'to',
    'dir',
  ],
  threads: ['cores', 'cpus', 'jobs', 'workers', 'processes', 'parallel', 'j', 'nproc'],
  despikethreshold: ['sigma', 'threshold', 'nsigma', 'xraythreshold'],
  despike: ['xray', 'xrays', 'cosmics', 'outliers', 'zingers', 'removexrays'],
  exclude: ['ignore', 'skip', 'except'],
  include: ['pattern', 'glob', 'only', 'filter'],
  force: ['overwrite', 'redo', 'reprocess', 'f'],
  dryrun: ['n', 'pretend', 'simulate', 'test', 'noop', 'whatif'],
  type: ['dtype', 'datatype', 'pixeltype', 'bits', 'depth', 'mode'],
  recipe: ['config', 'configuration', 'settings', 'options', 'yaml', 'c'],
  journal: ['database', 'db', 'sqlite'],
  quiet: ['silent', 'nolog', 'noprogress'],
  settle: ['wait', 'delay'],
  poll: ['interval', 'every'],
  noflatfield: ['noreferences', 'nogain', 'nodark'],
  compression: ['compress', 'zip', 'lzw'],
  // Commands
  run: ['correct', 'process', 'batch', 'apply', 'start'],
  watch: ['monitor', 'daemon', 'follow', 'live', 'serve'],
  verify: ['check', 'validate', 'test'],
  info: ['header', 'show', 'stats', 'statistics', 'inspect', 'identify'],
  speed: ['benchmark', 'arena', 'time'],
  simulate: ['generate', 'demo', 'fake'],
  report: ['summary', 'html', 'trends', 'status'],
  reference: ['references', 'average', 'mean', 'makedark', 'makegain'],
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_\s]/g, '');

/** The one of `names` that goes by another name elsewhere. */
function synonym(word: string, names: readonly string[]): string | null {
  return (
    Object.entries(SYNONYMS).flatMap(([ours, others]) =>
      others.includes(plain(word)) ? names.filter((name) => plain(name) === ours) : [],
    )[0] ?? null
  );
}

/** The nearest of `names`, or null when none is near: a wrong guess is worse than none. */
export function nearest(word: string, names: readonly string[]): string | null {
  const meant = synonym(word, names);
  if (meant !== null) return meant;
  const ranked = names
    .map((name) => ({ name, far: distance(plain(word), plain(name)) }))
    .sort((one, other) => one.far - other.far);
  const [best] = ranked;
  if (best && best.far <= 1 + Math.floor(word.length / 4)) return best.name;
  const begun = names.filter((name) => plain(word).length >= 3 && plain(name).startsWith(plain(word)));
  return begun.length === 1 ? begun[0]! : null;
}

/** As the end of a sentence; empty when nothing is near. */
export function didYouMean(word: string, names: readonly string[]): string {
  const name = nearest(word, names);
  return name === null ? '' : `; did you mean ${name}?`;
}

/** Letters to insert, remove, change or swap with their neighbour (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[to.length]!;
}
