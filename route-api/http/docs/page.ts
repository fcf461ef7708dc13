import { html, raw } from "hono/html";
import type { Description, Operation, Schema } from "./description.ts";

export const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid #8886; margin-top: 2rem; }
h2 code { font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8883; }
code { font-family: ui-monospace, monospace; font-size: .9rem; overflow-wrap: anywhere; }
`;

type Html = ReturnType<typeof html>;

/** The description as a self-contained HTML page. All text in it is escaped. */
export function docsPage({ info, paths, components }: Description): Html {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => showOperation(method, path, operation)),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) => showSchema(name, schema));
  // The Content-Security-Policy has the digest of exactly this style.
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${info.title}</title>
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <h1>${info.title}</h1>
        <p>${info.description} <a href="openapi.json">OpenAPI description</a></p>
        ${operations}
        <h1>Schemas</h1>
        ${schemas}
      </body>
    </html>`;
}

function showOperation(method: string, path: string, operation: Operation): Html {
  const { summary, description = "", parameters, requestBody, responses } = operation;
  const scopes = operation["x-scopes"] ?? [];
  const bodies = Object.entries(requestBody?.content ?? {});
  const inputs = [
    ...parameters.map(({ name, in: place, required, schema }) =>
      row(name, required ? `${place}, required` : place, kind(schema), ""),
    ),
    ...bodies.map(([type, { schema }]) => row("body", type, kind(schema), "")),
  ];
  const answers = Object.entries(responses).flatMap(([status, { description: text, content }]) =>
    Object.entries(content).map(([type, { schema }]) => row(status, type, kind(schema), text)),
  );
  return html`<section>
    <h2><code>${method.toUpperCase()} ${path}</code></h2>
    <p><b>${summary}.</b> ${description}</p>
    <p>${scopes.length === 0 ? "No token required." : `Requires one of the scopes ${scopes.join(", ")}.`}</p>
    ${inputs.length === 0 ? "" : html`<table>${inputs}</table>`}
    <h3>Responses</h3>
    <table>
      ${answers}
    </table>
  </section>`;
}

function showSchema(name: string, schema: Schema): Html {
  const { properties, required = [], description = "" } = schema;
  const fields = Object.entries(properties ?? {}).map(([field, inner]) =>
    row(field, required.includes(field) ? "required" : "", kind(inner), inner.description ?? ""),
  );
  return html`<section id="${name}">
    <h2><code>${name}</code></h2>
    <p>${description}</p>
    ${properties === undefined ? html`<p>${kind(schema)}</p>` : html`<table>${fields}</table>`}
  </section>`;
}

const row = (name: string, where: string, what: Html | string, text: string): Html =>
  html`<tr>
    <td><code>${name}</code></td>
    <td>${where}</td>
    <td>${what}</td>
    <td>${text}</td>
  </tr>`;

/** A short description of a schema. */
function kind(schema: Schema): Html | string {
  const { $ref, type, format, enum: values, properties, items, default: preset } = schema;
  const name = $ref?.split("/").at(-1);
  if (name !== undefined) return html`<a href="#${name}">${name}</a>`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return list(choices.map(kind), " or ");
  if (values !== undefined) return values.join(", ");
  if (schema.const !== undefined) return `"${schema.const}"`;
  if (items !== undefined) return html`list of ${kind(items)}`;
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(([field, inner]) => html`${field}: ${kind(inner)}`);
    return html`{ ${list(fields, ", ")} }`;
  }
  const range = [
    bound("at least", schema.minimum ?? schema.minLength),
    bound("at most", schema.maximum ?? schema.maxLength),
    bound("default", preset),
  ];
  return [format ?? type ?? "any", ...range].filter((part) => part !== "").join(", ");
}

const bound = (word: string, value: unknown): string =>
  value === undefined ? "" : `${word} ${String(value)}`;

const list = (items: (Html | string)[], separator: string): Html =>
  html`${items.map((item, index) => html`${index === 0 ? "" : separator}${item}`)}`;
