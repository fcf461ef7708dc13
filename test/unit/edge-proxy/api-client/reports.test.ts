import { expect, test } from "vitest";
import { ApiReports } from "../../../../edge-proxy/api-client/reports.ts";
import { Secret } from "../../../../route-api/contract/secret.ts";
import { fakeTransport, HandWheel } from "../routing/api-double.ts";

function start(hosts = ["one"]) {
  const timers = new HandWheel();
  const { transport, connections, last } = fakeTransport();
  const urls = hosts.map((host) => `http://${host}`);
  const access = { urls, token: new Secret("x") };
  const reports = new ApiReports({ transport, timers, access, random: () => 0 });
  const settled: string[] = [];
  const send = (name: string, seconds = 10): void =>
    reports.send({
      path: `/v1/${name}`,
      body: `{"is":"${name}"}`,
      seconds,
      settled: (accepted) => settled.push(`${name} ${accepted}`),
    });
  return { timers, connections, last, reports, settled, send };
}

test("a report is a PUT; those that follow share its connection", () => {
  const { connections, last, settled, send } = start();
  send("a");
  send("b");
  expect(last().accept().requests).toEqual(["/v1/a", "/v1/b"]);
  expect(last().heads[0]).toMatch(/^PUT /);
  expect(last().bodies).toEqual([{ is: "a" }, { is: "b" }]);
  last().answer(200, {});
  last().answer(204, "");
  expect(settled).toEqual(["a true", "b true"]);
  expect(connections).toHaveLength(1);
});

test.each([
  [410, "a false"],
  [400, "a false"],
  [403, "a false"],
  [503, undefined],
  [429, undefined],
  [500, undefined],
])("after status %i", (status, outcome) => {
  const { last, settled, send } = start();
  send("a");
  last().accept().answer(status, {});
  expect(settled).toEqual(outcome === undefined ? [] : [outcome]);
});

test("where an address fails, the next one is told", () => {
  const { timers, connections, last, settled, send } = start(["one", "two"]);
  send("a");
  send("b");
  expect(last().host).toBe("one");
  last().refuse();
  timers.turn(0.2);
  expect(connections.map(({ host }) => host)).toEqual(["one", "two"]);
  expect(last().accept().requests).toEqual(["/v1/a", "/v1/b"]);
  last().answer(200, {});
  last().answer(503, {});
  timers.turn(0.4);
  expect(last().host).toBe("one");
  last().accept().answer(204, "");
  expect(settled).toEqual(["a true", "b true"]);
});

test("a report that no address takes in its time is given up", () => {
  const { timers, last, settled, send } = start();
  send("a", 2);
  last().accept();
  timers.turn(10);
  expect(settled).toEqual(["a false"]);
  expect(timers.waiting).toBe(0);
});

test("once retired it closes behind what is on its way", () => {
  const { last, reports, settled, send } = start();
  send("a");
  last().accept();
  reports.retire();
  expect(last().closed).toBe(false);
  last().answer(204, "");
  expect(settled).toEqual(["a true"]);
  expect(last().closed).toBe(true);
});

test("closing gives up what is on its way", () => {
  const { last, reports, settled, send } = start();
  send("a");
  reports.close();
  expect(settled).toEqual(["a false"]);
  expect(last().closed).toBe(true);
});
