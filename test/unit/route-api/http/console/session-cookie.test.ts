import { expect, test } from "vitest";
import { Secret } from "../../../../../route-api/contract/secret.ts";
import { createSessionCookies } from "../../../../../route-api/http/console/session-cookie.ts";
import { createTokenSet } from "../../../../../route-api/http/token.ts";
import { TOKENS } from "../support.ts";

const MINUTE_MS = 60_000;

function cookies(
  signed: (token: string) => { name: string; scopes: ["support"] } | undefined = () => undefined,
) {
  const tokens = createTokenSet(TOKENS);
  let nowMs = 1_700_000_000_000;
  const made = createSessionCookies({
    tokens,
    authenticate: signed,
    sessionSeconds: 60,
    nowMs: () => nowMs,
  });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { ...made, tokens, pass };
}

test("a token signs in until its time is over", async () => {
  const { signIn, read, pass } = cookies();
  const cookie = (await signIn("support-token")) ?? "";
  expect(cookie).not.toContain("support-token");
  expect(await read(cookie)).toEqual({ name: "support", scopes: ["support"] });
  pass(MINUTE_MS - 1);
  expect(await read(cookie)).toBeDefined();
  pass(1);
  expect(await read(cookie)).toBeUndefined();
});

test.each(["wrong-token", "", "edge-token", "a b"])("%j does not sign in", async (token) => {
  expect(await cookies().signIn(token)).toBeUndefined();
});

test("a replaced token ends its sessions", async () => {
  const { signIn, read, tokens } = cookies();
  const cookie = (await signIn("admin-token")) ?? "";
  tokens.replace([{ name: "admin", scopes: ["admin"], secret: new Secret("another") }]);
  expect(await read(cookie)).toBeUndefined();
});

test.each([
  ["another bearer's name", (cookie: string) => cookie.replace("support", "admin")],
  ["a later end", (cookie: string) => cookie.replace(/~(\d+)~/, (_, end: string) => `~${Number(end) + 60}~`)],
  ["another code", (cookie: string) => cookie.replace(/.{43}$/, "A".repeat(43))],
  ["no code", (cookie: string) => cookie.replace(/~[^~]*$/, "")],
  ["the token itself", () => "named~support~9999999999~support-token"],
])("a cookie with %s signs nobody in", async (_, change) => {
  const { signIn, read } = cookies();
  expect(await read(change((await signIn("support-token")) ?? ""))).toBeUndefined();
});

test("an issuer's token is judged at each request", async () => {
  let valid = true;
  const { signIn, read } = cookies((token) =>
    valid && token === "aa.bb.cc" ? { name: "jwt:ann", scopes: ["support"] } : undefined,
  );
  const cookie = (await signIn("aa.bb.cc")) ?? "";
  expect(await read(cookie)).toEqual({ name: "jwt:ann", scopes: ["support"] });
  valid = false;
  expect(await read(cookie)).toBeUndefined();
  expect(await signIn(`aa.${"b".repeat(5000)}.cc`)).toBeUndefined();
});
