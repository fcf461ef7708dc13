import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RouteStoreConfig } from "../../../route-api/config/route-store.ts";
import { openStore } from "../../../route-api/store/open.ts";
import type { FullEntry } from "../../../route-api/store/store.ts";
import { type Child, start } from "../../support/child.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";
import type { WriterTask } from "../../support/programs/store-writer.ts";
import { found } from "../../support/stored.ts";
import { makeFolder } from "../../support/workspace.ts";
import { nextEpoch } from "../../support/writes.ts";

const RUNTIMES = { node: [], bun: [], deno: ["run", "-A"] };

let double: DynamoDouble;
const folder = makeFolder("runtimes");

beforeAll(async () => {
  double = (await doubles.find(({ name }) => name === "dynalite")?.start()) as DynamoDouble;
});
afterAll(async () => {
  await double.close();
  folder.remove();
});

const entry = (uuid: string): FullEntry => ({
  uuid,
  dn: `uid=${uuid},dc=example`,
  account: `${uuid}@example.com`,
  logins: [uuid, `${uuid}@example.com`],
  mailHost: ["store1"],
  version: "",
  fingerprints: [`f${uuid}`],
  certificates: [Buffer.from(uuid).toString("base64")],
});

const startWriter = (
  runtime: keyof typeof RUNTIMES,
  config: RouteStoreConfig,
  steps: WriterTask["steps"],
): Child =>
  start(runtime, [
    ...RUNTIMES[runtime],
    "test/support/programs/store-writer.ts",
    JSON.stringify(config),
    JSON.stringify({ steps, rounds: 1, epoch: nextEpoch() } satisfies WriterTask),
  ]);

describe.each(Object.keys(RUNTIMES) as (keyof typeof RUNTIMES)[])("the route store on %s", (runtime) => {
  const configs: [kind: string, () => RouteStoreConfig][] = [
    ["SQLite", () => ({ sqlite: join(folder.path, `${runtime}.db`) })],
    ["DynamoDB", () => ({ dynamodb: { table: runtime, region: "local", endpoint: double.endpoint } })],
  ];

  test.each(configs)("writes to %s what others read", async (_, configOf) => {
    const config = configOf();
    const store = openStore(config);
    await store.create();
    const [one, two] = [entry("one"), entry("two")];
    const changed = { ...one, mailHost: ["store2"], logins: ["one"] };
    const child = startWriter(runtime, config, [
      { put: [one, two] },
      { put: [changed] },
      { remove: [two.uuid] },
    ]);
    expect(await child.exited, child.lines.join("\n")).toBe(0);
    const { certificates, ...route } = changed;
    expect(await store.find("one", "consistent")).toEqual(found(route));
    expect(await store.certificates("one")).toEqual(certificates);
    for (const login of [...two.logins, "one@example.com"]) {
      expect(await store.find(login, "consistent")).toEqual({ is: "unknown" });
    }
    await store.close();
  });

  test("says that DynamoDB cannot be reached", async () => {
    const config = { dynamodb: { table: "none", region: "local", endpoint: "http://127.0.0.1:1" } };
    const child = startWriter(runtime, config, [{ find: "ann" }]);
    expect(await child.exited).toBe(1);
    expect(child.lines).toEqual(["unreachable"]);
  });
});
