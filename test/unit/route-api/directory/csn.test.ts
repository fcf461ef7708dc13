import { expect, test } from "vitest";
import {
  covers,
  csnsOf,
  csnsOfCookie,
  hasSeen,
  joinCookies,
  joined,
  serverOf,
  withoutServer,
} from "../../../../route-api/directory/csn.ts";

const csn = (server: string, day: number): string => `2026010${day}000000.000000Z#000000#${server}#000000`;
const cookie = (text: string): Buffer => Buffer.from(text, "latin1");

test("the latest CSN of each server counts", () => {
  const csns = csnsOf([csn("001", 2), csn("001", 1), csn("002", 3), "no CSN", "20260101000000Z"]);
  expect([...csns]).toEqual([
    ["001", csn("001", 2)],
    ["002", csn("002", 3)],
  ]);
  expect([hasSeen(csns, csn("001", 2)), hasSeen(csns, csn("001", 3)), hasSeen(csns, csn("003", 1))]).toEqual([
    true,
    false,
    false,
  ]);
  expect(hasSeen(csns, "20260101000000Z")).toBe(false);
  expect(covers(csns, csnsOf([csn("001", 1)]))).toBe(true);
  expect(covers(csns, csnsOf([csn("001", 1), csn("003", 1)]))).toBe(false);
  expect([...joined(csns, csnsOf([csn("001", 4), csn("002", 1)])).values()]).toEqual([
    csn("001", 4),
    csn("002", 3),
  ]);
  expect([serverOf(csn("00a", 1)), serverOf("20260101000000Z")]).toEqual(["00a", undefined]);
});

test("a cookie keeps the CSNs of the others", () => {
  const known = cookie(`rid=000,csn=${csn("001", 2)};${csn("002", 2)}`);
  const told = cookie(`rid=000,sid=002,csn=${csn("002", 3)}`);
  expect([...csnsOfCookie(joinCookies(known, told)).values()]).toEqual([csn("001", 2), csn("002", 3)]);
  expect(joinCookies(known, cookie("of another maker")).toString()).toBe("of another maker");
});

test.each([
  [`rid=000,sid=001,csn=${csn("001", 1)}`, `rid=000,csn=${csn("001", 1)}`],
  [`rid=000,csn=${csn("001", 1)}`, `rid=000,csn=${csn("001", 1)}`],
  [`sid=001,rid=000,csn=${csn("001", 1)}`, `rid=000,csn=${csn("001", 1)}`],
  [`rid=000,csn=${csn("001", 1)},sid=001`, `rid=000,csn=${csn("001", 1)}`],
])("the cookie %s is sent without its server", (text, sent) => {
  expect(withoutServer(cookie(text)).toString()).toBe(sent);
});
