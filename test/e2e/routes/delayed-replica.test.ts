import pino from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createFeeds } from "../../../edge-proxy/api-client/feeds.ts";
import type { RoutingEvent } from "../../../edge-proxy/api-client/routing-event.ts";
import { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import { RouteCaches } from "../../../edge-proxy/routing/caches.ts";
import { createRouting, type Routing } from "../../../edge-proxy/routing/routing.ts";
import { Siblings } from "../../../edge-proxy/siblings.ts";
import { TimerWheel } from "../../../edge-proxy/timer-wheel.ts";
import { nodeTransport } from "../../../edge-proxy/transport/node.ts";
import { HistoryConfig } from "../../../route-api/config/history.ts";
import { RouteApiConfig } from "../../../route-api/config/route-api.ts";
import { Secret } from "../../../route-api/contract/secret.ts";
import { startRouteApi } from "../../../route-api/http/serve.ts";
import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import { openSqlite } from "../../../route-api/store/sqlite/open.ts";
import type { FullEntry, RouteStore } from "../../../route-api/store/store.ts";
import { changeOfPut } from "../../../route-api/sync/announcer.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";
import { leaveStatus } from "../../support/sync-status.ts";
import { fence, put } from "../../support/writes.ts";
import { entry, version } from "../../unit/route-api/store/contract/under-test.ts";

let double: DynamoDouble;
let tables = 0;
beforeAll(async () => {
  double = (await doubles.find(({ name }) => name === "dynalite")?.start()) as DynamoDouble;
});
afterAll(() => double.close());

const STORES: [name: string, open: () => RouteStore][] = [
  ["SQLite", () => openSqlite(":memory:")],
  [
    "DynamoDB",
    () => openDynamoDb({ table: `replica${++tables}`, region: "local", endpoint: double.endpoint }),
  ],
];

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Region {
  routing: Routing;
  /** Writes an entry in the first region and announces it; returns how it gets into the second. */
  write(one: FullEntry): Promise<() => Promise<unknown>>;
  /** The host that a login is routed to, or what else is said. */
  hostOf(login: string): Promise<string>;
}

/** A second region: its route API reads a replica that has the change feed at once, and entries when the test says so. */
async function region(open: () => RouteStore, routeCache: object): Promise<Region> {
  const [first, replica] = [open(), open()];
  for (const store of [first, replica]) {
    await store.create();
    closers.push(() => store.close());
  }
  await leaveStatus(replica);
  const api = await startRouteApi({
    listen: "127.0.0.1:0",
    store: { ...replica, changes: first.changes, questions: first.questions },
    tokens: [{ name: "edge", scopes: ["edge"], secret: new Secret("edge-token") }],
    limits: RouteApiConfig.parse({ tokenFile: "none" }).limits,
    history: HistoryConfig.parse({}),
    log: pino({ level: "silent" }),
  });
  closers.push(() => api.close());

  const timers = new TimerWheel();
  closers.push(() => timers.stop());
  let isFollowed = false;
  const report = ({ is }: RoutingEvent): void => {
    isFollowed ||= is === "feed-followed";
  };
  const shared = { transport: nodeTransport, timers, report };
  const feeds = createFeeds({ ...shared, random: Math.random });
  const caches = new RouteCaches(new Siblings(), timers);
  const listeners = [{ protocol: "imap", port: 0 }];
  const routing = createRouting(
    {
      name: "main",
      attributes: [],
      preAuth: { binds: 1, seconds: 1 },
      api: { urls: [`http://127.0.0.1:${api.port}`], token: new Secret("edge-token") },
      cache: InstanceConfig.parse({ listeners, routeCache }).routeCache,
    },
    { ...shared, feeds, caches },
  );
  routing.start();
  closers.push(() => routing.close());
  await expect.poll(() => isFollowed).toBe(true);

  return {
    routing,
    async write(one) {
      const told = routing.counters.feed.changes;
      const [result] = await put(first, [one]);
      if (result?.did !== "wrote") throw new Error("nothing was written");
      await first.changes.append(changeOfPut(result));
      await expect.poll(() => routing.counters.feed.changes).toBe(told + 1);
      return () => put(replica, [one], { ...fence(), nextWrite: () => result.entry.write });
    },
    hostOf: (login) =>
      new Promise((resolve) => {
        routing.resolver.resolve(login, {
          resolved: (answer) => resolve(answer.is === "route" ? (answer.route.mailHost[0] ?? "") : answer.is),
        });
      }),
  };
}

describe.each(STORES)("a replica in %s that lags behind the change feed", (_name, open) => {
  const PATIENT = { lookupSeconds: 30, replicaSeconds: 30 };
  const moved = (one: FullEntry, host: string, day: number): FullEntry => ({
    ...one,
    mailHost: [host],
    version: version(day),
  });

  test("is asked again until it has what was announced: no login goes to the old store", async () => {
    const { routing, write, hostOf } = await region(open, PATIENT);
    const one = entry({ mailHost: ["old"] });
    await (await write(one))();
    expect(await hostOf(one.account)).toBe("old");
    const replicate = await write(moved(one, "new", 2));
    const { overtaken } = routing.counters.routes;
    const host = hostOf(one.account);
    await expect.poll(() => routing.counters.routes.overtaken - overtaken).toBeGreaterThan(1);
    await replicate();
    expect(await host).toBe("new");
    const { lookups } = routing.counters.routes;
    expect(await hostOf(one.account)).toBe("new");
    expect(routing.counters.routes.lookups).toBe(lookups);
  });

  test("that does not have a new user yet makes nobody unknown", async () => {
    const { routing, write, hostOf } = await region(open, PATIENT);
    const one = entry({ mailHost: ["new"] });
    expect(await hostOf(one.account)).toBe("unknown");
    const replicate = await write(one);
    const host = hostOf(one.account);
    await expect.poll(() => routing.counters.routes.overtaken).toBeGreaterThan(1);
    await replicate();
    expect(await host).toBe("new");
  });

  test("for longer than replicaSeconds: the earlier route is used, and not cached", async () => {
    const { write, hostOf } = await region(open, { replicaSeconds: 0.2 });
    const [one, added] = [entry({ mailHost: ["old"] }), entry()];
    await (await write(one))();
    const replicate = await write(moved(one, "new", 2));
    for (let round = 0; round < 2; round++) expect(await hostOf(one.account)).toBe("old");
    await replicate();
    expect(await hostOf(one.account)).toBe("new");
    await write(added);
    expect(await hostOf(added.account)).toBe("unavailable");
  });
});
