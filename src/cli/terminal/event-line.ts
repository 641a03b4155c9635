/** An event as one line of JSON. */

/** Nanoseconds do not fit into a JSON number and become a string of digits; numbers that are not finite become null. */
export const eventLine = (event: object): string =>
  JSON.stringify(event, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
