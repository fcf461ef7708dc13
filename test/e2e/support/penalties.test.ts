import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Edges } from "../../../route-api/contract/edges.ts";
import { Penalties } from "../../../route-api/contract/penalties.ts";
import { User } from "../../../route-api/contract/users.ts";
import { run } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { type SiteEdge, type SupportSite, supportSite } from "../../support/support-site.ts";
import { eventuallyAsync } from "../../support/wait.ts";

let site: SupportSite;
let one: SiteEdge;
let two: SiteEdge;
const edges = (count: number): Promise<true> =>
  eventuallyAsync(
    async () => ((await site.get("/v1/edges", Edges)).edges.length === count ? true : undefined),
    `a heartbeat of ${count} edges`,
  );
beforeAll(async () => {
  site = await supportSite();
  site.reconfigure({ penalties: { firstSeconds: 0.01, maxSeconds: 600, announceFailures: 3 } });
  [one, two] = [await site.edge(), await site.edge()];
  await edges(2);
});
afterAll(() => site?.remove());

/** Equal reads share an answer for a second. */
let asked = 0;
const penalties = (query: string): Promise<Penalties> =>
  site.get(`/v1/penalties?${query}&client=203.0.113.${asked++ % 250}`, Penalties);
const inForceAt = (query: string, count: number): Promise<true> =>
  eventuallyAsync(async () => {
    const [first] = (await penalties(query)).penalties;
    return first?.edges.length === count ? true : undefined;
  }, `a penalty at ${count} edges`);
const mmp = (command: string, role: string, ...args: string[]) =>
  run("bun", [
    ...["bin/mmp.ts", command, ...args, "--api", site.api],
    ...["--token-file", join(site.folder, `${role}-token`)],
  ]);

test("a user that fails often is known to all edges, and to one that begins later, until support lifts it", async () => {
  for (const guess of ["a", "b", "c"]) {
    const client = await lineClient(one.port);
    await client.until(/^\* OK .*\r\n/);
    client.send(`a LOGIN nobody ${guess}\r\n`);
    await client.until(/^a NO .*\r\n/m);
    client.socket.destroy();
  }
  await inForceAt("login=nobody", 2);
  const newcomer = await site.edge("node");
  await edges(3);
  await inForceAt("login=nobody", 3);

  const shown = await mmp("user", "support", "nobody");
  expect(shown.output).toMatch(/^CLIENT +USER +FAILURES +NEXT LOGIN WAITS +INSTANCE +EDGES$/m);
  expect(shown.output).toMatch(/^any that has failed +nobody +3 +0\.0\d s +main +3$/m);
  expect((await site.get("/v1/users/nobody", User)).penalties).toMatchObject([
    { user: "nobody", edges: expect.any(Array) },
    { user: "nobody", client: "127.0.0.1" },
  ]);

  const lifted = await mmp("lift", "admin", "nobody", "--client", "127.0.0.1", "--why", "ticket 4711");
  expect(lifted.code).toBe(0);
  expect(lifted.output).toMatch(/^3 penalties lifted; 3 edges answered$/m);
  expect((await penalties("login=nobody")).penalties).toEqual([]);
  expect((await mmp("audit", "support", "--limit", "1")).output).toMatch(
    / admin +lift-penalties +nobody 127\.0\.0\.1 +ticket 4711$/m,
  );
  await newcomer.child.stop("SIGTERM");
});

test("whatever is announced of a user, its owner logs in from an address that has not failed at once", async () => {
  const announced = await fetch(`${site.api}/v1/edges/mail-9:1/penalties/batch-1`, {
    method: "PUT",
    headers: { Authorization: "Bearer edge-token", "Content-Type": "application/json" },
    body: JSON.stringify({ penalties: [{ instance: "main", user: "alice", failures: 1000 }] }),
  });
  expect(announced.status).toBe(204);
  await inForceAt("login=alice", 2);
  // The longest delay is ten minutes.
  const owner = await two.login("alice");
  owner.socket.destroy();
  const line = await two.child.line((text) => text.includes('"msg":"session"') && text.includes('"alice"'));
  expect(JSON.parse(line)).toMatchObject({ account: "alice@example.com", reason: "client-closed" });
  expect(JSON.parse(line)).not.toHaveProperty("delayedMs");
});
