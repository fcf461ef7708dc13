import { describe, expect, test } from "vitest";
import { FeedFollower } from "../../../../edge-proxy/api-client/feed-follower.ts";
import { createFeeds } from "../../../../edge-proxy/api-client/feeds.ts";
import type { RoutingEvent } from "../../../../edge-proxy/api-client/routing-event.ts";
import { Secret } from "../../../../route-api/contract/secret.ts";
import { address, fakeTransport, HandWheel } from "../routing/api-double.ts";

const SILENT_SECONDS = 10;

function start(hosts = ["one"]) {
  const timers = new HandWheel();
  const { transport, connections, last } = fakeTransport();
  const events: RoutingEvent["is"][] = [];
  const feed = new FeedFollower({
    transport,
    timers,
    addresses: hosts.map(address),
    report: ({ is }) => events.push(is),
    random: () => 0,
  });
  const heard: string[] = [];
  const subscriber = {
    silentSeconds: SILENT_SECONDS,
    told: ({ account, names }: { account: string; names: string[] }) =>
      heard.push(`${account}: ${names.join(" ")}`),
    storesHeld() {},
    suspectAll: () => heard.push("all"),
  };
  return { timers, connections, last, events, feed, heard, subscriber };
}

/** A feed with its first cursor. */
function subscribed(hosts?: string[]) {
  const rig = start(hosts);
  rig.feed.subscribe(rig.subscriber);
  rig.last().accept().answer(200, { cursor: "1.a", gap: false, changes: [] });
  rig.heard.length = 0;
  return rig;
}

const change = (account: string) => ({
  kind: "route",
  uuid: `uuid of ${account}`,
  account,
  names: [account, `alias of ${account}`],
});

test("begins at the end of the feed: what was learned before is suspect", () => {
  const { feed, last, heard, events, subscriber } = start();
  expect(feed.answeredMs).toBe(Number.NEGATIVE_INFINITY);
  feed.subscribe(subscriber);
  expect(last().accept().requests).toEqual(["/v1/changes?wait=0"]);
  heard.length = 0;
  last().answer(200, { cursor: "7.x/y", gap: false, changes: [] });
  expect(heard).toEqual(["all"]);
  expect(feed.answeredMs).toBe(0);
  expect(events).toEqual(["feed-followed"]);
  expect(last().requests).toEqual(["/v1/changes?after=7.x%2Fy&wait=5"]);
});

test("tells of changes in order, and goes on behind them", () => {
  const { last, heard, feed } = subscribed();
  last().answer(200, { cursor: "3.c", gap: false, changes: [change("a"), { kind: "all" }, change("b")] });
  expect(heard).toEqual(["a: a alias of a", "all", "b: b alias of b"]);
  expect(last().requests).toEqual(["/v1/changes?after=3.c&wait=5"]);
  expect(feed.counters).toEqual({ changes: 3, gaps: 1, feedReconnects: 0, ageSeconds: 0 });
});

test("leaves out changes of a kind that it does not know", () => {
  const { last, heard, events } = subscribed();
  last().answer(200, {
    cursor: "3.c",
    gap: false,
    changes: [{ kind: "later", what: 1 }, change("a"), { kind: "" }],
    later: true,
  });
  expect(heard).toEqual(["a: a alias of a"]);
  expect(last().requests).toEqual(["/v1/changes?after=3.c&wait=5"]);
  expect(events).toEqual(["feed-followed"]);
});

test.each([[{ kind: "route" }], [{}], [null], ["all"], [{ kind: 1 }]])(
  "takes no response with %j for one without changes",
  (broken) => {
    const { last, heard, events } = subscribed();
    last().answer(200, { cursor: "3.c", gap: false, changes: [broken] });
    expect(heard).toEqual([]);
    expect(events).toEqual(["feed-followed", "feed-lost"]);
  },
);

test("a gap makes all suspect before the changes behind it are told", () => {
  const { last, heard, events } = subscribed();
  last().answer(200, { cursor: "3.c", gap: true, changes: [change("a")] });
  expect(heard).toEqual(["all", "a: a alias of a"]);
  expect(events).toEqual(["feed-followed", "feed-gap"]);
});

