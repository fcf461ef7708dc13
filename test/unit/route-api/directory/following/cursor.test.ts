import { expect, test } from "vitest";
import { decodeCursor, encodeCursor, scopeOf } from "../../../../../route-api/directory/following/cursor.ts";

const scope = scopeOf(["dc=x", "(mailHost=*)", ["mail"]]);
const position = { mark: "cmlkPTAwMA==", fullAtMs: 1_700_000_000_000 };
const cursor = encodeCursor(scope, position);

test("comes back as it was", () => {
  expect(decodeCursor(scope, cursor)).toEqual(position);
  expect(decodeCursor(scope, undefined)).toBeUndefined();
});

test("is worth nothing for another search", () => {
  expect(decodeCursor(scopeOf(["dc=x", "(mailHots=*)", ["mail"]]), cursor)).toBeUndefined();
});

test("is worth nothing once any character of it is another", () => {
  for (let at = 0; at < cursor.length; at++) {
    const other = cursor[at] === "7" ? "8" : "7";
    const damaged = cursor.slice(0, at) + other + cursor.slice(at + 1);
    expect(decodeCursor(scope, damaged)).toBeUndefined();
  }
  for (const text of ["", "null", "[]", "{", cursor.slice(0, -5)])
    expect(decodeCursor(scope, text)).toBeUndefined();
});
