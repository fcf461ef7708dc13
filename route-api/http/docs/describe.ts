import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import * as changes from "../../contract/changes.ts";
import * as health from "../../contract/health.ts";
import * as preAuthentications from "../../contract/pre-authentications.ts";
import * as problems from "../../contract/problems.ts";
import * as routes from "../../contract/routes.ts";
import * as search from "../../contract/search.ts";
import * as syncStatus from "../../contract/sync-status.ts";
import { BEARER_SCHEME } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import type { Content, Description, Operation, Parameter, Schema } from "./description.ts";

type Definition = OpenAPIHono<ApiEnv>["openAPIRegistry"]["definitions"][number];
type RouteDefinition = Extract<Definition, { type: "route" }>["route"];
/** Ours are never references. */
type ResponseConfig = { description: string; content?: object };

/** Schemas of the contract are told under the names that it exports them by. */
const named = z.registry<{ id: string }>();
const names = new Map<unknown, string>();
for (const [id, value] of [changes, health, preAuthentications, problems, routes, search, syncStatus].flatMap(
  Object.entries,
)) {
  if (!(value instanceof z.ZodType)) continue;
  named.add(value, { id });
  names.set(value, id);
}

const refTo = (id: string): string => `#/components/schemas/${id}`;

/**
 * The OpenAPI 3.1 description of what `api` declares. zod writes the schemas itself, since those of 3.1 are JSON Schema:
 * requests as they may be sent, answers as they are given.
 */
export function describeApi(api: OpenAPIHono<ApiEnv>, info: Description["info"]): Description {
  const paths: Description["paths"] = {};
  const used = new Set<string>();
  for (const definition of api.openAPIRegistry.definitions) {
    if (definition.type !== "route") continue;
    const { path, method } = definition.route;
    const operation = describeOperation(definition.route);
    paths[path] = { ...paths[path], [method]: operation };
    for (const [, name = ""] of JSON.stringify(operation).matchAll(/schemas\/(\w+)/g)) used.add(name);
  }
  const scheme = {
    type: "http",
    scheme: "bearer",
    description: "A token of the configuration, or a signed one.",
  };
  return {
    openapi: "3.1.0",
    info,
    paths,
    components: { schemas: describeNamed(used), securitySchemes: { [BEARER_SCHEME]: scheme } },
  };
}

function describeOperation({ request, responses, ...rest }: RouteDefinition): Operation {
  const { summary, description, security } = rest;
  const body = request?.body;
  return {
    summary: summary ?? "",
    ...(description === undefined ? {} : { description }),
    ...(security === undefined ? {} : { security }),
    parameters: [
      ...parameters("path", request?.params),
      ...parameters("query", request?.query),
      ...parameters("header", request?.headers),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: contents(body.content) } }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => {
        const { description: text, content = {} } = response as ResponseConfig;
        return [status, { description: text, content: contents(content) }];
      }),
    ),
  };
}

function parameters(place: Parameter["in"], schema: unknown): Parameter[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const { properties = {} } = toSchema(schema);
  const required = new Set(toSchema(schema, "input").required);
  return Object.entries(properties).map(([name, inner]) => ({
    name,
    in: place,
    required: required.has(name),
    schema: inner,
  }));
}

/** By media type; a schema of the contract by its name. */
const contents = (content: object): Content =>
  Object.fromEntries(
    Object.entries(content).map(([type, { schema }]) => {
      const name = names.get(schema);
      return [type, { schema: name === undefined ? toSchema(schema) : { $ref: refTo(name) } }];
    }),
  );

/** The named schemas that are used, and those that they use. */
function describeNamed(used: ReadonlySet<string>): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(named, { uri: refTo, override: plain });
  const all: Record<string, Schema> = {};
  const add = (name: string): void => {
    if (name in all) return;
    const { $schema: _, $id: __, ...schema } = schemas[name] ?? {};
    all[name] = schema as Schema;
    for (const [, inner = ""] of JSON.stringify(schema).matchAll(/schemas\/(\w+)/g)) add(inner);
  };
  for (const name of [...used].sort()) add(name);
  return all;
}

function toSchema(schema: z.ZodType, io: "input" | "output" = "output"): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, override: plain });
  return rest as Schema;
}

/** Answers may gain fields, and that a number is a safe integer goes without saying. */
function plain({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}) {
  const isStrict = zodSchema instanceof z.ZodObject && zodSchema.def.catchall instanceof z.ZodNever;
  if (!isStrict) delete jsonSchema.additionalProperties;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
