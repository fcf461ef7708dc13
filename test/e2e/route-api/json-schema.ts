import fc from "fast-check";
import type { Schema } from "../../../route-api/http/docs/description.ts";

/** Schemas of a description by their names. */
export type Schemas = Record<string, Schema>;

/** Keywords that say nothing of what is valid. */
const REMARKS: ReadonlySet<string> = new Set(["default", "description", "format", "contentEncoding"]);

/** What is wrong with a value, place by place; a keyword that this does not know is an error. */
export function faultsOf(schemas: Schemas, schema: Schema, value: unknown, place = "$"): string[] {
  const { $ref, type, ...rest } = schema;
  if ($ref !== undefined) return faultsOf(schemas, named(schemas, $ref), value, place);
  if (type !== undefined && !isOf(type, value)) return [`${place} is no ${type}`];
  return Object.entries(rest).flatMap(([keyword, limit]) =>
    check(schemas, rest, keyword, limit, value).map((fault) => `${place}${fault}`),
  );
}

function check(schemas: Schemas, schema: Schema, keyword: string, limit: unknown, value: unknown): string[] {
  const no = (isWrong: boolean, text: string): string[] =>
    isWrong ? [` ${text} ${JSON.stringify(limit)}`] : [];
  const text = typeof value === "string" ? value : "";
  const list = Array.isArray(value) ? value : [];
  const fields = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  switch (keyword) {
    case "const":
      return no(value !== limit, "is not");
    case "enum":
      return no(!(limit as unknown[]).includes(value), "is none of");
    case "minLength":
      return no(text.length < (limit as number), "is shorter than");
    case "maxLength":
      return no(text.length > (limit as number), "is longer than");
    case "pattern":
      return no(!new RegExp(limit as string, "u").test(text), "does not match");
    case "minimum":
      return no((value as number) < (limit as number), "is less than");
    case "maximum":
      return no((value as number) > (limit as number), "is more than");
    case "minItems":
      return no(list.length < (limit as number), "has fewer items than");
    case "maxItems":
      return no(list.length > (limit as number), "has more items than");
    case "items":
      return list.flatMap((item, index) => faultsOf(schemas, limit as Schema, item, `[${index}]`));
    case "required":
      return (limit as string[]).filter((name) => !(name in fields)).map((name) => ` lacks ${name}`);
    case "properties":
      return Object.entries(limit as Schemas).flatMap(([name, inner]) =>
        name in fields ? faultsOf(schemas, inner, fields[name], `.${name}`) : [],
      );
    case "propertyNames":
      return Object.keys(fields).flatMap((name) => faultsOf(schemas, limit as Schema, name, ` name ${name}`));
    case "additionalProperties": {
      const extra = Object.keys(fields).filter((name) => !(name in (schema.properties ?? {})));
      if (typeof limit === "object")
        return extra.flatMap((name) => faultsOf(schemas, limit as Schema, fields[name], `.${name}`));
      return no(limit === false && extra.length > 0, `has ${extra}; additional properties are`);
    }
    case "anyOf":
    case "oneOf": {
      const fitting = (limit as Schema[]).filter((one) => faultsOf(schemas, one, value).length === 0);
      return no(keyword === "oneOf" ? fitting.length !== 1 : fitting.length === 0, "fits none of");
    }
    default:
      if (REMARKS.has(keyword)) return [];
      throw new Error(`the keyword ${keyword} is not known here`);
  }
}

function isOf(type: NonNullable<Schema["type"]>, value: unknown): boolean {
  switch (type) {
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      // What is left are names of JavaScript's types too.
      return typeof value === type;
  }
}

export const named = (schemas: Schemas, ref: string): Schema => {
  const schema = schemas[ref.replace("#/components/schemas/", "")];
  if (schema === undefined) throw new Error(`there is no ${ref}`);
  return schema;
};

/** Values that fit the schema; `depth` bounds how often a schema is found in itself. */
export function fitting(schemas: Schemas, schema: Schema, depth = 3): fc.Arbitrary<unknown> {
  const { $ref, type, anyOf, oneOf } = schema;
  if ($ref !== undefined) return fitting(schemas, named(schemas, $ref), depth - 1);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) {
    const flat = choices.filter((one) => !JSON.stringify(one).includes("$ref"));
    return fc.oneof(...(depth > 0 ? choices : flat).map((one) => fitting(schemas, one, depth)));
  }
  switch (type) {
    case "string":
      return text(schema);
    case "integer":
    case "number": {
      const { minimum: min = -1e6, maximum: max = 1e6 } = schema;
      return type === "integer" ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true });
    }
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(fitting(schemas, schema.items ?? {}, depth), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(3, schema.maxItems ?? 3),
      });
    case "object": {
      const { properties = {}, required = [] } = schema;
      const fields = Object.entries(properties).map(([name, inner]) => [
        name,
        fitting(schemas, inner, depth),
      ]);
      return fc.record(Object.fromEntries(fields), { requiredKeys: required as never[] });
    }
    default:
      return fc.jsonValue();
  }
}

const ofPatterns = new Map<string, fc.Arbitrary<string>>();

/** Texts of a pattern. To prepare them takes longer than to make many. */
function matching(pattern: string): fc.Arbitrary<string> {
  const known = ofPatterns.get(pattern);
  if (known !== undefined) return known;
  const made = fc.stringMatching(new RegExp(pattern, "u"), { size: "small" });
  ofPatterns.set(pattern, made);
  return made;
}

function text({ pattern, format, minLength = 0, maxLength = 300 }: Schema): fc.Arbitrary<string> {
  if (format === "base64") return fc.base64String({ maxLength: 400 });
  if (pattern !== undefined) return matching(pattern);
  const plain = matching("^[a-z0-9@.= \\-]*$");
  const any = fc.string({ unit: "binary", maxLength });
  const long = fc.constantFrom("a".repeat(maxLength), "å".repeat(maxLength));
  return fc.oneof(plain, any, long).filter(({ length }) => length >= minLength && length <= maxLength);
}

/** Values near those that fit, most of which do not: a field lost, of another type, too long, too much. */
export function misfitting(schemas: Schemas, schema: Schema): fc.Arbitrary<unknown> {
  const foreign = fc.oneof(
    fc.constantFrom(null, true, 7, -1.5, "", [], {}, "a".repeat(20_000)),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const spoilt = fc.tuple(fitting(schemas, schema), fc.nat(), foreign).chain(([value, n, other]) => {
    if (typeof value !== "object" || value === null) return fc.constant(other);
    const names = Object.keys(value);
    const name = names[n % Math.max(1, names.length)] ?? "none";
    const { [name]: _, ...without } = value as Record<string, unknown>;
    return fc.constantFrom<unknown>({ ...value, [name]: other }, without, { ...value, extra: other }, [
      value,
    ]);
  });
  return fc.oneof(foreign, spoilt);
}
