/** Metadata of what is stated alone. */

import type { Metadata } from '../model/metadata.ts';

/** Without the fields that nobody states. */
export const stated = (fields: { readonly [Name in keyof Metadata]: Metadata[Name] | undefined }): Metadata =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
