import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Route } from "../../../route-api/contract/routes.ts";
import { run } from "../../support/child.ts";
import { accountOf, runApi } from "../route-api/running-api.ts";

const event = readFileSync(new URL("../../fixtures/lambda/api-gateway-v2.json", import.meta.url), "utf8");

/** What the runtime of AWS Lambda does: load the module once, call its handler with an event. */
const CALL = `
  const { handler } = await import("./bin/run/lambda.ts");
  console.log(JSON.stringify(await handler(JSON.parse(process.argv[1]))));
  process.exit(0);
`;

test("bin/run/lambda.ts is a function of AWS Lambda, by the configuration that MMP_CONFIG names", async () => {
  const api = await runApi("node", { entries: [accountOf("alice")] });
  const environment = [`MMP_CONFIG=${join(api.folder, "mmp.yaml")}`, "MMP_LOG_LEVEL=silent"];
  const call = ["node", "--input-type=module", "--eval", CALL, event];
  const { code, output } = await run("env", [...environment, ...call]);
  await api.stop();
  expect(code, output).toBe(0);
  const { statusCode, body } = JSON.parse(output) as { statusCode: number; body: string };
  expect(statusCode).toBe(200);
  expect(Route.parse(JSON.parse(body)).account).toBe("alice@example.com");
});
