import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { namedFiles, watchedFiles } from "../../../../bin/config/paths.ts";
import { Configuration } from "../../../../bin/config/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-paths-"));
const at = (name: string): string => join(folder, name);

test.each([
  [
    "a whole configuration",
    'routeStore: { sqlite: r.db }\ndirectory: { ldif: u.ldif }\nstores: { "*": { caFile: ca } }\ninstances: { a: { preAuthLogFile: l, tls: { certificates: [{ certFile: /c, keyFile: k }] } } }',
    [at("ca"), "/c", at("k")],
  ],
  ["tokens", "routeApi: { tokenFile: t, tokens: [{ name: a, file: u }, 3] }", [at("t"), at("u")]],
  ["one with mistakes", "instances: { a: { nonsense: 1, tls: { certmapFile: m } } }", [at("m")]],
  ["a field that only sounds like a path", "instances: { a: { otherFile: m } }", []],
  ["one that is no map", "[1, 2]", []],
  ["one that is no YAML", "a: [", []],
])("watches the files that hold settings: %s", (_what, text, expected) => {
  writeFileSync(at("mmp.yaml"), text);
  expect(watchedFiles(at("mmp.yaml"))).toEqual([at("mmp.yaml"), ...expected]);
});

test("watches the certmaps that a virtual domain file names", () => {
  writeFileSync(at("vdmap"), "vdmap acme 10.0.0.1\nacme:CertMap acme.conf\nacme:ClientCAFile acme.pem\n");
  writeFileSync(at("mmp.yaml"), "instances: { a: { virtualDomainFile: vdmap } }");
  expect(watchedFiles(at("mmp.yaml"))).toEqual([
    at("mmp.yaml"),
    at("vdmap"),
    at("acme.conf"),
    at("acme.pem"),
  ]);
});

test("watches an absent configuration, and nothing else", () => {
  expect(watchedFiles(at("none.yaml"))).toEqual([at("none.yaml")]);
});

test("knows the field and the use of each file", () => {
  const value = {
    routeStore: { sqlite: "r" },
    directory: { ldif: "l" },
    instances: { a: { tls: { certificates: [{ keyFile: "k" }] } } },
  };
  expect(namedFiles(Configuration, value)).toEqual([
    { path: ["routeStore", "sqlite"], file: "r", use: "output" },
    { path: ["directory", "ldif"], file: "l", use: "data" },
    { path: ["instances", "a", "tls", "certificates", 0, "keyFile"], file: "k", use: "secret" },
  ]);
});

/** Fields whose names sound like paths, as the JSON Schema has them. */
function fieldsLikePaths(schema: z.core.JSONSchema.BaseSchema, path = ""): string[] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  return [
    ...Object.entries(properties).flatMap(([name, inner]) => [
      ...(/^(file|ldif|sqlite)$|File$/.test(name) ? [`${path}.${name}`] : []),
      ...fieldsLikePaths(inner as z.core.JSONSchema.BaseSchema, `${path}.${name}`),
    ]),
    ...[additionalProperties, items].flatMap((inner) =>
      typeof inner === "object" ? fieldsLikePaths(inner as z.core.JSONSchema.BaseSchema, `${path}.x`) : [],
    ),
    ...anyOf.flatMap((inner) => fieldsLikePaths(inner, path)),
  ];
}

test("no field of mmp.yaml that holds a path has been left unmarked", () => {
  const fields = fieldsLikePaths(z.toJSONSchema(Configuration, { io: "input" }));
  expect(fields.length).toBeGreaterThan(20);
  for (const field of fields) {
    const keys = field.split(".").filter((key) => key !== "");
    const value = keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), "f");
    expect(namedFiles(Configuration, value), field).toMatchObject([{ file: "f" }]);
  }
});
