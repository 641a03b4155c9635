/** The one door to YAML: recipes and lists of defects are read with the line of each value, and written. */

import { Refusal } from '../model/outcome.ts';

export interface Yaml {
  readonly content: unknown;
  /** The line on which a value stands, counted from 1; its parent's where it has none of its own. */
  lineOf(path: readonly (string | number)[]): number;
}

/**
 * JSON is YAML, and one parser finds keys that stand twice in either.
 * @throws Refusal with the line of what is wrong
 */
export async function parseYaml(file: string, text: string): Promise<Yaml> {
  // Most runs need none, and should not wait for it to load.
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [odd] = [...document.errors, ...document.warnings];
  if (odd) {
    const { line, col } = lines.linePos(odd.pos[0]);
    throw new Refusal(`${file}, line ${line}, column ${col}: ${odd.message.split('\n')[0]}`, { cause: odd });
  }
  let content: unknown;
  try {
    content = document.toJS();
    if (isEndless(content))
      throw new Refusal(`${file}: found an anchor that holds itself, expected plain values; write them out`);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // Aliases that multiply, or lead nowhere.
    throw new Refusal(`${file}: ${(error as Error).message}`, { cause: error });
  }
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true) as { range?: readonly number[] | null } | undefined;
      if (node?.range) return lines.linePos(node.range[0]!).line;
    }
    return 1;
  };
  return { content, lineOf };
}

/** Writes a value as one line of YAML. */
export async function yamlWriter(): Promise<(value: unknown) => string> {
  const { stringify } = await import('yaml');
  return (value) => stringify(value, { collectionStyle: 'flow', lineWidth: 0, blockQuote: false }).trim();
}

/** Whether a value holds itself somewhere, as an alias within its own anchor makes it. */
function isEndless(value: unknown, within = new Set<unknown>(), ended = new Set<unknown>()): boolean {
  if (typeof value !== 'object' || value === null || ended.has(value)) return false;
  if (within.has(value)) return true;
  within.add(value);
  const endless = Object.values(value).some((each) => isEndless(each, within, ended));
  within.delete(value);
  ended.add(value);
  return endless;
}
