import { randomBytes } from "node:crypto";
import type { Finding, Place } from "./finding.ts";

/** A file beside mmp.yaml. */
export interface ExtraFile {
  content: string | Uint8Array;
  secret: boolean;
}

/** What an import has gathered so far; nothing is written before all of it is valid. */
export interface Draft {
  /** What was imported, for the first line of the report. */
  source: string;
  configuration: Record<string, unknown>;
  /** Comments of mmp.yaml, by the field that they stand above. */
  comments: Map<string, string>;
  /** By path within the folder. */
  files: Map<string, ExtraFile>;
  findings: Finding[];
  /** Values that the old configuration does not give. */
  assumed: string[];
  /** What the operator must do before the configuration runs. */
  todos: string[];
  /** The line that each field came from. */
  origins: Map<string, Place>;
}

const TOKEN_BYTES = 32;

/** A draft with a route store, and a route API with a new token. */
export function createDraft(source: string): Draft {
  return {
    source,
    configuration: {
      routeStore: { sqlite: "./routes.db" },
      directory: {},
      routeApi: {
        listen: "127.0.0.1:8080",
        url: "http://127.0.0.1:8080",
        tokenFile: "./secrets/edge-token",
      },
      stores: {},
      instances: {},
    },
    comments: new Map(),
    files: new Map([
      [
        "secrets/edge-token",
        { content: `${randomBytes(TOKEN_BYTES).toString("base64url")}\n`, secret: true },
      ],
    ]),
    findings: [],
    assumed: [],
    todos: [],
    origins: new Map(),
  };
}

/**
 * Sets a field such as `instances.imap.banner` unless it has a value already; `differs` if that is another one.
 *
 * @example put(draft, "directory.base", "o=internet")
 */
export function put(draft: Draft, field: string, value: unknown, origin?: Place): "set" | "same" | "differs" {
  const keys = field.split(".");
  const last = keys.pop() ?? "";
  let parent = draft.configuration;
  for (const key of keys) {
    parent[key] ??= {};
    parent = parent[key] as Record<string, unknown>;
  }
  if (last in parent) return JSON.stringify(parent[last]) === JSON.stringify(value) ? "same" : "differs";
  parent[last] = value;
  if (origin !== undefined) draft.origins.set(field, origin);
  return "set";
}

/** Adds values to the list of a field, each once. */
export function addTo(draft: Draft, field: string, values: readonly string[]): void {
  const list = valueAt(draft, field) as string[] | undefined;
  if (list === undefined) put(draft, field, [...values]);
  else list.push(...values.filter((value) => !list.includes(value)));
}

/** The value of a field, or undefined. */
export const valueAt = (draft: Draft, field: string): unknown =>
  field
    .split(".")
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      draft.configuration,
    );

/** Puts a secret into a file of its own; returns the path for mmp.yaml. */
export function secretFile(draft: Draft, name: string, text: string): string {
  const path = `secrets/${name}`;
  draft.files.set(path, { content: `${text}\n`, secret: true });
  if (!/^[\x20-\x7e]+$/.test(text)) {
    draft.todos.push(`Change the password in ${path}; it must be one line of printable ASCII characters.`);
  }
  return `./${path}`;
}

/** Adds a task unless it is there already, for two services often need the same. */
export function todo(draft: Draft, text: string): void {
  if (!draft.todos.includes(text)) draft.todos.push(text);
}

/** Notes once that a value was assumed. */
export function assume(draft: Draft, text: string): void {
  if (!draft.assumed.includes(text)) draft.assumed.push(text);
}
