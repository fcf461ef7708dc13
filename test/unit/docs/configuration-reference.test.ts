import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configurationReference } from "../../docs/configuration.ts";

test("docs/configuration.md is what the schema says; `npm run docs` writes it anew", () => {
  const file = new URL("../../../docs/configuration.md", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(configurationReference());
});