test("says each few seconds that it is there", () => {
  const { timers, last, feed } = subscribed();
  for (let poll = 0; poll < 5; poll++) {
    timers.turn(5);
    last().answer(200, { cursor: "1.a", gap: false, changes: [] });
    expect(feed.answeredMs).toBe(timers.nowMs);
  }
});

describe("when it is lost", () => {
  test("it resumes by its cursor, at the next address", () => {
    const { timers, last, connections, heard, events, feed } = subscribed(["one", "two"]);
    last().close();
    // The connection had served before: it may have been closed just as the request left.
    expect(last().host).toBe("one");
    last().refuse();
    timers.turn(0.2);
    expect(last().host).toBe("two");
    expect(last().accept().requests).toEqual(["/v1/changes?after=1.a&wait=0"]);
    last().answer(200, { cursor: "2.b", gap: false, changes: [change("a")] });
    expect(heard).toEqual(["a: a alias of a"]);
    expect(last().requests).toEqual(["/v1/changes?after=2.b&wait=5"]);
    expect(events).toEqual(["feed-followed", "feed-lost", "feed-followed"]);
    expect(feed.counters.feedReconnects).toBe(1);
    expect(connections).toHaveLength(3);
  });

  test("it is tried again ever more rarely", () => {
    const { timers, last, connections } = subscribed();
    last().close();
    const times: number[] = [];
    for (let failure = 0; failure < 8; failure++) {
      const before = connections.length;
      last().refuse();
      const failedMs = timers.nowMs;
      while (connections.length === before) timers.turn(0.1);
      times.push(Math.round((timers.nowMs - failedMs) / 100) / 10);
    }
    expect(times).toEqual([0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5, 2.5]);
  });

  test("a server that accepts and says nothing is given up", () => {
    const { timers, last, connections, events } = subscribed(["one", "two"]);
    timers.turn(8);
    expect(events).toEqual(["feed-followed", "feed-lost"]);
    expect(connections[0]?.closed).toBe(true);
    timers.turn(1);
    expect(last().host).toBe("two");
  });

  test("an address that does not even accept is given up soon", () => {
    const { timers, last } = subscribed(["one", "two"]);
    last().close();
    timers.turn(3.2);
    expect(last().host).toBe("two");
  });

  test.each([
    ["status 503", 503, { code: "store-unavailable" }, "/v1/changes?after=1.a&wait=0"],
    ["status 401", 401, {}, "/v1/changes?after=1.a&wait=0"],
    ["a wrong cursor", 400, {}, "/v1/changes?wait=0"],
    ["an API without a feed", 404, {}, "/v1/changes?wait=0"],
    ["an answer that breaks the contract", 200, { cursor: "", changes: "no" }, "/v1/changes?wait=0"],
    [
      "a cursor that cannot be sent back",
      200,
      { cursor: "\ud800", gap: false, changes: [] },
      "/v1/changes?wait=0",
    ],
    ["no JSON", 200, undefined, "/v1/changes?wait=0"],
  ])("%s: it is asked for again later", (_name, status, body, path) => {
    const { timers, last, heard, feed } = subscribed();
    last().answer(status, body ?? "not the contract's");
    timers.turn(1);
    expect(last().accept().requests).toEqual([path]);
    last().answer(200, { cursor: "9.z", gap: false, changes: [] });
    // Without the cursor nobody knows what was missed.
    expect(heard).toEqual(path.includes("after") ? [] : ["all"]);
    expect(feed.counters.gaps).toBe(path.includes("after") ? 0 : 1);
  });

  test("an answer that is longer than can be taken is not asked for again", () => {
    const { timers, last, heard } = subscribed();
    last().receiver.data(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"));
    timers.turn(1);
    expect(last().accept().requests).toEqual(["/v1/changes?wait=0"]);
    last().answer(200, { cursor: "9.z", gap: false, changes: [] });
    expect(heard).toEqual(["all"]);
  });

  test("an API that does not wait is not asked without end", () => {
    const { timers, last } = subscribed();
    let polls = 0;
    for (let tenth = 0; tenth < 100; tenth++) {
      while (last().requests.length > 0) {
        polls++;
        last().answer(200, { cursor: "1.a", gap: false, changes: [] });
      }
      timers.turn(0.1);
    }
    expect(polls).toBeLessThanOrEqual(11);
  });
});

test("ends with its last subscriber, and begins anew with the next", () => {
  const { timers, last, feed, heard, subscriber, connections } = subscribed();
  const other = { ...subscriber, silentSeconds: 4 };
  feed.subscribe(other);
  feed.unsubscribe(subscriber);
  last().answer(200, { cursor: "2.b", gap: false, changes: [change("a")] });
  expect(heard).toEqual(["a: a alias of a"]);
  expect(last().requests).toEqual(["/v1/changes?after=2.b&wait=2"]);
  feed.unsubscribe(other);
  expect(last().closed).toBe(true);
  expect(timers.waiting).toBe(0);
  feed.subscribe(subscriber);
  expect(connections).toHaveLength(2);
  expect(last().accept().requests).toEqual(["/v1/changes?wait=0"]);
});

test("instances that ask the same API share a feed", () => {
  const { transport } = fakeTransport();
  const feeds = createFeeds({ transport, timers: new HandWheel(), report: () => {}, random: () => 0 });
  const access = { urls: ["http://127.0.0.1:1"], token: new Secret("token") };
  const feed = feeds.of(access);
  feed.subscribe({ silentSeconds: 1, told() {}, storesHeld() {}, suspectAll() {} });
  expect(feeds.of({ ...access, token: new Secret("token") })).toBe(feed);
  expect(feeds.of({ ...access, token: new Secret("other") })).not.toBe(feed);
  expect(feeds.of(access)).toBe(feed);
});

describe("questions", () => {
  const HOLD = { id: "h1", by: "admin", why: "move", until: "2026-11-27T10:00:00.000Z" };

  function asked(holds: object = { accounts: [], stores: [] }) {
    const timers = new HandWheel();
    const { transport, last } = fakeTransport();
    const questions: string[] = [];
    const missed: string[] = [];
    let heldStores: readonly string[] = [];
    let answered = (): void => {};
    const feed = new FeedFollower({
      transport,
      timers,
      addresses: [address("one")],
      report: () => {},
      random: () => 0,
      questions: {
        edge: "host:1",
        asked(read, done) {
          questions.push(...read.map(({ id }) => id));
          answered = done;
        },
        missed: (accounts) => void missed.push(...accounts),
      },
    });
    const heard: string[] = [];
    feed.subscribe({
      silentSeconds: SILENT_SECONDS,
      told: ({ account }) => heard.push(account),
      storesHeld(stores) {
        heldStores = stores;
      },
      suspectAll: () => {},
    });
    last()
      .accept()
      .answer(200, {
        cursor: "1.a",
        gap: false,
        changes: [],
        asks: { cursor: "4.x", gap: false, questions: [] },
      });
    expect(last().requests).toEqual(["/v1/holds"]);
    last().answer(200, holds);
    return {
      timers,
      last,
      feed,
      heard,
      questions,
      missed,
      heldStores: () => heldStores,
      answer: () => answered(),
    };
  }
  const account = (name: string) => ({
    ...HOLD,
    gen: 0,
    from: ["store1"],
    uuid: `uuid of ${name}`,
    account: name,
    names: [name],
    write: 7,
  });
  const POLL = "/v1/changes?after=1.a&wait=5&asks=4.x&edge=host%3A1";
  const question = (id: string) => ({ id, ask: "kick", selection: { account: "alice" }, ttlMs: 1000 });
  const withQuestions = (cursor: string, ...ids: string[]) => ({
    cursor: "2.b",
    gap: false,
    changes: [change("alice")],
    asks: { cursor, gap: false, questions: ids.map(question) },
  });

  test("are asked for from the end of their feed on, by name", () => {
    const { last } = asked();
    expect(last().heads[0]).toContain("/v1/changes?wait=0&asks=&edge=host%3A1 ");
    expect(last().requests).toEqual(["/v1/changes?after=1.a&wait=5&asks=4.x&edge=host%3A1"]);
  });

  test("are heard behind the changes before them; the next poll waits until they are answered", () => {
    const { last, heard, questions, answer } = asked();
    last().answer(200, withQuestions("6.z", "q1", "q2"));
    expect(heard).toEqual(["alice"]);
    expect(questions).toEqual(["q1", "q2"]);
    expect(last().requests).toEqual([]);
    answer();
    expect(last().requests).toEqual(["/v1/changes?after=2.b&wait=5&asks=6.z&edge=host%3A1"]);
    answer();
    expect(last().requests).toHaveLength(1);
  });

  test("what is on hold is known before the first poll that acknowledges, or an API knows of no holds", () => {
    const { last, heard, missed, heldStores } = asked({
      accounts: [account("alice")],
      stores: [{ ...HOLD, store: "store2" }],
    });
    expect(heard).toEqual(["alice"]);
    expect(heldStores()).toEqual(["store2"]);
    // There were no sessions yet.
    expect(missed).toEqual([]);
    expect(last().requests).toEqual([POLL]);
  });

  test("an API that knows of no holds is followed all the same", () => {
    const { last, feed } = asked();
    last().answer(200, { ...withQuestions("6.z"), asks: { cursor: "6.z", gap: true, questions: [] } });
    last().answer(404, { code: "not-found" });
    expect(last().requests).toEqual(["/v1/changes?after=2.b&wait=5&asks=6.z&edge=host%3A1"]);
    expect(feed.hasSubscribers).toBe(true);
  });

  test("after a gap holds are read before the next poll, and the sessions of their accounts end", () => {
    const { timers, last, missed } = asked();
    last().answer(200, { ...withQuestions("9.q"), asks: { cursor: "9.q", gap: true, questions: [] } });
    expect(last().requests).toEqual(["/v1/holds"]);
    // Until they can be read nothing is acknowledged.
    last().answer(503, {});
    timers.turn(1);
    expect(last().accept().requests).toEqual(["/v1/holds"]);
    expect(missed).toEqual([]);
    last().answer(200, { accounts: [account("alice")], stores: [] });
    expect(missed).toEqual(["alice"]);
    expect(last().requests).toEqual(["/v1/changes?after=2.b&wait=5&asks=9.q&edge=host%3A1"]);
  });

  test("a question for it has holds read before it is acknowledged; no session ends for that", () => {
    const { last, answer, missed, heldStores } = asked();
    const asks = {
      cursor: "6.z",
      gap: false,
      questions: [{ ...question("q1"), ask: "holds", selection: {} }],
    };
    last().answer(200, { cursor: "2.b", gap: false, changes: [], asks });
    answer();
    expect(last().requests).toEqual(["/v1/holds"]);
    last().answer(200, { accounts: [account("alice")], stores: [{ ...HOLD, store: "store1" }] });
    expect(heldStores()).toEqual(["store1"]);
    expect(missed).toEqual([]);
    expect(last().requests).toEqual(["/v1/changes?after=2.b&wait=5&asks=6.z&edge=host%3A1"]);
  });

  test("an API that knows none of them is followed all the same", () => {
    const { last, heard } = asked();
    last().answer(200, { cursor: "2.b", gap: false, changes: [change("alice")] });
    expect(heard).toEqual(["alice"]);
    expect(last().requests).toEqual(["/v1/changes?after=2.b&wait=5&asks=4.x&edge=host%3A1"]);
  });
});

test("its age is the time since the last answer, or since it is followed; nothing where nobody follows", () => {
  const { feed, last, timers, subscriber } = start();
  timers.turn(7);
  expect(feed.counters.ageSeconds).toBe(0);
  feed.subscribe(subscriber);
  timers.turn(2);
  expect(feed.counters.ageSeconds).toBe(2);
  last().accept().answer(200, { cursor: "1.a", gap: false, changes: [] });
  expect(feed.counters.ageSeconds).toBe(0);
  timers.turn(4);
  expect(feed.counters.ageSeconds).toBe(4);
  feed.unsubscribe(subscriber);
  expect(feed.counters.ageSeconds).toBe(0);
});
