import type { Document, LineCounter, Node } from "yaml";
import { isMap, isNode, isScalar } from "yaml";
import type { z } from "zod";

/** A place in the configuration: keys and indexes from the top. */
export type Path = readonly PropertyKey[];

/** Something wrong in a configuration file. */
export interface Mistake {
  file: string;
  line?: number;
  column?: number;
  field: string;
  text: string;
  /** The instance in whose settings it is. */
  instance?: string | undefined;
}

/** `mmp.yaml:12:7 instances.main.listeners[0].port: must be …` */
export function formatMistake({ file, line, column, field, text }: Mistake): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return `${place}${field === "" ? ":" : ` ${field}:`} ${text}`;
}

/** `instances.main.listeners[0].port` */
export const fieldName = (path: Path): string =>
  path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? String(key) : `${name}.${String(key)}`;
  }, "");

/** Line and column of what a path names: its key where it has one, or the nearest thing around it that is there. */
export function placeOf(
  document: Document,
  lines: LineCounter,
  path: Path,
): { line: number; column: number } | Record<string, never> {
  for (let length = path.length; length > 0; length--) {
    const node = keyNode(document, path.slice(0, length));
    const start = node?.range?.[0];
    if (start === undefined) continue;
    const { line, col } = lines.linePos(start);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

function keyNode(document: Document, path: Path): Node | undefined {
  const key = path.at(-1);
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
    return pair !== undefined && isNode(pair.key) ? pair.key : undefined;
  }
  const node = document.getIn([...path], true);
  return isNode(node) ? node : undefined;
}

type Issue = z.core.$ZodIssue;

/** Says an issue of zod's in plain words, one for each unknown key; `schema` gives the keys that are known. */
export function describeIssue(issue: Issue, schema: z.ZodType): { path: Path; text: string }[] {
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = knownKeys(schema, issue.path);
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        text: `is not known${suggestion(key, known)}`,
      }));
    }
    case "invalid_union": {
      if (issue.errors.length > 0 && issue.errors.every(isOfOtherKind)) {
        const kinds = issue.errors.flatMap((errors) =>
          errors.flatMap((error) => describeIssue(error as Issue, schema)),
        );
        const said = new Set(kinds.map(({ text }) => text.replace(/^must be /, "")));
        return [{ path: issue.path, text: `must be ${[...said].join(" or ")}` }];
      }
      // The variant that fits best says best what is wrong.
      const [best] = [...issue.errors].sort((a, b) => weight(a) - weight(b));
      if (best === undefined) return [{ path: issue.path, text: issue.message }];
      return best.flatMap((inner) =>
        describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, schema),
      );
    }
    case "invalid_type":
      if (issue.input === undefined) return [{ path: issue.path, text: "is missing" }];
      return [{ path: issue.path, text: `must be ${article(issue.expected)}` }];
    case "invalid_value":
      return [{ path: issue.path, text: `must be one of ${issue.values.map(String).join(", ")}` }];
    case "too_small":
      if (issue.origin === "array" || issue.origin === "string")
        return [{ path: issue.path, text: "must not be empty" }];
      return [
        {
          path: issue.path,
          text: `must be ${issue.inclusive === true ? "at least" : "more than"} ${issue.minimum}`,
        },
      ];
    case "too_big":
      if (issue.origin === "array") return [{ path: issue.path, text: issue.message }];
      return [{ path: issue.path, text: `must be at most ${issue.maximum}` }];
    default:
      return [{ path: issue.path, text: issue.message }];
  }
}

/** True where a variant of a union has nothing against a value but its kind. */
const isOfOtherKind = (issues: readonly Issue[]): boolean =>
  issues.every(
    ({ code, path, input }) =>
      path.length === 0 && input !== undefined && (code === "invalid_type" || code === "invalid_value"),
  );

const article = (type: string): string =>
  ({ object: "a map of settings", array: "a list", int: "a whole number", record: "a map of settings" })[
    type
  ] ?? `a ${type}`;

/** A variant with unknown or missing top-level keys fits worse than one with a wrong value deep inside. */
const weight = (issues: readonly Issue[]): number =>
  issues.reduce(
    (sum, { code, path }) => sum + (code === "unrecognized_keys" || path.length <= 1 ? 10 : 1),
    0,
  );

function knownKeys(schema: z.ZodType, path: Path): string[] {
  let candidates: unknown[] = [schema];
  for (const key of path) candidates = candidates.flatMap((candidate) => children(candidate, key));
  return candidates.flatMap((candidate) => Object.keys(shapeOf(candidate) ?? {}));
}

interface Definition {
  type: string;
  shape?: Record<string, unknown>;
  options?: unknown[];
  innerType?: unknown;
  element?: unknown;
  valueType?: unknown;
}

const definition = (schema: unknown): Definition => (schema as { def: Definition }).def;

/** Takes defaults and optionals off, and unions apart. */
function variants(schema: unknown): unknown[] {
  const { innerType, options } = definition(schema);
  if (innerType !== undefined) return variants(innerType);
  return options === undefined ? [schema] : options.flatMap(variants);
}

const shapeOf = (schema: unknown): Record<string, unknown> | undefined =>
  Object.assign({}, ...variants(schema).map((variant) => definition(variant).shape ?? {}));

const children = (schema: unknown, key: PropertyKey): unknown[] =>
  variants(schema).flatMap((variant) => {
    const { shape, element, valueType } = definition(variant);
    return [shape?.[String(key)], element, valueType].filter((child) => child !== undefined);
  });

/** Typing errors that we still recognise: this many letters apart. */
const SUGGESTION_DISTANCE = 3;

function suggestion(key: string, known: string[]): string {
  const [nearest] = known
    .map((name) => ({ name, distance: distance(key.toLowerCase(), name.toLowerCase()) }))
    .filter((candidate) => candidate.distance <= SUGGESTION_DISTANCE)
    .sort((a, b) => a.distance - b.distance);
  return nearest === undefined ? "" : `; did you mean ${nearest.name}?`;
}

/** Levenshtein's distance between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
