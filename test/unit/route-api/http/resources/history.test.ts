import { afterEach, beforeEach, expect, test } from "vitest";
import { Audit } from "../../../../../route-api/contract/audit.ts";
import { Forgotten, type PastSession } from "../../../../../route-api/contract/history.ts";
import type { KeptLogin } from "../../../../../route-api/contract/kept-logins.ts";
import { User } from "../../../../../route-api/contract/users.ts";
import { mergePastSessions } from "../../../../../route-api/http/resources/users/past-sessions.ts";
import { failedLogin, keptLogin } from "../../../../support/kept-login.ts";
import { put } from "../../../../support/writes.ts";
import { entryOf, problemOf, type TestApi, testApi } from "../support.ts";

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
  await put(api.store, [entryOf("alice")]);
});
afterEach(() => api.close());

const keep = (...logins: KeptLogin[]): Promise<Response> =>
  api.send("PUT", "/v1/edges/host:2/logins/batch-1", { logins });
const alice = async (): Promise<User> =>
  User.parse(await (await api.get("/v1/users/alice", "support")).json());

test("what an edge sent is shown when no edge is left", async () => {
  const [failed, again, succeeded] = [
    failedLogin(),
    failedLogin({ at: "2026-01-01T12:00:05.000Z" }),
    keptLogin({ at: "2026-01-01T12:00:09.000Z" }),
  ];
  const sid = failed.sid;
  expect((await keep(failed, { ...again, sid }, succeeded)).status).toBe(204);
  const { logins } = await alice();
  expect(logins).toMatchObject([
    { sid: succeeded.sid, edge: "host:2", reason: "not-known", endedAt: succeeded.at, failures: [] },
    { sid, reason: "not-known", endedAt: again.at, failures: [failed.failure, again.failure] },
  ]);
});

test("an administrator has it deleted, which is in the audit", async () => {
  await keep(failedLogin(), keptLogin());
  const deleted = await api.send("DELETE", "/v1/users/ALICE/history", { why: "ticket 1" }, "admin");
  expect(Forgotten.parse(await deleted.json())).toEqual({
    logins: 2,
    sessions: 0,
    edges: { asked: 0, answered: 0, silent: [] },
  });
  expect((await alice()).logins).toEqual([]);
  const { entries } = Audit.parse(await (await api.get("/v1/audit", "support")).json());
  expect(entries).toMatchObject([{ action: "forget-history", target: "alice@example.com", why: "ticket 1" }]);
});

test.each<[string, () => Promise<Response>, string]>([
  [
    "support may not delete",
    () => api.send("DELETE", "/v1/users/alice/history", { why: "x" }, "support"),
    "403 forbidden",
  ],
  ["a reason is needed", () => api.send("DELETE", "/v1/users/alice/history", {}, "admin"), "400 bad-request"],
  [
    "only edges send logins",
    () => api.send("PUT", "/v1/edges/a/logins/b", { logins: [keptLogin()] }, "admin"),
    "403 forbidden",
  ],
  ["a batch has a login", () => api.send("PUT", "/v1/edges/a/logins/b", { logins: [] }), "400 bad-request"],
])("%s", async (_, request, problem) => {
  expect(await problemOf(await request())).toBe(problem);
});

test("nothing is shown twice, and the newest is first", () => {
  const remembered = (sid: string, endedAt: string): PastSession => {
    const { network: _, at: __, ...session } = keptLogin({ sid });
    return {
      ...session,
      bytesFromClient: 1,
      bytesFromStore: 2,
      endedAt,
      reason: "client-closed",
      failures: [],
    };
  };
  const known = remembered("known", "2026-01-01T13:00:00.000Z");
  const merged = mergePastSessions(
    [known],
    [{ sid: "live" }],
    [
      failedLogin({ sid: "known" }),
      keptLogin({ sid: "known" }),
      keptLogin({ sid: "live" }),
      failedLogin({ sid: "live-failed", at: "2026-01-01T14:00:00.000Z" }),
      keptLogin({ sid: "gone", at: "2026-01-01T12:30:00.000Z" }),
    ],
  );
  expect(merged.map(({ sid, reason }) => `${sid} ${reason}`)).toEqual([
    "live-failed not-known",
    "known client-closed",
    "gone not-known",
  ]);
});
