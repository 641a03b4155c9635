/** Points in time as cameras and their programs write them. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d(?:\.\d+)?))?(?:\s*(?<half>[AP])\.?M\.?)?`;

/** Dates by how they are written; what follows is the time of day. */
const WRITTEN: readonly RegExp[] = [
  // SerialEM: 25-Sep-23, or 25-Sep-2023; also 25 Sep 2023.
  String.raw`(?<day>\d{1,2})[- ](?<name>[a-z]{3,9})[- ,]+(?<year>\d{4}|\d\d)[ T]+${CLOCK}`,
  // Tomography: 2023-Sep-25.
  String.raw`(?<year>\d{4})[- ](?<name>[a-z]{3,9})[- ](?<day>\d{1,2})[ T]+${CLOCK}`,
  // ctime: Mon Oct 21 14:36:50 2024.
  String.raw`(?:[a-z]{3,9},? +)?(?<name>[a-z]{3,9}) +(?<day>\d{1,2}),? +${CLOCK} +(?<year>\d{4})`,
  String.raw`(?<name>[a-z]{3,9}) +(?<day>\d{1,2}),? +(?<year>\d{4}),? +${CLOCK}`,
  // ISO 8601 and its likes; TIFF has colons. A zone may follow.
  String.raw`(?<year>\d{4})[-/:](?<month>\d{1,2})[-/:](?<day>\d{1,2})[ T]+${CLOCK}\s*(?<zone>Z|[+-]\d\d:?\d\d)?`,
  // The day before the month, or after it: only where the numbers themselves tell.
  String.raw`(?<first>\d{1,2})[-/.](?<then>\d{1,2})[-/.](?<year>\d{4})[ T,]+${CLOCK}`,
].map((written) => new RegExp(`^${written}$`, 'i'));

/**
 * Milliseconds since 1970; without a zone it is read in that of this machine. Undefined for what is no date of the
 * calendar, or may be two.
 */
export function timeIn(text: string): number | undefined {
  const said = text.trim();
  if (said.length > 64) return undefined;
  const parts = WRITTEN.map((written) => written.exec(said)?.groups).find((found) => found !== undefined);
  return parts && pointInTime(parts);
}

function pointInTime(parts: Record<string, string | undefined>): number | undefined {
  const number = (name: string): number => Number(parts[name] ?? 0);
  const date =
    parts.first === undefined ? [monthOf(parts), number('day')] : unambiguous(number('first'), number('then'));
  if (!date) return undefined;
  const [month, day] = date as [number, number];
  const year = parts.year!.length === 2 ? fullYear(number('year')) : number('year');
  const hour = parts.half ? (number('hour') % 12) + (/p/i.test(parts.half) ? 12 : 0) : number('hour');
  const [minute, second] = [number('minute'), number('second')];
  const ms = Math.round((second % 1) * 1000);
  const clock = [hour, minute, Math.floor(second), ms] as const;
  const utc = new Date(Date.UTC(year, month - 1, day, ...clock));
  // A calendar rolls the 31st of June over into July: that is no date.
  const real = utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!real) return undefined;
  if (parts.zone) return utc.getTime() - zoneMs(parts.zone);
  return new Date(year, month - 1, day, ...clock).getTime();
}

const monthOf = ({ name, month }: Record<string, string | undefined>): number =>
  name === undefined ? Number(month) : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;

/** Month and day. */
function unambiguous(first: number, then: number): [number, number] | null {
  if (first === then || then > 12) return [first, then];
  return first > 12 ? [then, first] : null;
}

/** The field's oldest files are of the last decades of the 20th century. */
const fullYear = (two: number): number => (two < 70 ? 2000 : 1900) + two;

function zoneMs(zone: string): number {
  if (/z/i.test(zone)) return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
