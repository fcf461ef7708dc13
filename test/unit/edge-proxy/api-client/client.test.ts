import { describe, expect, test } from "vitest";
import { RouteClient } from "../../../../edge-proxy/api-client/client.ts";
import { newCounters } from "../../../../edge-proxy/api-client/counters.ts";
import type { RoutingEvent } from "../../../../edge-proxy/api-client/routing-event.ts";
import {
  address,
  aRoute,
  type FakeConnection,
  fakeTransport,
  HandWheel,
  POOL,
  said,
} from "../routing/api-double.ts";

const LOOKUP_SECONDS = 3;

function start(hosts = ["one"], attributes: string[] = [], random = 0) {
  const timers = new HandWheel();
  const { transport, connections, last } = fakeTransport();
  const heard: string[] = [];
  const details: string[] = [];
  const events: RoutingEvent["is"][] = [];
  const counters = newCounters();
  const client = new RouteClient({
    transport,
    timers,
    addresses: hosts.map(address),
    ...POOL,
    attributes,
    lookupSeconds: LOOKUP_SECONDS,
    circuitFailures: 3,
    circuitOpenSeconds: 5,
    recoverySeconds: 4,
    counters,
    report: ({ is }) => events.push(is),
    random: () => random,
  });
  const lookup = (login: string, certain = false): void =>
    client.lookup({
      wanted: login,
      certain,
      deadlineMs: timers.nowMs + LOOKUP_SECONDS * 1000,
      answered(answer) {
        heard.push(`${login}: ${said(answer)}`);
        if (answer.is === "unavailable") details.push(answer.detail);
      },
    });
  return { client, timers, connections, last, heard, details, events, counters, lookup };
}

const well = (connection: FakeConnection, login: string): void => connection.answer(200, aRoute(login));

