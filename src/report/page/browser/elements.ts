/** Elements of the page, found and made. */

export const byId = <E extends HTMLElement = HTMLElement>(id: string): E | null =>
  document.getElementById(id) as E | null;

/** A new element; text is set as text, never as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  text = '',
  className = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

export const inPath = (file: string): string => file.split('/').map(encodeURIComponent).join('/');

export function link(text: string, to: string): HTMLAnchorElement {
  const made = element('a', text);
  // Seen from the page, also where the name looks like an address.
  made.href = to.startsWith('file://') ? to : `./${to}`;
  return made;
}
