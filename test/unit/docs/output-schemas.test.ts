import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { OUTPUTS, type OutputName, outputSchema } from "../../docs/output-schemas.ts";
import { rowsOf } from "./examples.ts";

const docs = new URL("../../../docs/", import.meta.url);
const NAMES = Object.keys(OUTPUTS) as OutputName[];

test("docs/schemas is what the contract says; `npm run docs` writes it anew", () => {
  expect(readdirSync(new URL("schemas", docs)).sort()).toEqual(NAMES.map((name) => `${name}.json`).sort());
  for (const name of NAMES) {
    const written = JSON.parse(readFileSync(new URL(`schemas/${name}.json`, docs), "utf8")) as unknown;
    expect(written, name).toEqual(outputSchema(name, "published"));
  }
});

test("docs/commands.md lists every schema", () => {
  const rows = rowsOf("commands.md", "Command | Schema").map(([command, link = ""]) => [
    command,
    /\(schemas\/([a-z-]+)\.json\)/.exec(link)?.[1],
  ]);
  expect(rows).toEqual(NAMES.map((name) => [OUTPUTS[name].command, name]));
});

test("a schema permits fields that later versions add", () => {
  for (const name of NAMES) expect(JSON.stringify(outputSchema(name, "published"))).not.toContain("false");
});
