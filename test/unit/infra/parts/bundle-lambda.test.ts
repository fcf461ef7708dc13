import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleLambda } from "../../../../infra/parts/bundle-lambda.ts";
import { type SecretsManagerDouble, secretsManagerDouble } from "../../../support/secrets-manager-double.ts";
import { deployment } from "../support.ts";

const { parts } = deployment((c) => {
  c.routeApi.run = "lambda";
  c.environment = { region: "eu-central-1" };
});

/** What AWS does: loads the handler once, and calls it for each event. */
const RUNTIME = `
  const { handler } = await import(process.argv[1]);
  for await (const line of (await import("node:readline")).createInterface(process.stdin)) {
    console.log(JSON.stringify({ answer: await handler(JSON.parse(line)) }));
  }`;

let secrets: SecretsManagerDouble;
let folder: string;
let ask: (token: string) => Promise<number>;
let stop: () => void;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mmp-lambda-"));
  secrets = await secretsManagerDouble();
  secrets.values
    .set("mmp/configuration-route-api", JSON.stringify(parts["route-api"]))
    .set("mmp/token-edge", "first")
    .set("mmp/token-helpdesk", "help");
  const child = spawn("node", ["--input-type=module", "-e", RUNTIME, join(bundleLambda(), "lambda.mjs")], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...process.env,
      MMP_SECRETS: "mmp/configuration-route-api",
      MMP_SECRETS_SECONDS: "0",
      MMP_CONFIG: join(folder, "mmp.yaml"),
      MMP_LOG_LEVEL: "silent",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      // Nobody is there: whoever is let in is told so.
      AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1",
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
    },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  ask = async (token) => {
    const event = {
      requestContext: { elb: { targetGroupArn: "arn:x" } },
      httpMethod: "GET",
      path: "/v1/routes/alice",
      queryStringParameters: {},
      headers: { authorization: `Bearer ${token}` },
      body: "",
      isBase64Encoded: false,
    };
    child.stdin.write(`${JSON.stringify(event)}\n`);
    const { value } = await lines.next();
    return (JSON.parse(String(value)) as { answer: { statusCode: number } }).answer.statusCode;
  };
  stop = () => child.kill();
});
afterAll(async () => {
  stop?.();
  await secrets?.close();
  rmSync(folder, { recursive: true });
});

test("the bundle takes the tokens of its secrets, and new ones between two requests", async () => {
  expect([await ask("first"), await ask("help"), await ask("second")]).toEqual([503, 503, 401]);
  secrets.values.set("mmp/token-edge AWSPENDING", "second");
  expect([await ask("first"), await ask("second")]).toEqual([503, 503]);
  secrets.values.set("mmp/token-edge", "second").set("mmp/token-edge AWSPREVIOUS", "first");
  expect([await ask("first"), await ask("second")]).toEqual([503, 503]);
  secrets.values.set("mmp/token-edge AWSPREVIOUS", "second");
  expect([await ask("first"), await ask("second")]).toEqual([401, 503]);
});
