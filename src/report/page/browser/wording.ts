/** How the page's own script writes values: numbers, sizes, moments in UTC and in the reader's own time. */

import { element } from './elements.ts';

export type Value = string | number | null;

export interface Column {
  readonly name: string;
  readonly kind: 'text' | 'time' | 'whole' | 'number' | 'seconds' | 'bytes';
  readonly shown: boolean;
}

export const thin = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return thin(Math.round(value));
  return size >= 9.995 ? value.toFixed(1) : size >= 0.9995 ? value.toFixed(2) : size === 0 ? '0' : value.toFixed(3);
}

/** Control characters are shown as the symbol that Unicode has for each, or that of DEL. */
const CONTROL = /\p{Cc}/gu;

const SAY: Record<Column['kind'], (value: Value) => string> = {
  text: (value) =>
    String(value).replace(CONTROL, (control) =>
      String.fromCharCode(control < ' ' ? 0x2400 + control.charCodeAt(0) : 0x2421),
    ),
  time: (value) =>
    [String(value).slice(0, 19).replace('T', ' '), local(String(value), true)].filter(Boolean).join(' · '),
  whole: (value) => thin(value as number),
  number: (value) => digits(value as number),
  seconds: (value) =>
    (value as number) < 0.0995 ? `${digits((value as number) * 1000)} ms` : `${digits(value as number)} s`,
  bytes: (value) => `${thin(value as number)} B`,
};

/** A moment in the time of whoever reads: "19:20 local", with the day where that is another one; '' where it is UTC. */
function local(iso: string, seconds = false): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime()) || time.getTimezoneOffset() === 0) return '';
  const here = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString();
  const day = here.slice(0, 10) === new Date(iso).toISOString().slice(0, 10) ? '' : `${here.slice(0, 10)} `;
  return `${day}${here.slice(11, seconds ? 19 : 16)} local`;
}

/** Beside every moment of the page its own time; the script is run once. */
export function besideUtc(): void {
  for (const moment of document.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    const said = local(moment.dateTime);
    if (said) moment.append(' ', element('span', `(${said})`, 'local'));
  }
}

export const say = (column: Column, value: Value): string =>
  value === null || value === '' ? '–' : SAY[column.kind](value);
