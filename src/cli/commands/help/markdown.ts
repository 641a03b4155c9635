/** The one door to marked: Markdown as blocks. What they look like on a terminal and in a man page stands beside it. */

import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';

export type { Token, Tokens };
export type Block = MarkedToken;

export const blocksOf = (markdown: string): Block[] => lexer(markdown) as Block[];

/** How the parts of a sentence are set. Each gets the text as people read it. */
export interface Setting {
  readonly text: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly code: (text: string) => string;
}

const itself = (text: string): string => text;

/** As it is read, of titles that are set in one way. */
export const AS_READ: Setting = { text: itself, strong: itself, code: itself };

/** A sentence: what is inside a paragraph, a heading or a cell. */
export function sentence(tokens: readonly Token[] | undefined, setting: Setting): string {
  return (tokens ?? []).map((token) => part(token as Block, setting)).join('');
}

function part(token: Block, setting: Setting): string {
  switch (token.type) {
    case 'codespan':
      return setting.code(token.text);
    case 'strong':
    case 'em':
      return setting.strong(sentence(token.tokens, setting));
    case 'link':
      return linked(token, setting);
    case 'br':
      return ' ';
    case 'html':
      return token.text.startsWith('<!--') ? '' : setting.text(token.text);
    default:
      return 'tokens' in token && token.tokens
        ? sentence(token.tokens, setting)
        : setting.text('text' in token ? plainText(token.text) : '');
  }
}

/** marked leaves these in a sentence as they are written. */
const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&nbsp;': '\u00a0' };

const plainText = (text: string): string =>
  text.replaceAll('\n', ' ').replaceAll(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);

/** Links lead to other topics, to places in this one, or to the world. */
function linked({ href, text, tokens }: Tokens.Link, setting: Setting): string {
  const said = sentence(tokens, setting);
  const topic = /^(?:\.\/)?([\w-]+)\.md(?:#.*)?$/.exec(href)?.[1];
  if (topic !== undefined) return `${said} (${setting.code(`darkroom help ${topic}`)})`;
  return href.startsWith('#') || href === text ? said : `${said} (${setting.text(href)})`;
}
