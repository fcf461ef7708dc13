import { describe, expect, test } from "vitest";
import { type Csns, csnsOf } from "../../../../route-api/directory/csn.ts";
import type { AsOf } from "../../../../route-api/directory/source.ts";
import type { Known } from "../../../../route-api/store/store.ts";
import { type Authority, absoluteAuthority, authority } from "../../../../route-api/sync/authority.ts";
import type { SyncNotes } from "../../../../route-api/sync/notes.ts";

/** The change that a server made on a day. */
const csn = (server: number, day: number): string =>
  `202601${String(day).padStart(2, "0")}000000.000000Z#000000#00${server}#000000`;
const upTo = (...csns: string[]): AsOf => ({ by: "csns", csns: csnsOf(csns) });
const stored = (version: string): Known => ({ is: "stored", version });
const removed = (version: string): Known => ({ is: "removed", version });
const UNKNOWN: Known = { is: "unknown" };

/** An authority over a table that has the changes, connected to a server that has these. */
function connected(table: Partial<SyncNotes>, csns: Csns | undefined, name = "ldap://one"): Authority {
  let notes: SyncNotes = { entries: 0, ...table };
  const judge = authority(() => notes, false);
  notes = { ...notes, ...judge.connected(name, csns) };
  return judge;
}

describe("a server with CSNs", () => {
  const table = { csns: [csn(1, 10), csn(2, 10)] };
  const current = () => connected(table, csnsOf([csn(1, 12), csn(2, 10)]));
  const behind = () => connected(table, csnsOf([csn(1, 12), csn(2, 8)]));

  test("is current if it has all that the table has, from each server that made changes", () => {
    expect(current().behind).toBeUndefined();
    expect(behind().behind).toEqual({ server: "ldap://one", sids: ["002"] });
    expect(connected({}, csnsOf([csn(1, 1)])).behind).toBeUndefined();
  });

  test("becomes current by what it reports", () => {
    const judge = behind();
    expect(judge.reported(csnsOf([csn(2, 9)])).csns?.sort()).toEqual([csn(1, 10), csn(2, 10)].sort());
    expect(judge.behind?.sids).toEqual(["002"]);
    expect(judge.reported(csnsOf([csn(2, 11)])).csns?.sort()).toEqual([csn(1, 10), csn(2, 11)].sort());
    expect(judge.behind).toBeUndefined();
  });

  const CASES: [
    name: string,
    judge: () => Authority,
    version: string,
    known: Known,
    asOf: AsOf,
    refused: boolean,
  ][] = [
    ["a newer version", behind, csn(1, 11), stored(csn(1, 9)), upTo(csn(1, 12), csn(2, 8)), false],
    [
      "an older one that it has overtaken: its clock went back",
      current,
      csn(1, 3),
      stored(csn(1, 9)),
      upTo(csn(1, 12)),
      false,
    ],
    ["an older one than it knew of", behind, csn(2, 3), stored(csn(2, 9)), upTo(csn(1, 12), csn(2, 8)), true],
    ["an unknown entry, being current", current, csn(2, 3), UNKNOWN, upTo(csn(1, 12), csn(2, 10)), false],
    [
      "an unknown entry of long ago, being behind",
      behind,
      csn(2, 3),
      UNKNOWN,
      upTo(csn(1, 12), csn(2, 8)),
      true,
    ],
    [
      "an unknown entry that is new to the table",
      behind,
      csn(1, 11),
      UNKNOWN,
      upTo(csn(1, 12), csn(2, 8)),
      false,
    ],
    ["one of a server that nobody knew", behind, csn(3, 1), UNKNOWN, upTo(csn(1, 12), csn(2, 8)), false],
    [
      "a removed entry as it was",
      current,
      csn(1, 9),
      removed(csn(2, 11)),
      upTo(csn(1, 12), csn(2, 10)),
      true,
    ],
    [
      "a removed entry that came back",
      current,
      csn(1, 9),
      removed(csn(1, 11)),
      upTo(csn(1, 12), csn(2, 10)),
      false,
    ],
    [
      "a removed entry that was made anew",
      current,
      csn(1, 12),
      removed(csn(2, 11)),
      upTo(csn(1, 12), csn(2, 10)),
      false,
    ],
  ];
  test.each(CASES)("reports %s", (_name, judge, version, known, asOf, refused) => {
    expect(judge().refuses(version, known, asOf)).toBe(refused);
  });

  test("removes what it knew, and nothing newer", () => {
    expect(current().keeps(csn(1, 9), upTo(csn(1, 12)))).toBe(false);
    expect(current().keeps(csn(1, 13), upTo(csn(1, 12)))).toBe(true);
    expect(behind().keeps("20260101000000Z", upTo(csn(1, 12)))).toBe(true);
    expect(current().keeps("20260101000000Z", upTo(csn(1, 12)))).toBe(false);
  });

  test("becomes current once it has applied what the others made", () => {
    const judge = behind();
    judge.applied(csnsOf([csn(2, 10)]));
    expect(judge.behind).toBeUndefined();
  });

  test("removes an entry that bears the ID of a server of which no contextCSN tells, if it is current", () => {
    expect(current().keeps(csn(7, 1), upTo(csn(1, 12), csn(2, 10)))).toBe(false);
    expect(behind().keeps(csn(7, 1), upTo(csn(1, 12), csn(2, 8)))).toBe(true);
  });

  test("does not remove an entry for what was wrong with it before", () => {
    expect(current().keeps(csn(1, 13), upTo(csn(1, 12)), csn(1, 11))).toBe(true);
    expect(current().keeps(csn(1, 10), upTo(csn(1, 12)), csn(1, 11))).toBe(false);
  });
});

