import { expect, test } from "vitest";
import { createFeeds } from "../../../../edge-proxy/api-client/feeds.ts";
import { InstanceConfig } from "../../../../edge-proxy/config/instance.ts";
import { RouteCaches } from "../../../../edge-proxy/routing/caches.ts";
import { createRouting, type Routing } from "../../../../edge-proxy/routing/routing.ts";
import { Siblings } from "../../../../edge-proxy/siblings.ts";
import { Secret } from "../../../../route-api/contract/secret.ts";
import { aRoute, fakeTransport, HandWheel, said } from "./api-double.ts";

const cacheOf = (routeCache: object = {}) =>
  InstanceConfig.parse({ listeners: [{ protocol: "imap", port: 0 }], routeCache }).routeCache;

/** What the routing of these tests has no use for. */
const REST = { name: "main", attributes: [], preAuth: { binds: 1, seconds: 1 } };

const access = (host: string, token = "token") => ({ urls: [`http://${host}`], token: new Secret(token) });

/** A routing that follows the feed and knows one route. */
function knowing() {
  const wheel = new HandWheel();
  const { transport, connections } = fakeTransport();
  const report = (): void => {};
  const context = {
    transport,
    timers: wheel,
    report,
    feeds: createFeeds({ transport, timers: wheel, report, random: () => 0 }),
    caches: new RouteCaches(new Siblings(), wheel),
  };
  const heard: string[] = [];
  const resolve = (routing: Routing): void =>
    routing.resolver.resolve("a", { resolved: (answer) => heard.push(said(answer)) });
  const before = createRouting({ ...REST, api: access("one"), cache: cacheOf() }, context);
  before.start();
  connections[0]?.accept().answer(200, { cursor: "1.a", gap: false, changes: [] });
  resolve(before);
  connections[1]?.accept().answer(200, aRoute("a"));
  heard.length = 0;
  return { wheel, connections, context, heard, resolve, before };
}

test("settings that stay the same keep the routing", () => {
  const { context, before } = knowing();
  expect(createRouting({ ...REST, api: access("one"), cache: cacheOf() }, context, before)).toBe(before);
});

test("with other cache settings what is known is used on, and the feed goes on", () => {
  const { wheel, connections, context, heard, resolve, before } = knowing();
  const after = createRouting(
    { ...REST, api: access("one"), cache: cacheOf({ staleSeconds: 1 }) },
    context,
    before,
  );
  after.start();
  before.retire();
  resolve(after);
  wheel.turn(4.5);
  resolve(before);
  expect(heard).toEqual(["a on store1", "a on store1"]);
  connections[0]?.answer(200, {
    cursor: "2.b",
    gap: false,
    changes: [{ kind: "route", uuid: "uuid of a", account: "a", names: ["a"] }],
  });
  expect(after.counters).toMatchObject({
    routes: { hits: 2, invalidations: 1, entries: 0 },
    feed: { changes: 1, gaps: 0 },
  });
  expect(connections).toHaveLength(2);
});

test("a reload leaves a slow directory its whole time for a password", () => {
  const { wheel, connections, context } = knowing();
  const options = { ...REST, preAuth: { binds: 1, seconds: 10 }, api: access("one") };
  const before = createRouting({ ...options, cache: cacheOf() }, context);
  const answers: string[] = [];
  before.preAuthClient.preAuthenticate({
    uuid: "u",
    password: "p",
    certain: false,
    deadlineMs: wheel.nowMs + 10_000,
    answered: ({ is }) => answers.push(is),
  });
  const connection = connections.at(-1)?.accept();
  createRouting({ ...options, cache: cacheOf({ staleSeconds: 1 }) }, context, before).start();
  before.retire();
  wheel.turn(9.5);
  connection?.answer(200, { authenticated: true });
  expect(answers).toEqual(["right"]);
  wheel.turn(5);
  expect(connection?.closed).toBe(true);
});

