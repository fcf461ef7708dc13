import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Audit } from "../../../route-api/contract/audit.ts";
import { Edges } from "../../../route-api/contract/edges.ts";
import { StoreProbed } from "../../../route-api/contract/store-probes.ts";
import { User } from "../../../route-api/contract/users.ts";
import { run } from "../../support/child.ts";
import { type SiteEdge, type SupportSite, supportSite } from "../../support/support-site.ts";
import { eventuallyAsync } from "../../support/wait.ts";

let site: SupportSite;
let edge: SiteEdge;
beforeAll(async () => {
  site = await supportSite();
  edge = await site.edge();
  await eventuallyAsync(
    async () => ((await site.get("/v1/edges", Edges)).edges.length === 1 ? true : undefined),
    "a heartbeat",
  );
});
afterAll(() => site?.remove());

test("a user's ticket: where the mailbox is, who is connected, what went wrong last", async () => {
  const failed = await edge.login("alcie");
  failed.send("b LOGIN alice pw\r\n");
  await failed.until(/^b OK .*\r\n/m);
  failed.socket.destroy();
  await edge.child.line((line) => line.includes('"msg":"session"'));
  const live = await edge.login("alice@example.com");

  const user = await site.get("/v1/users/ALICE", User);
  expect(user).toMatchObject({
    login: "alice",
    account: "alice@example.com",
    names: ["alice", "alice@example.com"],
    route: { mailHost: ["store1"] },
    source: { dn: "uid=alice,dc=example,dc=com", uuid: "uuid-alice" },
    status: "active",
    edges: { asked: 1, answered: 1, silent: [] },
  });
  expect(user.explainedBy).toMatchObject({ instance: "main", protocol: "imap" });
  expect(user.explain?.map(({ step, verdict }) => `${step} ${verdict}`)).toEqual([
    ...["access ok", "name ok", "cache ok", "look-up ok", "status ok", "services ok", "password unknown"],
    ...["store-name ok", "store ok", "places ok", "health ok"],
  ]);
  const elsewhere = await site.get("/v1/users/alice?protocol=pop3", User);
  expect(elsewhere.explain).toMatchObject([{ step: "listener", verdict: "refused" }]);
  expect(user.sessions.map(({ login, client }) => [login, client])).toEqual([
    ["alice@example.com", `127.0.0.1:${live.socket.localPort}`],
  ]);
  expect(user.logins).toMatchObject([
    { login: "alice", store: "store1", failures: [{ code: "unknown-user", login: "alcie" }] },
  ]);

  const nobody = await site.get("/v1/users/alcie", User);
  expect(nobody).toMatchObject({ login: "alcie", status: "unknown", sessions: [], names: [] });
  expect(nobody.explain?.at(-1)).toMatchObject({ step: "look-up", verdict: "refused" });
  expect(nobody.near).toEqual([{ login: "alice", account: "alice@example.com", how: "one-edit" }]);
  expect(nobody.logins.map(({ sid }) => sid)).toEqual(user.logins.map(({ sid }) => sid));
  live.socket.destroy();
});

test("mmp user shows the same, and says where nobody has the name", async () => {
  const mmp = (...args: string[]) =>
    run("bun", [
      "bin/mmp.ts",
      "user",
      ...args,
      "--api",
      site.api,
      "--token-file",
      join(site.folder, "support-token"),
    ]);
  const shown = await mmp("alice");
  expect(shown.code).toBe(0);
  expect(shown.output).toContain(
    "alice is the account alice@example.com\n  status:   active\n  store:    store1\n",
  );
  expect(shown.output).toMatch(/^A login now at \S+, instance main, imap:\nSTEP +VERDICT +TIME +WHY\n/m);
  expect(shown.output).toMatch(/^look-up +ok +\d+\.\d ms +the account alice@example.com at store1$/m);
  expect(shown.output).toMatch(/^ENDED +CLIENT +PROTOCOL +LOGIN +STORE +REASON +FAILED LOGINS$/m);
  expect(shown.output).toMatch(/ alice +store1 +client-closed +unknown-user$/m);
  const nobody = await mmp("alcie");
  expect(nobody.code).toBe(1);
  expect(nobody.output).toContain("mmp: no entry has the name alcie");
  expect(nobody.output).toContain("alcie: no such user\n  maybe alice, of the account alice@example.com\n");
  expect(User.parse(JSON.parse((await mmp("bob", "--json")).output)).account).toBe("bob@example.com");
});

