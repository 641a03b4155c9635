/** What a walk leaves out though somebody may expect it: links to folders, and output folders of darkroom. */

/** Of each kind so many are told by name. */
const TOLD = 3;

type Kind = 'link' | 'output';

const SAYS: Record<Kind, { one: string; more: string }> = {
  link: {
    one: 'is a link to a folder, which is not followed; name the folder that it leads to',
    more: 'more links to folders are not followed either',
  },
  output: {
    one: 'is left out: an output folder of darkroom (it holds .darkroom); to correct again what is in it give --allow-corrected',
    more: 'more output folders of darkroom are left out as well',
  },
};

export class Asides {
  readonly #seen: Record<Kind, Set<string>> = { link: new Set(), output: new Set() };

  /** What is to be said of a folder that is left out: the first few by name, then that there are more, then nothing. */
  note(kind: Kind, folder: string): string | null {
    const seen = this.#seen[kind];
    if (seen.has(folder)) return null;
    seen.add(folder);
    if (seen.size <= TOLD) return `${folder}: ${SAYS[kind].one}`;
    return seen.size === TOLD + 1 ? `${folder}: ${SAYS[kind].more}` : null;
  }
}