describe("one connection", () => {
  test("requests are pipelined, and answered in their order", () => {
    const { connections, last, heard, timers, lookup } = start();
    lookup("a");
    lookup("b c");
    expect(last().requests).toEqual([]);
    last().accept();
    lookup("d/é");
    expect(connections).toHaveLength(1);
    expect(last().requests).toEqual(["/v1/routes/a", "/v1/routes/b%20c", "/v1/routes/d%2F%C3%A9"]);
    for (const login of ["a", "b c", "d/é"]) well(last(), login);
    expect(heard).toEqual(["a: a on store1", "b c: b c on store1", "d/é: d/é on store1"]);
    expect(timers.waiting).toBe(0);
  });

  test("each request says who asks, and whether a copy will do", () => {
    const { last, lookup } = start();
    lookup("a");
    lookup("b", true);
    last().accept();
    expect(last().heads).toEqual([
      "GET /v1/routes/a HTTP/1.1\r\nHost: one",
      "GET /v1/routes/b HTTP/1.1\r\nCache-Control: no-cache\r\nHost: one",
    ]);
  });

  test("a request for a session says whose it is", () => {
    const { client, timers, last } = start();
    for (const certain of [false, true]) {
      const deadlineMs = timers.nowMs + 1000;
      client.lookup({ wanted: "a", certain, deadlineMs, sid: "0badcafe-2k", answered() {} });
    }
    last().accept();
    expect(last().heads).toEqual([
      "GET /v1/routes/a HTTP/1.1\r\nX-Session-Id: 0badcafe-2k\r\nHost: one",
      "GET /v1/routes/a HTTP/1.1\r\nCache-Control: no-cache\r\nX-Session-Id: 0badcafe-2k\r\nHost: one",
    ]);
  });

  test("the answer to a request that was given up is thrown away, and the order stays", () => {
    const { connections, heard, timers, lookup } = start();
    lookup("slow");
    connections[0]?.accept();
    timers.turn(2);
    lookup("behind");
    timers.turn(1);
    expect(heard).toEqual(["slow: unavailable"]);
    // Nothing more goes behind the one that was given up.
    lookup("after");
    expect(connections).toHaveLength(2);
    connections[1]?.accept();
    connections[0]?.answer(200, aRoute("slow"));
    connections[0]?.answer(200, aRoute("behind"));
    connections[1]?.answer(200, aRoute("after"));
    expect(heard.slice(1)).toEqual(["behind: behind on store1", "after: after on store1"]);
    expect(timers.waiting).toBe(0);
  });

  test("no more than so many are under way on one connection, and no more than so many connections", () => {
    const { connections, heard, lookup } = start();
    for (let index = 0; index < 300; index++) lookup(`u${index}`);
    expect(connections).toHaveLength(8);
    for (const connection of connections) connection.accept();
    expect(connections.map(({ requests }) => requests.length)).toEqual(Array(8).fill(16));
    for (let round = 0; round < 100; round++) {
      for (const { requests } of connections) expect(requests.length).toBeLessThanOrEqual(16);
      for (const connection of connections) {
        const [path = ""] = connection.requests;
        if (path !== "") well(connection, path.replace("/v1/routes/", ""));
      }
    }
    expect(heard).toHaveLength(300);
    expect(heard.every((line) => /^(u\d+): \1 on store1$/.test(line))).toBe(true);
  });

  test("those that wait for room and give up leave their place to the next", () => {
    const { connections, heard, timers, lookup } = start();
    for (let index = 0; index < 128; index++) lookup(`slow${index}`);
    for (const connection of connections) connection.accept();
    timers.turn(2);
    for (let index = 0; index < 1000; index++) lookup(`queued${index}`);
    timers.turn(0.9);
    connections[0]?.answer(200, aRoute("slow0"));
    expect(connections[0]?.requests.at(-1)).toBe("/v1/routes/queued0");
    timers.turn(2.2);
    expect(heard).toHaveLength(1128);
    lookup("last");
    connections.at(-1)?.accept();
    connections.at(-1)?.answer(200, aRoute("last"));
    expect(heard.at(-1)).toBe("last: unavailable");
    expect(timers.waiting).toBe(8);
    timers.turn(6);
    lookup("well");
    connections.at(-1)?.accept();
    connections.at(-1)?.answer(200, aRoute("well"));
    expect(heard.at(-1)).toBe("well: well on store1");
  });

  test("a server that closes an idle connection is asked again on another, once", () => {
    const { connections, heard, lookup } = start();
    lookup("a");
    connections[0]?.accept();
    connections[0]?.answer(200, aRoute("a"));
    lookup("b");
    connections[0]?.close();
    connections[1]?.accept();
    expect(connections[1]?.requests).toEqual(["/v1/routes/b"]);
    connections[1]?.answer(200, aRoute("b"));
    lookup("c");
    connections[1]?.close();
    connections[2]?.accept().close();
    expect(heard).toEqual(["a: a on store1", "b: b on store1", "c: unavailable"]);
  });

  test("an answer that closes the connection is the last on it", () => {
    const { connections, heard, lookup } = start();
    lookup("a");
    lookup("b");
    connections[0]?.accept();
    connections[0]?.answer(200, aRoute("a"), "Connection: close\r\n");
    expect(connections[0]?.closed).toBe(true);
    connections[1]?.accept();
    connections[1]?.answer(200, aRoute("b"));
    expect(heard).toEqual(["a: a on store1", "b: b on store1"]);
  });

  test("a server that closes with each answer gets through all that wait", () => {
    const { connections, heard, timers, events, lookup } = start();
    const logins = ["a", "b", "c", "d", "e"];
    for (const login of logins) lookup(login);
    for (const [index, login] of logins.entries()) {
      connections[index]?.accept();
      // More would be lost with the answer, were the server to close by a reset.
      expect(connections[index]?.requests).toHaveLength(index === 0 ? logins.length : 1);
      connections[index]?.answer(200, aRoute(login), "Connection: close\r\n");
    }
    expect(heard).toEqual(logins.map((login) => `${login}: ${login} on store1`));
    expect(connections).toHaveLength(logins.length);
    expect(events).toEqual([]);
    expect(timers.waiting).toBe(0);
  });

  test("a server that closes when a second request arrives is sent one at a time, each once more", () => {
    const { connections, heard, timers, lookup } = start();
    for (const login of ["a", "b", "c"]) lookup(login);
    connections[0]?.accept();
    connections[0]?.close();
    connections[0]?.requests.splice(0);
    for (let at = 1; at < 4; at++) {
      connections[at]?.accept();
      expect(connections[at]?.requests).toHaveLength(1);
    }
    for (const [at, login] of ["a", "b", "c"].entries()) well(connections[at + 1] as FakeConnection, login);
    expect(heard).toEqual(["a: a on store1", "b: b on store1", "c: c on store1"]);
    /** The most requests on one connection where twice as many as connections are asked at once; all are answered. */
    const most = (): number => {
      for (let at = 0; at < 16; at++) lookup(`u${at}`);
      for (const connection of connections.slice(4)) connection.accept();
      const found = Math.max(...connections.map(({ requests }) => requests.length));
      for (const connection of [...connections, ...connections])
        while (connection.requests.length > 0) well(connection, connection.requests[0]?.slice(11) ?? "");
      return found;
    };
    expect(most()).toBe(1);
    timers.turn(601);
    expect(most()).toBeGreaterThan(1);
    expect(heard).toHaveLength(3 + 2 * 16);
  });

  test("a route as long as the route store keeps one does no harm to others", () => {
    const { connections, heard, lookup } = start();
    lookup("long");
    lookup("other");
    connections[0]?.accept();
    connections[0]?.answer(200, aRoute("long", { services: ["+imap:ALL".repeat(19_900)] }));
    connections[0]?.answer(200, aRoute("other"));
    expect(heard).toEqual(["long: long on store1", "other: other on store1"]);
  });

  test("a connection on which nothing is said any more is closed", () => {
    const { connections, timers, lookup } = start();
    lookup("a");
    connections[0]?.accept();
    timers.turn(LOOKUP_SECONDS * 2);
    expect(connections[0]?.closed).toBe(true);
    expect(timers.waiting).toBe(0);
  });
});

