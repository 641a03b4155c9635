/**
 * JSON Schemas that carry the type of what they describe, so that each is written once: `type Status = Of<typeof status>`.
 * All properties and lists are readonly. Only the small part of JSON Schema (2020-12) that our own files need.
 */

declare const describes: unique symbol;

export interface Schema<T> {
  readonly [describes]?: T;
}

/** The type that a schema describes. */
export type Of<S> = S extends Schema<infer T> ? T : never;

/** A schema that is written out, or made from a table, with the type that it is known to describe. */
export const schema = <T>(json: object): Schema<T> => json as Schema<T>;

export const text = schema<string>({ type: 'string' });
export const flag = schema<boolean>({ type: 'boolean' });
export const number = schema<number>({ type: 'number' });
/** From 0. */
export const amount = schema<number>({ type: 'number', minimum: 0 });
/** An integer from 0. */
export const whole = schema<number>({ type: 'integer', minimum: 0 });
/** ISO 8601, UTC. */
export const time = schema<string>({ type: 'string', format: 'date-time' });
/** Anything. */
export const json = schema<unknown>({});

export const constant = <const T>(value: T): Schema<T> => schema({ const: value });

export const oneOf = <const T extends readonly unknown[]>(values: T): Schema<T[number]> =>
  schema({ enum: [...values] });

export const anyOf = <T extends readonly Schema<unknown>[]>(...schemas: T): Schema<Of<T[number]>> =>
  schema({ anyOf: schemas });

export const list = <T>(items: Schema<T>): Schema<readonly T[]> => schema({ type: 'array', items });

/** Values by name. */
export const byName = <T>(values: Schema<T>): Schema<Readonly<Record<string, T>>> =>
  schema({ type: 'object', additionalProperties: values });

export function orNull<T>(of: Schema<T>): Schema<T | null> {
  const { type } = of as { type?: string };
  return schema(type === undefined ? { anyOf: [of, { type: 'null' }] } : { ...of, type: [type, 'null'] });
}

/** The same with a description, such as its unit. */
export const described = <T>(of: Schema<T>, description: string): Schema<T> => schema({ ...of, description });

type Properties = Readonly<Record<string, Schema<unknown>>>;

type Plain<T> = { readonly [Name in keyof T]: T[Name] };

/** An object with exactly these properties, and perhaps those of `optional`. */
export const record = <P extends Properties, O extends Properties = Record<never, never>>(
  properties: P,
  optional: O = {} as O,
): Schema<Plain<{ [Name in keyof P]: Of<P[Name]> } & { [Name in keyof O]?: Of<O[Name]> }>> =>
  schema({
    type: 'object',
    properties: { ...properties, ...optional },
    required: Object.keys(properties),
    additionalProperties: false,
  });

/** An object with the same kind of value under each of these names. */
export const each = <const Name extends string, T>(
  names: readonly Name[],
  of: Schema<T>,
): Schema<Readonly<Record<Name, T>>> =>
  schema({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, of])),
    required: [...names],
    additionalProperties: false,
  });
