import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answerOf, type LoadEvent } from "../../faults/load/events.ts";
import { broken, type Fault, outcomeOf } from "../../faults/outcome.ts";
import { faultsOf, withTable } from "../../faults/page.ts";
import { openResults } from "../../faults/results.ts";
import { SCENARIOS } from "../../faults/scenarios.ts";
import { makeFolder } from "../../support/workspace.ts";

const FAULT: Fault = {
  sessions: "nobody",
  logins: "nobody",
  there: 2,
  beganMs: 0,
  overMs: 1000,
  victims: new Set(),
};
const ended = (more: Partial<LoadEvent & { kind: "ended" }> = {}): LoadEvent => ({
  ...{ kind: "ended", at: 500, id: 1, store: "store1", client: "127.2.0.1:7", end: "cut", detail: "closed" },
  ...more,
});
const login = (more: Partial<LoadEvent & { kind: "login" }> = {}): LoadEvent => ({
  ...{ kind: "login", at: 900, ms: 400, store: "store1", isNew: false, answer: "unavailable", detail: "no" },
  ...more,
});

describe("what a fault does not explain", () => {
  test.each<[string, LoadEvent, Partial<Fault>, number]>([
    ["an end under a fault that ends none", ended(), {}, 1],
    ["an end on the other store", ended({ store: "store2" }), { sessions: "store1" }, 1],
    ["an end on the killed store", ended(), { sessions: "store1" }, 0],
    ["an end at another worker", ended(), { sessions: "worker", victims: new Set(["127.2.0.2:7"]) }, 1],
    ["an end at the killed worker", ended(), { sessions: "worker", victims: new Set(["127.2.0.1:7"]) }, 0],
    ["a failure under a fault that fails none", login(), {}, 1],
    ["a failure of a known user", login(), { logins: "strangers" }, 1],
    ["a failure of a new user", login({ isNew: true }), { logins: "strangers" }, 0],
    ["a failure on the other store", login({ store: "store2" }), { logins: "store1" }, 1],
    ["a wrong password under any fault", login({ answer: "wrong-password" }), { logins: "everybody" }, 1],
    [
      "a message that came back otherwise",
      { kind: "transfer", at: 1, store: "store1", octets: 9, isIntact: false },
      {},
      1,
    ],
    [
      "a message that came back",
      { kind: "transfer", at: 1, store: "store1", octets: 9, isIntact: true },
      {},
      0,
    ],
  ])("%s", (_, event, fault, count) => {
    expect(broken(outcomeOf([event], { ...FAULT, ...fault }))).toHaveLength(count);
  });
});

test("all is normal after the last failure or return", () => {
  expect(outcomeOf([login(), { kind: "there", at: 1200, id: 1 }], FAULT).normalMs).toBe(300);
  expect(outcomeOf([login({ ms: 1, answer: "ok" })], FAULT).normalMs).toBe(0);
});

test("what failed after the fault is kept, the latest last", () => {
  const { late } = outcomeOf(
    [login({ ms: 4000 }), login({ ms: 50 }), login({ at: 1500, isNew: true })],
    FAULT,
  );
  expect(late).toEqual([
    "begun at 500 ms, told after 400 ms: new user on store1: no",
    "begun at -100 ms, told after 4000 ms: user on store1: no",
  ]);
});

test("a run goes on with what is missing, and with no other load", () => {
  const folder = makeFolder("results");
  const file = join(folder.path, "of/results.json");
  const first = openResults(file, "2 sessions", false);
  first.add("a", "mmp", outcomeOf([], FAULT));
  first.add("b", "mmp", "never normal");
  const again = openResults(file, "2 sessions", true);
  expect(["a", "b", "c"].map((fault) => again.isMissing(fault, "mmp"))).toEqual([false, true, true]);
  expect(again.isMissing("a", "nginx")).toBe(true);
  expect(() => openResults(file, "3 sessions", true)).toThrow("another load");
  expect(openResults(file, "3 sessions", false).isMissing("a", "mmp")).toBe(true);
  folder.remove();
});

test("logins at the other store are compared with those before", () => {
  const logins = (ms: number): LoadEvent[] =>
    Array.from({ length: 5 }, () => login({ at: 500, ms, store: "store2", answer: "ok" }));
  const fault: Fault = { ...FAULT, logins: "store1" };
  expect(outcomeOf(logins(20), fault, logins(10)).others).toEqual({ beforeMs: 10, meanwhileMs: 20 });
  expect(broken(outcomeOf(logins(500), fault, logins(10)))).toEqual([]);
  expect(broken(outcomeOf(logins(2500), fault, logins(1000)))).toEqual([]);
  expect(broken(outcomeOf(logins(2000), fault, logins(10)))).toHaveLength(1);
  expect(outcomeOf(logins(20), FAULT, logins(10)).others).toBeUndefined();
});

test.each([
  ["t1 NO [UNAVAILABLE] later", "unavailable"],
  ["* NO [ALERT] down\r\nt1 NO [UNAVAILABLE] later", "unavailable"],
  ["t1 NO [AUTHENTICATIONFAILED] wrong", "wrong-password"],
  ["t1 NO wrong", "wrong-password"],
  ["t1 NO [CONTACTADMIN] no", "other-refusal"],
  ["t1 BAD internal server error", "other-refusal"],
  ["ECONNREFUSED", "closed"],
])("%s is %s", (detail, answer) => {
  expect(answerOf(detail, "cut")).toBe(answer);
});

test("the page's table says what was lost, and what was not run", () => {
  const page = "before\n<!-- Faults: written by `npm run faults -- --write` -->\nold\n<!-- end -->\nafter\n";
  const outcome = outcomeOf([ended({ end: "bye" }), login()], FAULT);
  const written = withTable(page, { "kill -9 of one store": { mmp: outcome } }, "How.");
  expect(written).toContain(
    "| kill -9 of one store | 1 of 2: 1 with BYE | 1 of 1: 1 unavailable | – | 0.3 s | not run | not run |",
  );
  expect(written).toContain("| the route API answers 500 | not run |");
  expect(written.startsWith("before\n") && written.endsWith("\nafter\n")).toBe(true);
  expect(written).toContain("\n\nHow.\n<!-- end -->\n");
  expect(faultsOf(written)).toEqual(SCENARIOS.map(({ fault }) => fault));
  expect(written).not.toContain("old");
});
