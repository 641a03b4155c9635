/** Figures as people read them. On the page each stands in a `<data>` element with its exact value. */

import { duration as inWords } from '../summary.ts';
import { html, type Markup } from './markup.ts';

/** 12345 as `12 345`, with narrow spaces that do not break. */
export const whole = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** Three digits that count: 0.123, 1.23, 12.3, 123, 1 234; beyond what is read 3.40e+38, and a dash for no number. */
export function digits(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '\u2013';
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(2);
  if (size >= 99.95) return whole(Math.round(value));
  if (size >= 9.995) return value.toFixed(1);
  if (size >= 0.9995 || size === 0) return value.toFixed(size === 0 ? 0 : 2);
  return value.toFixed(3);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in powers of 1000, as disks are sold. */
export function bytes(value: number): string {
  let amount = value;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${unit === 0 ? amount : digits(amount)} ${UNITS[unit]}`;
}

/** Seconds as in the summary, and `12.3 ms` below a tenth of one. */
export const duration = (seconds: number): string =>
  seconds > 0 && seconds < 0.0995 ? `${digits(seconds * 1000)} ms` : inWords(seconds);

/** 2026-03-01T18:20:00.000Z as `2026-03-01 18:20 UTC`. */
export const minute = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** The same on the page, where the script adds the reader's own time beside it. */
export const moment = (iso: string): Markup => html`<time datetime="${iso}">${minute(iso)}</time>`;

/** A figure of the report: `value` is the one in `report.json`, `text` what is read. */
export const figure = (value: number, text: string): Markup => html`<data value="${value}">${text}</data>`;

/** One exposure, two exposures. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${whole(count)} ${count === 1 ? one : many}`;

/** What a gap might have given: `1 exposure’s worth`, `48 exposures’ worth`. */
export const worth = (count: number): string => `${plural(count, 'exposure')}${count === 1 ? '’s' : '’'} worth`;
