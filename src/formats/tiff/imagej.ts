/** What ImageJ says in an ImageDescription, line by line: `name=value`, the first of them `ImageJ=version`. */

/** The properties, or null where ImageJ did not write the text. */
export function imageJProperties(lines: readonly string[]): ReadonlyMap<string, string> | null {
  if (!lines[0]?.startsWith('ImageJ=')) return null;
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()]] : [];
    }),
  );
}

/** How many images ImageJ says there are; its `images` alone is not reliable. */
export function imageJImages(properties: ReadonlyMap<string, string>): number {
  const count = (name: string): number => Number(properties.get(name) ?? 1) || 1;
  return Math.max(count('images'), count('channels') * count('slices') * count('frames'));
}

/** Whether stored values are turned into others by a formula before they are shown. */
const isCalibrated = (properties: ReadonlyMap<string, string>): boolean => properties.has('c0');

/** ImageJ keeps signed 16-bit counts as unsigned ones, 32 768 higher, and says so by the formula `value - 32768`. */
export function saysSigned(properties: ReadonlyMap<string, string>): boolean {
  const number = (name: string, fallback: number): number => Number(properties.get(name) ?? fallback);
  return isCalibrated(properties) && number('cf', 0) === 0 && number('c0', 0) === -32_768 && number('c1', 1) === 1;
}

/** A note about a formula that is not applied. */
export function calibrationNote(properties: ReadonlyMap<string, string>): string[] {
  if (!isCalibrated(properties) || saysSigned(properties)) return [];
  return ['ImageJ shows these counts through a calibration (c0, c1): it is not applied, counts are taken as stored'];
}

/** The text without the formula that `saysSigned` found: an output says by its type that it is signed. */
export const withoutFormula = (text: string): string => text.replace(/^(cf|c\d+|vunit|zeroclip)=.*\r?\n?/gm, '');
