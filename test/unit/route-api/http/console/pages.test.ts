import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Audit } from "../../../../../route-api/contract/audit.ts";
import { SyncStatus } from "../../../../../route-api/contract/sync-status.ts";
import { formTokenOf } from "../../../../../route-api/http/console/protection.ts";
import { openSqlite } from "../../../../../route-api/store/sqlite/open.ts";
import { type RouteStore, StoreError } from "../../../../../route-api/store/store.ts";
import { DOCUMENTS } from "../../../../../route-api/sync/notes.ts";
import { leaveStatus } from "../../../../support/sync-status.ts";
import { put } from "../../../../support/writes.ts";
import { entryOf } from "../support.ts";
import { type TestConsole, testConsole } from "./support.ts";

let site: TestConsole;
let support: string;
let admin: string;
beforeEach(async () => {
  site = await testConsole();
  support = await site.signIn("support-token");
  admin = await site.signIn("admin-token");
});
afterEach(() => site.close());

const text = async (path: string, cookie = support): Promise<string> =>
  (await site.page(path, cookie)).text();

describe("search", () => {
  test.each([
    ["alice@example.com", "/console/users/alice%40example.com"],
    [" alice/../x?y#z ", "/console/users/alice%2F..%2Fx%3Fy%23z"],
    ["192.0.2.7", "/console/sessions?client=192.0.2.7"],
    ["2001:db8::/32", "/console/sessions?client=2001%3Adb8%3A%3A%2F32"],
    ["  ", "/console"],
  ])("%j leads to %s", async (typed, place) => {
    const response = await site.page(`/console/search?q=${encodeURIComponent(typed)}`, support);
    expect(response.headers.get("Location")).toBe(place);
  });
});

describe("a user", () => {
  test("with everything that the API says", async () => {
    await put(site.store, [entryOf("alice", { services: ["+imap:ALL"] })]);
    const page = await text("/console/users/alice");
    for (const part of ["alice@example.com", "store1", "uid=alice,ou=people", "+imap:ALL", "active"])
      expect(page).toContain(part);
    expect(page).not.toContain("End all sessions");
    expect(await text("/console/users/alice", admin)).toContain("End all sessions");
  });

  test("that nobody is, with the names that may be meant", async () => {
    await put(site.store, [entryOf("alice")]);
    const page = await text("/console/users/alcie");
    expect(page).toContain("No directory entry has this name");
    expect(page).toContain('href="/console/users/alice"');
  });
});

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
/** What would make it markup. */
const MARKUP = /<script>alert|<img|onerror='/;

describe("what users choose is text", () => {
  test("names, entries and stores", async () => {
    const name = `${HOSTILE}@example.com`;
    await put(site.store, [
      entryOf("mallory", {
        account: name,
        logins: [name.toLowerCase()],
        dn: `uid=${HOSTILE}`,
        mailHost: [HOSTILE],
      }),
    ]);
    const page = await text(`/console/users/${encodeURIComponent(name)}`, admin);
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).not.toMatch(MARKUP);
  });

  test.each(["account", "store", "client", "edge", "instance", "protocol", "cursor"])(
    "the filter %s",
    async (field) => {
      expect(await text(`/console/sessions?${field}=${encodeURIComponent(HOSTILE)}`)).not.toMatch(MARKUP);
    },
  );

  test("a failed search, a target, a reason, the audit", async () => {
    const path = `/console/actions/kick-store?target=${encodeURIComponent(HOSTILE)}`;
    const fields = { ...(await site.hidden(path, admin)), target: HOSTILE, why: HOSTILE, overSeconds: "0" };
    const done = await site.submit("/console/actions/kick-store", fields, { Cookie: admin });
    expect(done.status).toBe(200);
    for (const page of [
      await done.text(),
      await text(path, admin),
      await text("/console/audit"),
      await text(`/console/sign-in?to=${encodeURIComponent(HOSTILE)}`),
      await (
        await site.submit(
          "/console/actions/kick-store",
          { ...fields, why: "", overSeconds: HOSTILE },
          { Cookie: admin },
        )
      ).text(),
    ])
      expect(page).not.toMatch(MARKUP);
    expect(await text("/console/audit")).toContain("&lt;script&gt;alert(1)");
  });

  test("the sync's notes", async () => {
    const status = SyncStatus.parse({
      state: "failing",
      failure: { code: "x", message: HOSTILE, since: "2026-11-27T12:00:00Z" },
      skippedCount: 1,
      skipped: [{ place: HOSTILE, reason: HOSTILE }],
      ambiguousCount: 1,
      ambiguous: [{ name: HOSTILE, dns: [HOSTILE] }],
    });
    const other = await testConsole({}, { loaded: false });
    await leaveStatus(other.store, status);
    const page = await (await other.page("/console/sync", support)).text();
    await other.close();
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toMatch(MARKUP);
  });
});