describe("a server without CSNs", () => {
  const time = (day: number): string => `202601${String(day).padStart(2, "0")}000000Z`;
  const same = () => connected({ server: "ldap://one" }, undefined);
  const other = () => connected({ server: "ldap://two" }, undefined);

  test("is current if the table was read from it, or has shown that it is", () => {
    expect([same().behind, same().needsProof]).toEqual([undefined, false]);
    expect([other().behind, other().needsProof]).toEqual([{ server: "ldap://one", sids: [] }, true]);
    expect(other().proven()).toEqual({ server: "ldap://one" });
    expect(connected({}, undefined).behind).toBeUndefined();
  });

  test("reports changes in their order, whatever their time stamps say; what is read beside them by these", () => {
    expect(same().refuses(time(1), stored(time(2)), { by: "arrival" })).toBe(false);
    expect(same().refuses(time(1), stored(time(2)), undefined)).toBe(true);
    expect(other().refuses(time(1), stored(time(2)), { by: "arrival" })).toBe(true);
  });

  test("brings back what was removed, and removes, only if it is current", () => {
    expect(same().refuses(time(1), removed(time(2)), undefined)).toBe(false);
    expect(other().refuses(time(1), removed(time(2)), undefined)).toBe(true);
    expect(other().refuses(time(3), removed(time(2)), undefined)).toBe(false);
    expect(same().keeps(time(1), undefined)).toBe(false);
    expect(other().keeps(time(1), undefined)).toBe(true);
  });
});

test("a file is the directory", () => {
  const judge = authority(() => ({ entries: 0, csns: [csn(1, 9)], server: "ldap://one" }), false);
  expect([judge.behind, judge.keeps(csn(1, 9), undefined)]).toEqual([undefined, false]);
  expect(judge.refuses(csn(1, 1), removed(csn(1, 9)), undefined)).toBe(false);
  expect(judge.refuses(csn(1, 1), stored(csn(1, 9)), undefined)).toBe(true);
});

test("a server that the operator has accepted has all that counts", () => {
  const table = { csns: [csn(1, 10)], server: "ldap://two" };
  const judge = authority(() => ({ entries: 0, ...table }), true);
  expect(judge.connected("ldap://one", csnsOf([csn(1, 5)]))).toEqual({
    server: "ldap://one",
    csns: [csn(1, 5)],
  });
  expect(judge.keeps(csn(1, 9), upTo(csn(1, 5)))).toBe(false);
});

test("a directory that overwrites everything is refused nothing", () => {
  const judge = absoluteAuthority(() => ({ entries: 0, csns: [csn(1, 10)] }));
  judge.connected("ldap://one", csnsOf([csn(1, 5)]));
  expect(judge.refuses(csn(1, 1), stored(csn(1, 9)), upTo(csn(1, 5)))).toBe(false);
  expect(judge.keeps(csn(1, 9), upTo(csn(1, 5)))).toBe(false);
});
