import type { z } from "zod";
import type { Fault, Path } from "./mistakes.ts";
import { nearestName } from "./nearest-name.ts";
import { children, fieldsOf, variants } from "./schema-parts.ts";

type Issue = z.core.$ZodIssue;

/** Says zod's issue in plain words, once for each unknown key; `schema` is what the whole value was checked against. */
export function describeIssue(issue: Issue, schema: z.ZodType): Fault[] {
  const { path } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        text: unknownKey(key, (issue.input ?? {}) as object, schemasAt(schema, path)),
      }));
    case "invalid_union":
      return describeUnion(issue, schema);
    case "invalid_type":
      if (issue.input === undefined) return [{ path, text: "is missing" }];
      return [{ path, text: `must be ${kindName(issue.expected)}` }];
    case "invalid_key":
      return issue.issues.flatMap((inner) =>
        describeIssue({ ...inner, path: [...path, ...inner.path] } as Issue, schema),
      );
    case "invalid_value":
      return [{ path, text: `must be one of ${issue.values.map(String).join(", ")}` }];
    case "too_small":
      if (issue.origin === "array" || issue.origin === "string") return [{ path, text: tooShort(issue) }];
      return [
        { path, text: `must be ${issue.inclusive === true ? "at least" : "more than"} ${issue.minimum}` },
      ];
    case "too_big":
      if (issue.origin === "array") return [{ path, text: issue.message }];
      return [{ path, text: `must be at most ${issue.maximum}` }];
    default:
      return [{ path, text: issue.message }];
  }
}

function tooShort({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if (minimum === 1) return "must not be empty";
  return `must have at least ${minimum} ${origin === "array" ? "entries" : "characters"}`;
}

function describeUnion(issue: z.core.$ZodIssueInvalidUnion, schema: z.ZodType): Fault[] {
  const { path, errors } = issue;
  if (errors.length > 0 && errors.every(isOfOtherKind)) {
    const faults = errors.flat().flatMap((error) => describeIssue(error as Issue, schema));
    const kinds = new Set(faults.map(({ text }) => text.replace(/^must be /, "")));
    return [{ path, text: `must be ${[...kinds].join(" or ")}` }];
  }
  // The variant that fits best says best what is wrong.
  const [best] = [...errors].sort((a, b) => weight(a) - weight(b));
  if (best === undefined) return [{ path, text: issue.message }];
  return best.flatMap((inner) =>
    describeIssue({ ...inner, path: [...path, ...inner.path] } as Issue, schema),
  );
}

/** True if a variant of a union objects to the kind of value alone. */
const isOfOtherKind = (issues: readonly Issue[]): boolean =>
  issues.every(
    ({ code, path, input }) =>
      path.length === 0 && input !== undefined && (code === "invalid_type" || code === "invalid_value"),
  );

const KIND_NAMES: Readonly<Record<string, string>> = {
  object: "a map of settings",
  record: "a map of settings",
  array: "a list",
  int: "a whole number",
  boolean: "true or false",
};

const kindName = (type: string): string => KIND_NAMES[type] ?? `a ${type}`;

/** A variant with unknown or missing fields of its own fits worse than one with a wrong value further down. */
const weight = (issues: readonly Issue[]): number =>
  issues.reduce(
    (sum, { code, path }) => sum + (code === "unrecognized_keys" || path.length <= 1 ? 10 : 1),
    0,
  );

/** Why a key is refused: it belongs to another variant than the keys beside it, or to none. */
function unknownKey(key: string, input: object, schemas: readonly z.ZodType[]): string {
  const fields = schemas.map(fieldsOf);
  const having = fields.filter((names) => key in names);
  if (having.length > 0) {
    const rivals = Object.keys(input).filter((other) => !having.some((names) => other in names));
    if (rivals.length > 0) return `is not allowed beside ${rivals.join(" and ")}`;
    const [missing = []] = having.map((names) => required(names).filter((name) => !(name in input)));
    if (missing.length > 0) return `needs ${missing.join(", ")} beside it`;
  }
  const nearest = nearestName(key, fields.flatMap(Object.keys));
  return nearest === undefined ? "is not a known field" : `is not a known field; did you mean ${nearest}?`;
}

/** The fields that a value must have. */
const required = (fields: Readonly<Record<string, z.ZodType>>): string[] =>
  Object.keys(fields).filter((name) => fields[name]?.safeParse(undefined).success === false);

const schemasAt = (schema: z.ZodType, path: Path): z.ZodType[] =>
  path.reduce<z.ZodType[]>((schemas, key) => children(schemas, key), [schema]).flatMap(variants);
