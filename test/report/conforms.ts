/** As much of JSON Schema as the published schemas use: where a value departs from its schema, as a list of sentences. */

type Schema = Record<string, unknown>;

export function departures(value: unknown, schema: Schema, at = '$'): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !(keyword in KEYWORDS) && !TOLD.includes(keyword));
  if (unknown.length > 0) return [`${at}: the schema uses ${unknown.join(', ')}, which is not checked here`];
  return Object.entries(KEYWORDS).flatMap(([keyword, check]) =>
    keyword in schema ? check(value, schema[keyword], at, schema) : [],
  );
}

/** Keywords that only describe. */
const TOLD = ['$schema', 'title', 'description', 'version'];

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;

const isRecord = (value: unknown): value is Record<string, unknown> => typeOf(value) === 'object';

const fitting = (value: unknown, schemas: unknown, at: string): number =>
  (schemas as Schema[]).filter((schema) => departures(value, schema, at).length === 0).length;

type Check = (value: unknown, keyword: unknown, at: string, schema: Schema) => string[];

const KEYWORDS: Record<string, Check> = {
  type: (value, types, at) => {
    const found = typeOf(value);
    const right = [types].flat().some((type) => type === found || (type === 'number' && found === 'integer'));
    return right ? [] : [`${at}: ${found}, expected ${types}`];
  },
  const: (value, only, at) => (value === only ? [] : [`${at}: ${value}, expected ${only}`]),
  enum: (value, all, at) => ((all as unknown[]).includes(value) ? [] : [`${at}: ${value}, expected one of ${all}`]),
  minimum: (value, least, at) => (typeof value === 'number' && value < (least as number) ? [`${at}: ${value}`] : []),
  pattern: (value, pattern, at) =>
    typeof value === 'string' && !new RegExp(pattern as string).test(value) ? [`${at}: ${value}`] : [],
  format: (value, _, at) =>
    typeof value === 'string' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)
      ? [`${at}: ${value} is no UTC time`]
      : [],
  items: (value, schema, at) =>
    Array.isArray(value) ? value.flatMap((item, n) => departures(item, schema as Schema, `${at}[${n}]`)) : [],
  required: (value, names, at) =>
    isRecord(value) ? (names as string[]).filter((name) => !(name in value)).map((name) => `${at}: no ${name}`) : [],
  properties: (value, properties, at) =>
    isRecord(value)
      ? Object.entries(properties as Record<string, Schema>).flatMap(([name, schema]) =>
          name in value ? departures(value[name], schema, `${at}.${name}`) : [],
        )
      : [],
  anyOf: (value, schemas, at) => (fitting(value, schemas, at) >= 1 ? [] : [`${at}: fits none of anyOf`]),
  oneOf: (value, schemas, at) => {
    const fits = fitting(value, schemas, at);
    return fits === 1 ? [] : [`${at}: fits ${fits} of oneOf: ${JSON.stringify(value)}`];
  },
  additionalProperties: (value, allowed, at, { properties = {} }) =>
    isRecord(value)
      ? Object.keys(value)
          .filter((name) => !(name in (properties as object)))
          .flatMap((name) =>
            allowed === false
              ? [`${at}: unexpected ${name}`]
              : departures(value[name], allowed as Schema, `${at}.${name}`),
          )
      : [],
};
