import { describe, expect, test } from "vitest";
import type { ClaimsAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import { parseReplayFormat } from "../../../../edge-proxy/identity/replay-format.ts";
import {
  claimsOn,
  judgeOwner,
  type NamePolicy,
  nameOnBehalf,
} from "../../../../edge-proxy/session/name-owner.ts";
import type { Claim } from "../../../../route-api/contract/claims.ts";
import { aRoute } from "../routing/api-double.ts";

interface PolicyOptions {
  delimiters?: string;
  defaultDomain?: string;
  format?: string;
}

function policy({ delimiters = "@", defaultDomain = "", format }: PolicyOptions = {}): NamePolicy {
  const parsed = format === undefined ? undefined : parseReplayFormat(format);
  return {
    names: { delimiters, canonicalDelimiter: "@", defaultDomain },
    replayFormat: parsed?.ok ? parsed.format : undefined,
  };
}

describe("the spellings that are asked about", () => {
  test.each<[string, PolicyOptions, string[]]>([
    ["bob", {}, ["bob"]],
    ["bob@a.example", {}, ["bob@a.example"]],
    ["bob", { defaultDomain: "a.example" }, ["bob", "bob@a.example"]],
    ["bob@a.example", { defaultDomain: "a.example" }, ["bob@a.example", "bob"]],
    ["bob@A.Example.", { defaultDomain: "a.example" }, ["bob@A.Example.", "bob@a.example.", "bob"]],
    ["bob@b.example", { defaultDomain: "a.example" }, ["bob@b.example"]],
    ["bob%a.example", { delimiters: "@%" }, ["bob%a.example", "bob@a.example"]],
    ["bob@a.example", { delimiters: "@%+" }, ["bob@a.example", "bob%a.example", "bob+a.example"]],
  ])("of %s under %j are %j", (name, options, names) => {
    expect(claimsOn(policy(options), name, aRoute("x"))).toEqual({ names });
  });

  test("come with the attributes that the name is made of", () => {
    const route = aRoute("bob", { attributes: { uid: ["u1", "u2"] } });
    expect(claimsOn(policy({ format: "%A[uid]-%A[ou]" }), "u1-x", route)).toEqual({
      names: ["u1-x"],
      match: { all: [{ attribute: "uid", value: "u1" }] },
      attributes: ["uid", "ou"],
    });
  });
});

describe("who a name belongs to", () => {
  const BOB = { uuid: "1", dn: "uid=bob", account: "bob@a.example", claims: true };
  const other = (more: Partial<Claim>): Claim => ({
    uuid: "2",
    dn: "uid=other",
    account: "other@a.example",
    claims: false,
    ...more,
  });
  const claims = (...entries: Claim[]): ClaimsAnswer & { is: "claims" } => ({ is: "claims", entries });
  const UID = { attributes: { uid: ["u1"] } };
  const BOTH = "uid=bob; uid=other";

  test.each<[string, PolicyOptions, string, Parameters<typeof judgeOwner>[3], RegExp | undefined]>([
    ["its own alone", {}, "bob@a.example", claims(BOB), undefined],
    ["another has it too", {}, "bob@a.example", claims(BOB, other({ claims: true })), new RegExp(BOTH)],
    ["one that only matches has another name", {}, "bob@a.example", claims(BOB, other({})), undefined],
    ["too many", {}, "bob@a.example", { is: "too-many" }, /too many entries/],
    ["nobody", {}, "bob@a.example", claims(), /does not lead back/],
    ["another alone", {}, "bob@a.example", claims(other({ claims: true })), /does not lead back/],
    [
      "the account has changed",
      {},
      "bob@a.example",
      claims({ ...BOB, account: "rob@a.example" }),
      /no longer/,
    ],
    [
      "the entry has a name of its own by now",
      {},
      "bob@a.example",
      claims({ ...BOB, override: { user: "robert" } }),
      /no longer/,
    ],
    ["a made name", { format: "%A[uid]" }, "u1", claims({ ...BOB, ...UID, claims: false }), undefined],
    [
      "one that is made of another entry too",
      { format: "%A[uid]" },
      "u1",
      claims({ ...BOB, ...UID, claims: false }, other(UID)),
      new RegExp(BOTH),
    ],
    [
      "another's with the same attribute in another domain",
      { format: "%A[uid]@%V" },
      "u1@a.example",
      claims({ ...BOB, ...UID }, other({ ...UID, account: "x@b.example" })),
      undefined,
    ],
    [
      "one that a store may take for it",
      { format: "%A[uid]" },
      "u1",
      claims({ ...BOB, ...UID }, other({ attributes: { uid: ["U1."] } })),
      new RegExp(BOTH),
    ],
    [
      "the user part, where it leads to the entry by the default domain",
      { format: "%U", defaultDomain: "a.example" },
      "bob",
      claims(BOB),
      undefined,
    ],
    [
      "the user part of an account of another domain",
      { format: "%U", defaultDomain: "a.example" },
      "bob",
      claims(other({ account: "bob@b.example", claims: true })),
      /does not lead back/,
    ],
  ])("%s", (_name, options, name, answer, fault) => {
    const verdict = judgeOwner(policy(options), name, { uuid: "1" }, answer);
    if (fault === undefined) expect(verdict).toEqual({ ok: true });
    else expect(verdict).toEqual({ ok: false, detail: expect.stringMatching(fault) });
  });
});

test("the name on a user's behalf is made from the account alone", () => {
  const route = aRoute("bob@a.example", { attributes: { uid: ["u1"] } });
  expect(nameOnBehalf(policy(), route)).toEqual({ ok: true, user: "bob@a.example" });
  expect(nameOnBehalf(policy({ format: "%o/%A[uid]" }), route)).toEqual({
    ok: true,
    user: "bob@a.example/u1",
  });
  expect(nameOnBehalf(policy({ format: "%A[no]" }), route)).toMatchObject({ ok: false });
});
