/** The choice between day and night. */

import { byId } from './elements.ts';

const THEMES = ['auto', 'light', 'dark'];

export function theme(): void {
  const button = byId('theme')!;
  // Pages opened from a disk may have no storage: then the choice lasts as long as the page.
  const kept = (): string | null => {
    try {
      return localStorage.getItem('darkroom-theme');
    } catch {
      return null;
    }
  };
  let at = Math.max(0, THEMES.indexOf(kept() ?? 'auto'));
  const set = (): void => {
    const name = THEMES[at]!;
    if (name === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    button.textContent = `colours: ${name}`;
  };
  button.addEventListener('click', () => {
    at = (at + 1) % THEMES.length;
    set();
    try {
      localStorage.setItem('darkroom-theme', THEMES[at]!);
    } catch {
      // See above.
    }
  });
  button.hidden = false;
  set();
}