test("mmp stores shows where everybody is", async () => {
  const client = await edge.login("carol");
  process.kill(edge.child.pid, "SIGHUP");
  const shown = await eventuallyAsync(async () => {
    const { output } = await run("bun", [
      ...["bin/mmp.ts", "stores", "--api", site.api],
      ...["--token-file", join(site.folder, "support-token")],
    ]);
    return output.includes("store2") ? output : undefined;
  }, "a heartbeat with store2");
  expect(shown).toMatch(/^STORE +SESSIONS +LOGINS\/S +FAILURES\/S +FAILING$/m);
  expect(shown).toMatch(/^store2 +1 +\d+\.\d +0\.0$/m);
  client.socket.destroy();
});

test("a store is tried from every edge, which logs nobody in", async () => {
  const probe = async (store: string): Promise<StoreProbed> => {
    const response = await site.call("POST", `/v1/stores/${store}/probe`, { why: "ticket 4711" });
    expect(response.status).toBe(200);
    return StoreProbed.parse(await response.json());
  };
  const { port } = site.stores.store1;
  const found = await probe("store1");
  expect(found.edges).toMatchObject({ asked: 1, answered: 1, silent: [] });
  expect(found.probes).toMatchObject([{ protocol: "imap", host: "127.0.0.1", port, ok: true }]);
  expect(await probe("nowhere")).toMatchObject({ probes: [], edges: { silent: [] } });
  expect((await site.get("/v1/audit?limit=1", Audit)).entries).toMatchObject([
    { action: "probe", target: "nowhere", why: "ticket 4711", by: "admin" },
  ]);

  const mmp = (...args: string[]) =>
    run("bun", [
      ...["bin/mmp.ts", "stores", ...args, "--api", site.api],
      ...["--token-file", join(site.folder, "admin-token")],
    ]);
  const shown = await mmp("--probe", "store1", "--why", "ticket 4711");
  expect(shown.code).toBe(0);
  expect(shown.output).toMatch(/^EDGE +ADDRESS +PROTOCOL +RESULT +CONNECT +TLS +GREETING$/m);
  expect(shown.output).toMatch(/ imap +ok +\d+\.\d ms +- +\d+\.\d ms$/m);
  expect((await mmp("--probe", "store1")).code).toBe(2);
  expect(await mmp("--probe", "nowhere", "--why", "ticket 4711")).toMatchObject({ code: 1 });
});

test("what went wrong last is known when the edge is gone, until it is deleted", async () => {
  const other = await site.edge("node");
  const client = await other.login("dave");
  client.send("x\r\n");
  await client.until(/^\* x\r\n/m);
  client.socket.destroy();
  await other.child.stop("SIGTERM");
  const gone = await site.get("/v1/users/dave", User);
  expect(gone.logins).toMatchObject([
    { account: "dave@example.com", store: "store2", reason: "not-known", failures: [] },
  ]);
  const { code, output } = await run("bun", [
    ...["bin/mmp.ts", "forget", "dave", "--why", "request 17", "--api", site.api],
    ...["--token-file", join(site.folder, "admin-token")],
  ]);
  expect({ code, output }).toEqual({
    code: 0,
    output: "1 kept login and 0 ended sessions deleted; 1 edge answered",
  });
  expect((await site.get("/v1/users/dave", User)).logins).toEqual([]);
});
