import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Claims } from "../../../../../route-api/contract/claims.ts";
import { MATCHES_MAX } from "../../../../../route-api/store/store.ts";
import { put } from "../../../../support/writes.ts";
import { entryOf, problemOf, type TestApi, testApi } from "../support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  await put(api.store, [
    entryOf("ann", { attributes: { uid: ["a17"] } }),
    // Both have the first mail address of the other's account.
    entryOf("bob1", { account: "bob@example.com", logins: ["bob@example.com", "bob1@example.com"] }),
    entryOf("bob2", { account: "bob@example.com", logins: ["bob2@example.com"] }),
    entryOf("cat", { override: { user: "Ann@Example.com." } }),
    entryOf("dot", { account: "dan@example.com.", logins: ["dot@example.com"] }),
    entryOf("dan", { attributes: { uid: ["a17"] } }),
    ...Array.from({ length: MATCHES_MAX }, (_, n) =>
      entryOf(`many${n}`, { account: "many@example.com", attributes: { uid: ["many"] } }),
    ),
  ]);
});
afterAll(() => api.close());

/** DNs' first values of those that claim a name, then of those that only match. */
async function claim(body: object): Promise<string> {
  const response = await api.post("/v1/claims", body);
  if (response.status !== 200) return problemOf(response);
  const { entries, complete } = Claims.parse(await response.json());
  if (!complete) return "too many";
  const uids = (claims: boolean) =>
    entries.flatMap((entry) => (entry.claims === claims ? [/^uid=(\w+)/.exec(entry.dn)?.[1]] : []));
  return [uids(true).sort().join(" "), uids(false).sort().join(" ")].join("; ").replace(/; $/, "");
}

describe("who claims a name", () => {
  test.each([
    ["its owner and the one whose name at the store it is", ["ann@example.com"], "ann cat"],
    ["two whose account it is", ["bob@example.com"], "bob1 bob2"],
    ["a login name is one's own", ["bob2@example.com"], "bob2"],
    ["whatever its case, and with a dot at its end", ["DAN@Example.com."], "dan dot"],
    ["whatever its Unicode form", ["ｄａｎ@example.com"], "dan dot"],
    ["any of several spellings", ["nobody", "bob1@example.com", "bob2@example.com"], "bob1 bob2"],
    ["nobody", ["nobody@example.com"], ""],
    ["more than can be told", ["many@example.com"], "too many"],
  ])("%s", async (_name, names, expected) => {
    expect(await claim({ names })).toBe(expected);
  });

  const uid = (value: string) => ({ attribute: "uid", value });
  test.each([
    ["those that match are told apart", { names: ["nobody"], match: uid("a17") }, "; ann dan"],
    ["unless they claim it too", { names: ["dan@example.com"], match: uid("a17") }, "dan dot; ann"],
    ["more than can be told", { names: ["nobody"], match: uid("many") }, "too many"],
    [
      "too large a match",
      { names: ["x"], match: { any: Array(16).fill({ any: [uid("a"), uid("b")] }) } },
      "400 bad-request",
    ],
    ["no name", { names: [] }, "400 bad-request"],
    ["a control character", { names: ["a\u0000b"] }, "400 bad-request"],
  ])("%s", async (_name, body, expected) => {
    expect(await claim(body)).toBe(expected);
  });

  test("attributes come along, and what makes the name at the store", async () => {
    const response = await api.post("/v1/claims", { names: ["ann@example.com"], attributes: ["uid"] });
    const { entries } = Claims.parse(await response.json());
    expect(entries).toContainEqual(
      expect.objectContaining({ account: "ann@example.com", attributes: { uid: ["a17"] } }),
    );
    expect(entries).toContainEqual(expect.objectContaining({ override: { user: "Ann@Example.com." } }));
  });

  test("only edges may ask", async () => {
    const asked = async (scope: "support" | "admin") =>
      problemOf(await api.post("/v1/claims", { names: ["x"] }, scope));
    expect([await asked("support"), await asked("admin")]).toEqual(["403 forbidden", "403 forbidden"]);
  });
});
