/**
 * XML as a tree of elements by their local names. The parser knows no entities but those of XML itself, so that nothing
 * grows when it is read; it opens no other file.
 */

import { NotUnderstood } from './sidecar.ts';

export interface Element {
  /** Without its prefix: programs choose prefixes as they like. */
  readonly name: string;
  readonly children: readonly Element[];
  /** Of the element itself, without that of its children. */
  readonly text: string;
}

const MOST = { elements: 100_000, depth: 100 } as const;

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

interface Growing {
  readonly name: string;
  readonly children: Growing[];
  text: string;
}

/** The root element. @throws NotUnderstood for what is no XML, cut short, or too deep. */
export async function xmlTree(text: string): Promise<Element> {
  // Most exposures have no XML beside them, and should not wait for its parser to load.
  const { Parser } = await import('htmlparser2');
  const outside: Growing = { name: '', children: [], text: '' };
  const open: Growing[] = [outside];
  let elements = 0;
  const parser = new Parser(
    {
      onopentag(name) {
        if (++elements > MOST.elements || open.length > MOST.depth)
          throw new NotUnderstood(
            `has more than ${MOST.elements} elements, or more than ${MOST.depth} inside each other`,
          );
        const element = { name: local(name), children: [], text: '' };
        open.at(-1)!.children.push(element);
        open.push(element);
      },
      ontext(part) {
        open.at(-1)!.text += part;
      },
      onclosetag() {
        open.pop();
      },
    },
    { xmlMode: true },
  );
  parser.write(text);
  const whole = open.length === 1;
  parser.end();
  const root = outside.children[0];
  if (!root) throw new NotUnderstood('is no XML');
  if (!whole) throw new NotUnderstood('is cut short: an element is never closed');
  return root;
}

/** The first element at a path of local names below `from`. */
export function elementAt(from: Element | undefined, ...names: readonly string[]): Element | undefined {
  return names.reduce((at, name) => at?.children.find((child) => child.name === name), from);
}

/** The text there; undefined where there is none. */
export const textAt = (from: Element | undefined, ...names: readonly string[]): string | undefined =>
  elementAt(from, ...names)?.text.trim() || undefined;
