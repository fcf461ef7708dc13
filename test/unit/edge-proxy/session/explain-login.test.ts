import { expect, test } from "vitest";
import type { RouteAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import { answerExplain } from "../../../../edge-proxy/instances/answer-explain.ts";
import { Explanation } from "../../../../route-api/contract/explanations.ts";
import { aRoute } from "../routing/api-double.ts";
import { makeRig, type Rig, type RigOptions } from "./session-rig.ts";

const route = (more: object = {}): RouteAnswer => ({
  is: "route",
  route: { ...aRoute("alice"), account: "alice@example.com", mailHost: ["store1"], ...more },
});
const NAMED = { defaultDomain: "example.com" };
const STORES = { store1: { address: "10.0.0.1", attempts: 7, imap: { port: 143, tls: "starttls" } } };
const known = (more: object = {}): RigOptions => ({
  instance: NAMED,
  stores: STORES,
  routes: { "alice@example.com": route(more) },
});

async function explain(rig: Rig, selection: Record<string, string> = {}): Promise<string[]> {
  const instances = new Map([["main", { servicesFor: () => rig.services }]]);
  const given = { login: "alice", edge: "host:1", ...selection };
  const answer = Explanation.parse(await answerExplain("host:1", instances, given));
  expect(answer).toMatchObject({ edge: "host:1", instance: "main", protocol: "imap" });
  return answer.steps.map(({ step, verdict, text }) => `${step} ${verdict}: ${text}`);
}

const UNTIL_ROUTE = [
  "access ok: no access rules",
  'name ok: "alice" is looked up as alice@example.com',
  "cache ok: not cached",
];
const FOUND = [...UNTIL_ROUTE, "look-up ok: the account alice@example.com at store1"];

test("a user who may log in: every step up to the store", async () => {
  const rig = makeRig(known());
  expect(await explain(rig)).toEqual([
    ...FOUND,
    "status ok: active",
    "services ok: all services",
    "password unknown: the store checks it",
    "store-name ok: stores know the user as alice@example.com",
    "store ok: store1, port 143, STARTTLS; replay auto",
    "places ok: 0 of 7 logins in progress, 0 waiting, 0 sessions",
    "health ok: logins go to 10.0.0.1",
  ]);
  expect(rig.asked).toEqual(["alice@example.com"]);
  expect(rig.transport.connections).toEqual([]);
});

test("an account on hold, then its store: that logins wait is a step, and no login ends there", async () => {
  const account = await explain(makeRig(known({ hold: { id: "h1", until: "2026-11-27T10:00:00.000Z" } })));
  expect(account).toContain(
    "hold warning: account-held: logins wait until the hold ends, by 2026-11-27T10:00:00.000Z at the latest",
  );
  expect(account.at(-1)).toBe("health ok: logins go to 10.0.0.1");
  const rig = makeRig(known({ mailHost: ["store1", "store2"] }));
  rig.holds.replaceStores(["store1", "store2"]);
  expect((await explain(rig)).slice(UNTIL_ROUTE.length)).toEqual([
    "look-up ok: the account alice@example.com at store1, then store2",
    "status ok: active",
    "hold warning: store-held: logins wait until store1 is released",
    "services ok: all services",
    "password unknown: the store checks it",
    "store-name ok: stores know the user as alice@example.com",
    "store warning: store-held: store1 is on hold",
    "store warning: store-held: store2 is on hold",
    "store refused: no host of the route can take a login now",
  ]);
});

test.each<[string, RigOptions, Record<string, string>, string[]]>([
  [
    "no name",
    known(),
    { login: "\u0001" },
    ["access ok: no access rules", "name refused: control-character"],
  ],
  [
    "an unknown one",
    { instance: NAMED },
    {},
    [...UNTIL_ROUTE, "look-up refused: unknown-user: no entry has the name"],
  ],
  [
    "the route API is away",
    { instance: NAMED, routes: { "alice@example.com": { is: "unavailable", detail: "timed out" } } },
    {},
    [...UNTIL_ROUTE, "look-up refused: route-unavailable: timed out"],
  ],
  [
    "a disabled account",
    known({ status: "disabled", statusReason: "inetUserStatus: inactive" }),
    {},
    [...FOUND, "status refused: account-disabled: inetUserStatus: inactive"],
  ],
  [
    "a service that is not for the user",
    known({ services: ["+pop3:ALL"] }),
    { client: "192.0.2.1" },
    [
      ...FOUND,
      "status ok: active",
      "services refused: service-denied: no rule allows imap over TLS from 192.0.2.1",
    ],
  ],
  [
    "access rules that keep the client out",
    { ...known(), instance: { ...NAMED, access: ["-ALL:192.0.2.0/24"] } },
    { client: "192.0.2.1" },
    ['access refused: the rule "-ALL:192.0.2.0/24" denies imap over TLS from 192.0.2.1'],
  ],
])("ends where a login would: %s", async (_what, options, selection, steps) => {
  expect(await explain(makeRig(options), selection)).toEqual(steps);
});

test("without a client's address, rules that depend on it are only shown", async () => {
  const steps = await explain(
    makeRig({ ...known({ services: ["+imap:ALL"] }), instance: { ...NAMED, access: ["-ALL:192.0.2.0/24"] } }),
  );
  expect(steps[0]).toBe("access unknown: access rules depend on the client's address");
  expect(steps).toContain("services unknown: depends on the client's address: +imap:ALL");
});

test("a failing address is a warning while the next one serves; without any, the login is refused", async () => {
  const rig = makeRig({
    ...known({ mailHost: ["store1", "store9"] }),
    stores: { store1: { address: ["10.0.0.1", "10.0.0.2"], imap: { port: 143, tls: "none" } } },
  });
  const fail = (host: string): void => {
    const breaker = { failures: 1, openSeconds: 30 };
    rig.services.stores.health.failed({ store: "store1", host, port: 143 }, "connect", "192.0.2.1", breaker);
  };
  fail("10.0.0.1");
  const GONE = "store warning: no-store-entry: store9 is not in stores";
  expect((await explain(rig)).slice(-3)).toEqual([
    "health warning: store-skipped: logins avoid 10.0.0.1, which has failed too often",
    "health ok: logins go to 10.0.0.2",
    GONE,
  ]);
  fail("10.0.0.2");
  expect((await explain(rig)).slice(-2)).toEqual([
    GONE,
    "store refused: no host of the route can take a login now",
  ]);
});

test("a store administrator: who it is, whom the name leads to, never a password", async () => {
  const options: RigOptions = {
    ...known(),
    instance: { ...NAMED, storeAdmin: { user: "mmpstore", passwordFile: "secret" } },
    stores: { store1: { address: "10.0.0.1", replay: "admin", imap: { port: 143, tls: "none" } } },
    files: { secret: "hunter2\n" },
  };
  expect((await explain(makeRig(options))).at(-1)).toBe(
    "password refused: not-pre-authenticated: the store needs preAuth",
  );
  const preAuth = {} as NonNullable<RigOptions["preAuth"]>;
  const steps = await explain(makeRig({ ...options, preAuth }));
  expect(steps).toContain("owner ok: nobody else claims alice@example.com");
  expect(steps).toContain(
    "store-admin ok: mmpstore logs in for the user; store1 is not known to ignore that",
  );
  expect(steps.join()).not.toContain("hunter2");
  const claimed = await explain(makeRig({ ...options, preAuth, claims: { is: "too-many" } }));
  expect(claimed.at(-1)).toBe(
    'owner refused: store-name-not-own: too many entries may claim "alice@example.com"',
  );
});

test("another edge says nothing; where there is no listener, that is the answer", async () => {
  const rig = makeRig(known());
  const ask = (selection: Record<string, string>) =>
    answerExplain(
      "host:1",
      new Map([["main", { servicesFor: (protocol) => (protocol === "pop3" ? undefined : rig.services) }]]),
      { login: "alice", edge: "host:1", ...selection },
    );
  expect(await ask({ edge: "host:2" })).toBeUndefined();
  const refused = (text: string) => [{ step: "listener", verdict: "refused", text, ms: 0 }];
  expect((await ask({ instance: "other" }))?.steps).toEqual(refused("no listener for any protocol in other"));
  expect((await ask({ protocol: "pop3" }))?.steps).toEqual(refused("no listener for pop3"));
  expect(await ask({ protocol: "imap" })).toMatchObject({ ask: "explain" });
});