test("a connection whose answer never ends is closed, and another takes its place", () => {
  const { connections, heard, timers, lookup } = start();
  lookup("a");
  connections[0]?.accept();
  connections[0]?.receiver.data(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"));
  for (let second = 0; second < LOOKUP_SECONDS * 2; second++) {
    timers.turn(1);
    connections[0]?.receiver.data(Buffer.from("x"));
  }
  expect(heard).toEqual(["a: unavailable"]);
  expect(connections[0]?.closed).toBe(true);
  expect(timers.waiting).toBe(0);
});

describe("searches and pre-authentications", () => {
  const search = { match: { attribute: "uid", value: "ü" }, base: "o=a" };
  const deadlineMs = LOOKUP_SECONDS * 1000;

  test("a search is posted, between look-ups, and answered like one", () => {
    const { client, last, heard, lookup } = start();
    lookup("a");
    client.lookup({
      wanted: search,
      certain: true,
      deadlineMs,
      answered: (answer) => heard.push(`search: ${said(answer)}`),
    });
    lookup("b");
    last().accept();
    expect(last().requests).toEqual(["/v1/routes/a", "/v1/route-searches", "/v1/routes/b"]);
    expect(last().bodies).toEqual([search]);
    expect(last().heads[1]).toBe(
      `POST /v1/route-searches HTTP/1.1\r\nCache-Control: no-cache\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(JSON.stringify(search))}\r\nHost: one`,
    );
    for (const login of ["a", "s", "b"]) well(last(), login);
    expect(heard).toEqual(["a: a on store1", "search: s on store1", "b: b on store1"]);
  });

  test("routes bring along what they were asked for", () => {
    const { client, last } = start(["one"], ["uid", "cn"]);
    const rest = { certain: false, deadlineMs, answered() {} };
    client.lookup({ wanted: "a b", ...rest });
    client.lookup({ wanted: search, ...rest });
    last().accept();
    expect(last().requests[0]).toBe("/v1/routes/a%20b?attributes=uid,cn");
    expect(last().bodies).toEqual([{ ...search, attributes: ["uid", "cn"] }]);
  });

  test.each([
    [200, { authenticated: true, account: "a" }, { is: "right" }],
    [200, { authenticated: false }, { is: "wrong" }],
    [200, { authenticated: "yes" }, { is: "unavailable" }],
    [503, { code: "directory-unavailable" }, { is: "unavailable", detail: "the directory is unavailable" }],
    [503, { code: "overloaded" }, { is: "unavailable" }],
    [404, { code: "unknown-user" }, { is: "unavailable" }],
  ])("the directory's word: %i %j is %j", (status, body, expected) => {
    const { client, last } = start();
    const answers: unknown[] = [];
    client.preAuthenticate({
      uuid: "u",
      password: 'p"\u00fc',
      certain: false,
      deadlineMs,
      answered: (answer) => answers.push(answer),
    });
    last().accept();
    expect(last().bodies).toEqual([{ uuid: "u", password: 'p"\u00fc' }]);
    last().answer(status, body);
    expect(answers).toEqual([expect.objectContaining(expected)]);
  });

  test("a directory that is out is nothing against the API", () => {
    const { client, events, last } = start();
    for (let count = 0; count < 10; count++) {
      client.preAuthenticate({ uuid: "u", password: "p", certain: false, deadlineMs, answered() {} });
      last().accept().answer(503, { code: "directory-unavailable" });
    }
    expect(events).toEqual([]);
  });
});

describe("answers", () => {
  test.each([
    [404, { code: "unknown-user" }, "unknown"],
    [404, { code: "not-found" }, "unavailable"],
    [404, "<html>", "unavailable"],
    [409, { code: "ambiguous-user", detail: "two DNs" }, "ambiguous"],
    [200, { account: "a" }, "unavailable"],
    [200, { ...aRoute("a"), account: "a\r\nb" }, "unavailable"],
    [401, { code: "unauthorized" }, "unavailable"],
    [500, { code: "internal" }, "unavailable"],
    [503, { code: "store-unavailable" }, "unavailable"],
    [503, { code: "not-loaded" }, "unavailable"],
    [302, {}, "unavailable"],
  ])("%s %j is %s", (status, body, outcome) => {
    const { last, heard, lookup } = start();
    lookup("a");
    last().accept().answer(status, body);
    expect(heard).toEqual([`a: ${outcome}`]);
  });

  test("an answer that nobody asked for ends the connection", () => {
    const { last, lookup } = start();
    lookup("a");
    last().accept();
    well(last(), "a");
    well(last(), "b");
    expect(last().closed).toBe(true);
  });

  test.each(["220 mail ready\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"])(
    "%j is no answer",
    (text) => {
      const { last, heard, details, lookup } = start();
      lookup("a");
      last().accept().receiver.data(Buffer.from(text));
      expect(heard).toEqual(["a: unavailable"]);
      expect(details[0]).toContain("malformed response: ");
    },
  );
});

describe("several addresses", () => {
  test("one is asked as long as it answers, then the next, and each has its part of the time", () => {
    const { connections, heard, timers, lookup } = start(["one", "two"]);
    lookup("a");
    connections[0]?.accept();
    timers.turn(1.5);
    expect(heard).toEqual([]);
    expect(connections.map(({ host }) => host)).toEqual(["one", "two"]);
    connections[1]?.accept();
    connections[1]?.answer(200, aRoute("a"));
    lookup("b");
    connections[1]?.answer(200, aRoute("b"));
    timers.turn(60);
    lookup("c");
    connections[1]?.answer(200, aRoute("c"));
    expect(heard).toEqual(["a: a on store1", "b: b on store1", "c: c on store1"]);
    expect(connections).toHaveLength(2);
  });

  test("a refused connection costs no time, and the address is passed over for a while", () => {
    const { connections, heard, timers, lookup } = start(["one", "two"]);
    lookup("a");
    connections[0]?.refuse();
    connections[1]?.accept();
    connections[1]?.answer(200, aRoute("a"));
    connections[1]?.close();
    lookup("b");
    connections[2]?.refuse();
    expect(connections.slice(2).map(({ host }) => host)).toEqual(["two", "one"]);
    connections[3]?.accept();
    connections[3]?.answer(200, aRoute("b"));
    expect(heard).toEqual(["a: a on store1", "b: b on store1"]);
    expect(timers.waiting).toBe(0);
  });

  test.each([401, 429, 502, 503])("status %s at one address is no answer yet", (status) => {
    const { connections, heard, lookup } = start(["one", "two"]);
    lookup("a");
    connections[0]?.accept().answer(status, {});
    connections[1]?.accept();
    connections[1]?.answer(200, aRoute("a"));
    lookup("b");
    connections[1]?.answer(200, aRoute("b"));
    expect(heard).toEqual(["a: a on store1", "b: b on store1"]);
  });

  test("what one name does to the API is held against no address", () => {
    const { connections, heard, lookup } = start(["one", "two"]);
    lookup("poison");
    connections[0]?.accept().answer(500, {});
    connections[1]?.accept().answer(500, {});
    lookup("a");
    connections[0]?.answer(200, aRoute("a"));
    expect(heard).toEqual(["poison: unavailable", "a: a on store1"]);
  });

  test("with all of them silent a look-up ends at its deadline", () => {
    const { connections, heard, timers, lookup } = start(["one", "two", "three"]);
    lookup("a");
    timers.turn(LOOKUP_SECONDS - 0.01);
    expect(heard).toEqual([]);
    timers.turn(0.02);
    expect(heard).toEqual(["a: unavailable"]);
    expect(connections.map(({ host }) => host)).toEqual(["one", "two", "three"]);
  });
});

describe("the circuit", () => {
  function opened(random = 0.5) {
    const rig = start(["one"], [], random);
    for (const login of ["a", "b", "c"]) rig.lookup(login);
    rig.last().accept();
    rig.timers.turn(LOOKUP_SECONDS);
    return rig;
  }

  test("opens after so many failures in a row: then nobody waits", () => {
    const { heard, events, counters, details, lookup } = opened();
    expect(events).toEqual(["circuit-open"]);
    lookup("d");
    expect(heard).toEqual(["a: unavailable", "b: unavailable", "c: unavailable", "d: unavailable"]);
    expect(details.at(-1)).toContain("look-ups are paused");
    expect(counters.circuitOpens).toBe(1);
  });

  test("then one look-up tries, and the others do not wait for it", () => {
    const { heard, events, timers, connections, last, lookup } = opened();
    timers.turn(5);
    lookup("probe");
    lookup("other");
    expect(heard.slice(3)).toEqual(["other: unavailable"]);
    expect(connections).toHaveLength(2);
    well(last().accept(), "probe");
    lookup("next");
    well(last(), "next");
    expect(heard.slice(4)).toEqual(["probe: probe on store1", "next: next on store1"]);
    expect(events).toEqual(["circuit-open", "circuit-closed"]);
  });

  test("a failed probe leaves it open for as long again", () => {
    const { heard, events, timers, last, lookup } = opened();
    timers.turn(5);
    lookup("probe");
    last().refuse();
    timers.turn(4.9);
    lookup("d");
    expect(heard.slice(3)).toEqual(["probe: unavailable", "d: unavailable"]);
    timers.turn(0.2);
    lookup("e");
    well(last().accept(), "e");
    expect(heard.at(-1)).toBe("e: e on store1");
    expect(events).toEqual(["circuit-open", "circuit-closed"]);
  });

  test.each([
    [0, 4],
    [1, 6],
  ])("at random it is open for a fifth less or more: %d", (random, seconds) => {
    const { heard, timers, last, lookup } = opened(random);
    timers.turn(seconds - 0.1);
    lookup("early");
    timers.turn(0.2);
    lookup("probe");
    well(last().accept(), "probe");
    expect(heard.slice(3)).toEqual(["early: unavailable", "probe: probe on store1"]);
  });

  test("once it has closed, the API recovers for a while", () => {
    const { client, timers, last, lookup } = opened();
    expect(client.recoversUntilMs).toBeLessThan(timers.nowMs);
    timers.turn(5);
    lookup("probe");
    well(last().accept(), "probe");
    expect(client.recoversUntilMs).toBe(timers.nowMs + 3000);
    lookup("a");
    well(last(), "a");
    expect(client.recoversUntilMs).toBe(timers.nowMs + 3000);
  });

  test("one answer in between starts the count anew", () => {
    const { events, last, lookup } = start();
    for (const login of ["a", "b"]) {
      lookup(login);
      last().refuse();
    }
    lookup("c");
    well(last().accept(), "c");
    last().close();
    for (const login of ["d", "e"]) {
      lookup(login);
      last().refuse();
    }
    expect(events).toEqual([]);
  });

  test.each([400, 413, 414, 431, 500])("names that the API answers with %i do not open it", (status) => {
    const { events, last, lookup } = start();
    lookup("poison");
    last().accept().answer(status, {});
    for (let again = 0; again < 5; again++) {
      lookup("poison");
      last().answer(status, {});
    }
    expect(events).toEqual([]);
  });
});

test("closing tells all that wait, and asks no other address", () => {
  const { client, connections, heard, timers, lookup } = start(["one", "two"]);
  lookup("a");
  connections[0]?.accept();
  lookup("b");
  client.close();
  expect(heard).toEqual(["a: unavailable", "b: unavailable"]);
  expect(connections).toHaveLength(1);
  expect(timers.waiting).toBe(0);
});

test.each([[["one"]], [["one", "two"]]])(
  "closing is no failure of the API, nor for later look-ups: %j",
  (hosts) => {
    const { client, last, heard, timers, events, lookup } = start(hosts);
    for (let count = 0; count < 3; count++) {
      lookup("a");
      for (const _ of hosts) last().refuse();
    }
    timers.turn(5);
    lookup("a look-up that tries whether the API answers again");
    client.close();
    timers.turn(5);
    lookup("b");
    well(last().accept(), "b");
    expect(heard.at(-1)).toBe("b: b on store1");
    for (const login of ["c", "d", "e"]) lookup(login);
    client.close();
    expect(events).toEqual(["circuit-open", "circuit-closed"]);
  },
);

test("closing opens no connection for those that wait for room", () => {
  const { client, connections, heard, timers, lookup } = start();
  for (let index = 0; index < 200; index++) lookup(`u${index}`);
  for (const connection of connections) connection.accept();
  client.close();
  expect(heard).toHaveLength(200);
  expect(connections.filter(({ closed }) => !closed)).toEqual([]);
  expect(timers.waiting).toBe(0);
});
