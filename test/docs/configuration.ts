import { z } from "zod";
import { NEEDS } from "../../bin/config/needs.ts";
import { Configuration } from "../../bin/config/schema.ts";

/** What JSON Schema says of a field; only what the reference shows. */
interface Schema {
  type?: string | string[];
  enum?: unknown[];
  default?: unknown;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  const?: unknown;
}

interface Field {
  path: string;
  schema: Schema;
  required: boolean;
}

/** The configuration reference in Markdown, from the schema itself. */
export const configurationReference = (): string =>
  [
    "# Configuration",
    "",
    "The configuration is one YAML file: `mmp.yaml`, or the file that `--config` or `MMP_CONFIG` names. `mmp check` lists the mistakes in it. Relative paths start at the file's folder. This page is generated from the schema by `npm run docs`.",
    "",
    "`directory` has either `url` or `ldif`, and `routeStore` either `sqlite` or `dynamodb`. You choose each `<name>`: a store's is the `mailHost` that users have, an instance's is free.",
    "",
    "A file needs only the sections of the commands that use it:",
    "",
    "| Command | Sections |",
    "| --- | --- |",
    ...Object.entries(NEEDS).map(
      ([command, sections]) => `| \`${command}\` | ${sections.map((name) => `\`${name}\``).join(", ")} |`,
    ),
    "",
    "`mmp route-api` also reads `directory`, for pre-authentication.",
    "",
    ...fieldTable(Configuration),
    "",
  ].join("\n");

/** A table of a schema's fields in Markdown; `isShown` is asked by each field's path. */
export function fieldTable(of: z.ZodType, isShown: (path: string) => boolean = () => true): string[] {
  const schema = z.toJSONSchema(of, { io: "input", unrepresentable: "any" }) as Schema;
  const seen = new Set<string>();
  const rows = fields("", schema, true)
    .filter(({ path }) => isShown(path) && !seen.has(path) && seen.add(path))
    .map(
      ({ path, schema: field, required }) =>
        `| \`${path}\` | ${kind(field)} | ${defaultOf(field, required)} | ${cell(field.description ?? "")} |`,
    );
  return ["| Field | Type | Default | Description |", "| --- | --- | --- | --- |", ...rows];
}

function fields(path: string, schema: Schema, required: boolean): Field[] {
  if (schema.anyOf?.some(({ properties }) => properties !== undefined) === true) {
    return schema.anyOf.flatMap((one) => fields(path, one, required));
  }
  if (schema.properties !== undefined) {
    const names = Object.entries(schema.properties);
    return names.flatMap(([name, inner]) =>
      fields(path === "" ? name : `${path}.${name}`, inner, schema.required?.includes(name) === true),
    );
  }
  if (typeof schema.additionalProperties === "object") {
    return fields(`${path}.<name>`, schema.additionalProperties, required);
  }
  if (schema.items?.properties !== undefined) return fields(`${path}[]`, schema.items, required);
  return [{ path, schema, required }];
}

function kind({ type, enum: values, items, anyOf, const: only }: Schema): string {
  if (anyOf !== undefined) return anyOf.map(kind).join(" or ");
  if (only !== undefined) return `\`${only}\``;
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(", ");
  if (type === "array") return `list of ${items === undefined ? "any" : kind(items)}`;
  return String(type ?? "any");
}

const defaultOf = (schema: Schema, required: boolean): string => {
  if (schema.default !== undefined) return `\`${JSON.stringify(schema.default)}\``;
  return required ? "required" : "–";
};

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
