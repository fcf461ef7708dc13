import { afterAll, beforeAll, expect, test } from "vitest";
import { Edges } from "../../../route-api/contract/edges.ts";
import { type SupportSite, supportSite } from "../../support/support-site.ts";
import { eventuallyAsync } from "../../support/wait.ts";

let site: SupportSite;
beforeAll(async () => {
  site = await supportSite();
});
afterAll(() => site?.remove());

const edges = async () => (await site.get("/v1/edges", Edges)).edges;

test("edges say that they are there, what they run, and that they go", async () => {
  const [one, two] = [await site.edge(), await site.edge("node")];
  const both = await eventuallyAsync(async () => {
    const found = await edges();
    return found.length === 2 ? found : undefined;
  }, "a heartbeat of both edges");
  expect(both.map(({ state, differs }) => ({ state, differs }))).toEqual([
    { state: "running", differs: [] },
    { state: "running", differs: [] },
  ]);
  expect(both.map(({ runtime }) => runtime.split(" ")[0]).sort()).toEqual(["bun", "node"]);

  site.reconfigure({ limits: { failedLoginSeconds: 0.2 } });
  await one.login("alice");
  process.kill(one.child.pid, "SIGHUP");
  const odd = await eventuallyAsync(
    async () => (await edges()).find(({ runtime, sessions }) => runtime.startsWith("bun") && sessions === 1),
    "a heartbeat after the reload",
  );
  expect(odd.configuration).not.toBe(both.find(({ edge }) => edge !== odd.edge)?.configuration);
  expect(odd.stores).toMatchObject([{ store: "store1", sessions: 1, logins: 1, failures: 0 }]);
  expect((await edges()).flatMap(({ differs }) => differs)).toEqual(["configuration"]);

  await Promise.all([one.child.stop(), two.child.stop()]);
  expect(await edges()).toEqual([]);
});
