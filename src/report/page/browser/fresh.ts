/** While a watch goes on its page stays fresh, and says so when the watch stopped. */

import { byId, element } from './elements.ts';

/** How often a watch makes its page again at most, and how long nobody must have touched it before it is loaded again, ms. */
const RENEWED = 30_000;
const QUIET = 60_000;

/** What loading it again and again may take of the time. */
const SHARE = 1 / 50;

/** How long, in the largest unit that tells it. */
const age = (seconds: number): string =>
  seconds < 5400
    ? `${Math.round(seconds / 60)} min`
    : seconds < 172_800
      ? `${Math.round(seconds / 3600)} h`
      : `${Math.round(seconds / 86_400)} days`;

/** A page that should have been made again long ago says so, on a screen and years later from a disk: its watch is dead. */
export function tellAge(made: number, staleAfter: number): void {
  const verdict = document.querySelector('.verdict')!;
  const line = verdict.querySelector('.line > span:last-child')!;
  const said = line.textContent!;
  const tell = (): void => {
    const seconds = (Date.now() - made) / 1000;
    if (seconds < staleAfter) return;
    verdict.className = 'verdict silent';
    line.textContent = `No word for ${age(seconds)}: the watch has died, or cannot write its report any more.`;
    let last = verdict.querySelector('.last');
    if (!last) {
      last = element(
        'p',
        `Start it again by the same command; nothing is lost. Its last word was: ${said.replace(', and it goes on', '')}`,
        'last',
      );
      verdict.querySelector('.line')!.after(last);
    }
  };
  tell();
  setInterval(tell, RENEWED);
}

/** On a screen in the control room the page of a watch stays fresh; whoever searches or reads is left alone. */
export function renew(): void {
  let touched = -QUIET;
  const touch = (): void => {
    touched = performance.now();
  };
  for (const kind of ['pointerdown', 'keydown', 'wheel']) addEventListener(kind, touch, { passive: true });
  const inUse = (): boolean =>
    performance.now() - touched < QUIET ||
    Boolean(byId<HTMLInputElement>('search')?.value) ||
    document.querySelector('tr.opened') !== null;
  setInterval(
    () => {
      if (!inUse()) location.reload();
    },
    Math.max(RENEWED, performance.now() / SHARE),
  );
}
