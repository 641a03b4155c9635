/** An event as one line of JSON. */

import { type Metadata, metadataJson } from '../../model/metadata.ts';

/** Nanoseconds do not fit into a JSON number and become a string of digits; numbers that are not finite become null; times of exposures are ISO 8601. */
export const eventLine = (event: object): string =>
  JSON.stringify(event, (key, value: unknown) => {
    if (key === 'metadata' && value) return metadataJson(value as Metadata);
    return typeof value === 'bigint' ? String(value) : value;
  });
