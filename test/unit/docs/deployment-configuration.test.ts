import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { deploymentReference } from "../../docs/deployment.ts";

test("docs/deployment-configuration.md is what the schema says; `npm run docs` writes it anew", () => {
  const file = new URL("../../../docs/deployment-configuration.md", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(deploymentReference());
});
