import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import { testApi } from "./support.ts";

/** What Redocly's linter says of a description, a line each. */
async function problemsOf(description: unknown): Promise<string[]> {
  const config = await createConfig({ extends: ["recommended-strict"] });
  const problems = await lintFromString({ source: JSON.stringify(description), config });
  return problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`);
}

test("Redocly's strict rules find nothing in the API's description", async () => {
  const api = await testApi();
  const description = (await (await api.app.request("/openapi.json")).json()) as {
    paths: Record<string, Record<string, { operationId?: string }>>;
  };
  api.close();
  expect(await problemsOf(description)).toEqual([]);
  // They would.
  delete description.paths["/v1/sync"]?.get?.operationId;
  expect(await problemsOf(description)).toEqual([expect.stringContaining("operation-operationId")]);
});