describe("actions", () => {
  const audit = async () => Audit.parse(await (await site.get("/v1/audit", "admin")).json()).entries;

  test("are an admin's: support is told so, and the API refuses", async () => {
    const path = "/console/actions/kick-user?target=alice";
    const form = await site.page(path, support);
    expect(form.status).toBe(403);
    expect(await form.text()).toContain("scope admin");
    const fields = { form: formTokenOf(support.replace(/^[^=]*=/, "")), target: "alice", why: "x", key: "1" };
    const sent = await site.submit("/console/actions/kick-user", fields, { Cookie: support });
    expect(sent.status).toBe(403);
    expect(await audit()).toEqual([]);
  });

  test("need a reason", async () => {
    const fields = await site.hidden("/console/actions/kick-user?target=alice", admin);
    const response = await site.submit(
      "/console/actions/kick-user",
      { ...fields, why: " " },
      { Cookie: admin },
    );
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("why:");
    expect(await audit()).toEqual([]);
  });

  test("are in the audit with the reason, under the key of their form", async () => {
    const fields = await site.hidden("/console/actions/kick-user?target=alice", admin);
    const send = () =>
      site.submit("/console/actions/kick-user", { ...fields, why: "ticket 4711" }, { Cookie: admin });
    expect(await (await send()).text()).toContain("0 sessions ended");
    expect(await audit()).toMatchObject([
      { action: "kick", target: "alice", why: "ticket 4711", by: "admin", idempotencyKey: fields.key },
    ]);
  });

  test("a hold: only the one that was looked at is released", async () => {
    await put(site.store, [entryOf("alice")]);
    const send = async (action: string, target: string) => {
      const fields = await site.hidden(
        `/console/actions/${action}?target=${encodeURIComponent(target)}`,
        admin,
      );
      const more = { ...fields, why: "ticket 1", seconds: "60" };
      return site.submit(`/console/actions/${action}`, more, { Cookie: admin });
    };
    expect((await send("hold-user", "alice")).status).toBe(200);
    const page = await text("/console/users/alice", admin);
    expect(page).toMatch(/On hold until .*, by admin: ticket 1/);
    const [, target = ""] = /actions\/release-user\?target=([^"]+)/.exec(page) ?? [];
    expect((await send("release-user", "another/alice@example.com")).status).toBe(412);
    expect((await send("release-user", decodeURIComponent(target))).status).toBe(200);
    expect(await text("/console/users/alice")).not.toContain("On hold");
  });

  test("a trace: by name or by address, read by its page until it is gone", async () => {
    for (const [action, target] of [
      ["trace", "alice"],
      ["trace-client", "192.0.2.7"],
    ] as const) {
      const fields = await site.hidden(`/console/actions/${action}?target=${target}`, admin);
      const more = { ...fields, why: "ticket 1", minutes: "1" };
      const done = await site.submit(`/console/actions/${action}`, more, { Cookie: admin });
      expect(done.status).toBe(200);
      const [, path = ""] = /href="(\/console\/traces\/[^"]+)"/.exec(await done.text()) ?? [];
      expect(await text(path)).toContain("Nothing yet");
    }
    expect((await site.page("/console/traces/nothing", support)).status).toBe(404);
  });

  test.each([
    ["lift-user", "alice"],
    ["lift-client", "192.0.2.7"],
  ])("penalties: %s %s", async (action, target) => {
    const fields = await site.hidden(`/console/actions/${action}?target=${target}`, admin);
    const done = await site.submit(
      `/console/actions/${action}`,
      { ...fields, why: "x 1" },
      { Cookie: admin },
    );
    expect(await done.text()).toContain("Lifted: 0 penalties.");
    expect(await audit()).toMatchObject([{ target, why: "x 1" }]);
  });

  test("removals: only the hold that was looked at is approved", async () => {
    const held = {
      id: "hold-1",
      since: "2026-11-27T12:00:00Z",
      reason: "too-many-removals" as const,
      wouldRemove: 2,
      of: 10,
      missingCanaries: [],
      entries: ["uid=a", "uid=b"],
    };
    await site.close();
    site = await testConsole({}, { loaded: false });
    await leaveStatus(site.store, SyncStatus.parse({ state: "held", held }));
    await site.store.swapDocument(DOCUMENTS.lease, { holder: "s", epoch: 1, notes: { held } }, undefined);
    expect(await text("/console/sync")).not.toContain("Approve");
    expect(await text("/console/sync", admin)).toContain("/console/actions/release?target=hold-1");
    const approve = async (target: string) => {
      const fields = await site.hidden(`/console/actions/release?target=${target}`, admin);
      return site.submit("/console/actions/release", { ...fields, why: "ticket 1" }, { Cookie: admin });
    };
    expect((await approve("hold-0")).status).toBe(404);
    expect(await site.store.readDocument(DOCUMENTS.release)).toBeUndefined();
    expect(await (await approve("hold-1")).text()).toContain("up to 2 of 10 entries");
    expect((await site.store.readDocument(DOCUMENTS.release))?.value).toMatchObject({
      id: "hold-1",
      wouldRemove: 2,
    });
    expect((await audit()).map(({ action, target }) => [action, target])).toEqual([
      ["release", "hold-1"],
      ["release", "hold-0"],
    ]);
  });
});

test("a dead route store is said, with what still works", async () => {
  const store = openSqlite(":memory:");
  const dead = new StoreError("broken", "gone");
  const broken: RouteStore = { ...store, find: () => Promise.reject(dead) };
  const other = await testConsole({}, { store: broken });
  const response = await other.page("/console/users/alice", await other.signIn("support-token"));
  expect(response.status).toBe(503);
  expect(await response.text()).toContain("The route store is unavailable");
  await other.close();
});

test("no more pages are kept current at once than allowed", async () => {
  const few = await testConsole({ liveViews: 1 });
  const cookie = await few.signIn("support-token");
  const first = await few.page("/console/live?login=alice", cookie);
  expect(first.headers.get("Content-Type")).toBe("text/event-stream");
  expect((await few.page("/console/live?login=alice", cookie)).status).toBe(204);
  await first.body?.cancel();
  const again = await few.page("/console/live?login=alice", cookie);
  expect(again.status).toBe(200);
  await again.body?.cancel();
  await few.close();
});