test("a smaller cache drops what no longer fits", () => {
  const { context, before } = knowing();
  for (let index = 0; index < 200; index++) {
    const answer = { is: "route", route: aRoute(`user${index}`) } as const;
    before.memory.learn(`user${index}`, { answer, askedMs: 0, askedMark: before.memory.mark });
  }
  createRouting({ ...REST, api: access("one"), cache: cacheOf({ bytes: 65_536 }) }, context, before).start();
  expect(before.counters.routes.bytes).toBeLessThanOrEqual(65_536);
  expect(before.counters.routes.entries).toBeGreaterThan(50);
});

test.each([
  ["another address", access("two")],
  ["another token", access("one", "new token")],
])("%s: what is known is asked for first, and used where nobody answers", (_what, api) => {
  const { connections, context, heard, resolve, before } = knowing();
  const after = createRouting({ ...REST, api, cache: cacheOf() }, context, before);
  after.start();
  before.retire();
  resolve(after);
  expect(heard).toEqual([]);
  connections.at(-1)?.refuse();
  expect(heard).toEqual(["a on store1"]);
  resolve(after);
  connections
    .at(-1)
    ?.accept()
    .answer(200, aRoute("a", { mailHost: ["store2"] }));
  expect(heard[1]).toBe("a on store2");
});

test("once closed, nothing that is known is used without asking, and nothing runs on", () => {
  const { wheel, connections, heard, resolve, before } = knowing();
  before.close();
  expect(connections.every(({ closed }) => closed)).toBe(true);
  expect(wheel.waiting).toBe(0);
  resolve(before);
  expect(heard).toEqual([]);
});

test("routes that lack what they must bring along now are asked for anew", () => {
  const { connections, context, heard, resolve, before } = knowing();
  const options = { ...REST, api: access("one"), cache: cacheOf(), attributes: ["uid"] };
  const after = createRouting(options, context, before);
  after.start();
  resolve(after);
  expect(heard).toEqual([]);
  expect(connections.at(-1)?.accept().requests).toEqual(["/v1/routes/a?attributes=uid"]);
  connections.at(-1)?.answer(200, aRoute("a"));
  // With less to bring along nothing is missing.
  const less = createRouting({ ...options, attributes: [] }, context, after);
  less.start();
  resolve(less);
  expect(heard).toEqual(["a on store1", "a on store1"]);
});

test("a domain may keep routes in its own way: for another time, as many as it says, or none", () => {
  const { wheel, connections, before } = knowing();
  const heard: string[] = [];
  const ask = (keeping: { entries?: number; seconds?: number }): string => {
    const count = heard.length;
    const { entries, seconds } = keeping;
    before
      .resolverFor("acme", { entries, seconds })
      .resolve("a", { resolved: (answer) => heard.push(said(answer)) });
    if (heard.length > count) return "cached";
    connections[1]?.answer(200, aRoute("a"));
    return "asked";
  };
  expect(ask({})).toBe("cached");
  expect([ask({ entries: 10 }), ask({ entries: 10 })]).toEqual(["asked", "cached"]);
  expect([ask({ entries: 0 }), ask({ entries: 0 })]).toEqual(["asked", "asked"]);
  wheel.turn(5);
  expect(ask({ seconds: 900 })).toBe("cached");
  expect(ask({ seconds: 0 })).toBe("cached");
  expect(connections[1]?.requests).toEqual(["/v1/routes/a"]);
  expect(before.resolverFor("acme", { entries: 10, seconds: undefined })).toBe(
    before.resolverFor("acme", { entries: 10, seconds: undefined }),
  );
  connections[1]?.answer(200, aRoute("a"));
  // A change reaches the domain's own memory, too.
  connections[0]?.answer(200, {
    cursor: "2.b",
    gap: false,
    changes: [{ kind: "route", uuid: "uuid of a", account: "a", names: [] }],
  });
  expect(ask({ entries: 10 })).toBe("asked");
});
