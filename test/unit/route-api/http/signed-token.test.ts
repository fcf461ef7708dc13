import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { sign } from "hono/jwt";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { routePath } from "../../../../route-api/contract/routes.ts";
import { createJwtAuthenticator } from "../../../../route-api/http/signed-token.ts";
import type { Authenticate } from "../../../../route-api/http/token.ts";
import { problemOf, quiet, testApi } from "./support.ts";

const ISSUER = "https://id.example.com";
const AUDIENCE = "mmp";

type Algorithm = "RS256" | "ES256" | "EdDSA" | "RS512";
const PARAMETERS = {
  RS256: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  RS512: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-512",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519" },
};

/** A key of the issuer. */
async function makeKey(alg: Algorithm, kid: string) {
  const pair = (await crypto.subtle.generateKey(PARAMETERS[alg], true, ["sign", "verify"])) as CryptoKeyPair;
  const jwk = { ...(await crypto.subtle.exportKey("jwk", pair.publicKey)), kid, alg };
  const signBytes = async (bytes: Uint8Array<ArrayBuffer>) =>
    Buffer.from(
      await crypto.subtle.sign({ hash: "SHA-256", ...PARAMETERS[alg] }, pair.privateKey, bytes),
    ).toString("base64url");
  return {
    jwk,
    signBytes,
    sign: async (claims: object, head: object = { alg, kid, typ: "at+jwt" }) => {
      const text = [head, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      return `${text}.${await signBytes(Buffer.from(text))}`;
    },
  };
}

const inAMinute = () => Math.floor(Date.now() / 1000) + 60;
const claims = (more: object = {}) => ({
  iss: ISSUER,
  aud: [AUDIENCE, "other"],
  sub: "agent-7",
  exp: inAMinute(),
  scope: "openid mmp:support",
  ...more,
});

let server: Server;
let served: { status: number; body: string };
let requests = 0;
let keys: Record<Algorithm | "later", Awaited<ReturnType<typeof makeKey>>>;
let authenticate: Authenticate;
let config: Parameters<typeof createJwtAuthenticator>[0]["config"];

beforeAll(async () => {
  server = createServer((_request, response) => {
    requests++;
    response.writeHead(served.status).end(served.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  keys = {
    RS256: await makeKey("RS256", "rsa"),
    ES256: await makeKey("ES256", "ec"),
    EdDSA: await makeKey("EdDSA", "ed"),
    RS512: await makeKey("RS512", "rsa512"),
    later: await makeKey("ES256", "later"),
  };
});
afterAll(() => {
  server.close();
});
const serve = (...names: (keyof typeof keys)[]) => {
  served = { status: 200, body: JSON.stringify({ keys: names.map((name) => keys[name].jwk) }) };
};
beforeEach(() => {
  serve("RS256", "ES256", "EdDSA", "RS512");
  requests = 0;
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  const { port } = server.address() as AddressInfo;
  config = {
    jwksUrl: `http://127.0.0.1:${port}/keys`,
    issuer: ISSUER,
    audience: AUDIENCE,
    acceptAnyType: false,
    scopeClaim: "scope",
  };
  authenticate = createJwtAuthenticator({ config, log: quiet });
});
afterEach(() => vi.useRealTimers());
const pass = (ms: number) => vi.advanceTimersByTime(ms);

test.each(["RS256", "ES256", "EdDSA"] as const)("a token signed by %s is taken", async (alg) => {
  expect(await authenticate(await keys[alg].sign(claims()))).toEqual({
    name: "jwt:agent-7",
    scopes: ["support"],
  });
});

test.each([
  ["at+jwt", "at+jwt", true],
  ["application/at+jwt", "application/at+jwt", true],
  ["none, as Cognito's", undefined, false],
  ["JWT, as an ID token's", "JWT", false],
  ["that of another kind of token", "logout+jwt", false],
  ["no text", 7, false],
])("a token's type must be an access token's, unless any is accepted: %s", async (_name, typ, isAccess) => {
  const head = { alg: "EdDSA", kid: "ed", ...(typ === undefined ? {} : { typ }) };
  const token = await keys.EdDSA.sign(claims(), head);
  expect((await authenticate(token)) !== undefined).toBe(isAccess);
  const any = createJwtAuthenticator({ config: { ...config, acceptAnyType: true }, log: quiet });
  expect(await any(token)).toMatchObject({ name: "jwt:agent-7" });
});

test("scopes may be a list, and others are none of ours", async () => {
  const token = await keys.ES256.sign(claims({ scope: ["mmp:admin", "mmp:edge", "mmp:root", "admin", 7] }));
  expect((await authenticate(token))?.scopes).toEqual(["edge", "admin"]);
  expect((await authenticate(await keys.ES256.sign(claims({ scope: undefined }))))?.scopes).toEqual([]);
});

test.each([
  ["another issuer", { iss: "https://evil.example.com" }],
  ["no issuer", { iss: undefined }],
  ["another audience", { aud: "mmp2" }],
  ["no audience", { aud: undefined }],
  ["expired", { exp: Math.floor(Date.now() / 1000) - 1 }],
  ["no expiry", { exp: undefined }],
  ["not valid yet", { nbf: inAMinute() }],
])("%s: refused", async (_name, more) => {
  expect(await authenticate(await keys.ES256.sign(claims(more)))).toBeUndefined();
});

const base64url = (value: object | string) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

test("what is signed otherwise, or not at all, is refused", async () => {
  const good = await keys.ES256.sign(claims());
  const [head = "", body = "", signature = ""] = good.split(".");
  const foreign = await makeKey("ES256", "ec");
  const none = `${base64url({ alg: "none", typ: "at+jwt", kid: "ec" })}.${body}.`;
  const { n } = keys.RS256.jwk;
  const confused = await sign(claims() as Record<string, unknown>, n ?? "", "HS256");
  const hmac = `${base64url({ alg: "HS256", typ: "at+jwt", kid: "rsa" })}.${confused.split(".").slice(1).join(".")}`;
  const critical = base64url({ alg: "ES256", typ: "at+jwt", kid: "ec", crit: ["x"] });
  const tokens = [
    await foreign.sign(claims()),
    await keys.RS512.sign(claims()),
    none,
    `${none}x`,
    hmac,
    `${head}.${base64url(claims({ scope: "mmp:admin" }))}.${signature}`,
    `${head}.${body}.${signature.slice(0, -2)}`,
    `${critical}.${body}.${signature}`,
    `${base64url({ alg: "ES256", typ: "at+jwt" })}.${body}.${signature}`,
    `${base64url("not json")}.${body}.${signature}`,
    "a.b.c",
    "a.b",
    "x".repeat(20_000),
  ];
  for (const token of tokens) expect(await authenticate(token)).toBeUndefined();
});

describe("the issuer's keys", () => {
  test("are fetched once, for any number of tokens at once", async () => {
    const token = await keys.ES256.sign(claims());
    const callers = await Promise.all(Array.from({ length: 20 }, () => authenticate(token)));
    expect(callers.every((caller) => caller?.name === "jwt:agent-7")).toBe(true);
    expect(requests).toBe(1);
  });

  test("are fetched again for a new one, but not at everybody's word", async () => {
    await authenticate(await keys.ES256.sign(claims()));
    serve("ES256", "later");
    const token = await keys.later.sign(claims());
    for (let n = 0; n < 10; n++) expect(await authenticate(token)).toBeUndefined();
    expect(requests).toBe(1);
    pass(31_000);
    expect(await authenticate(token)).toMatchObject({ name: "jwt:agent-7" });
    expect(requests).toBe(2);
  });

  test("that were withdrawn are good no more once the set is fetched again", async () => {
    expect(await authenticate(await keys.RS256.sign(claims()))).toBeDefined();
    serve("ES256");
    pass(601_000);
    expect(await authenticate(await keys.RS256.sign(claims()))).toBeUndefined();
  });

  test("serve on while the issuer is out, for a day", async () => {
    const signed = () => keys.ES256.sign(claims());
    await authenticate(await signed());
    served = { status: 503, body: "" };
    pass(3_600_000);
    expect(await authenticate(await signed())).toBeDefined();
    pass(86_400_000);
    await expect(authenticate(await signed())).rejects.toMatchObject({ code: "issuer-unavailable" });
  });

  test("are not fetched from an unavailable issuer for every token, and again once it is back", async () => {
    served = { status: 503, body: "" };
    for (let n = 0; n < 10; n++) {
      const token = await keys.ES256.sign(claims());
      await expect(authenticate(token)).rejects.toMatchObject({ code: "issuer-unavailable" });
    }
    expect(requests).toBe(1);
    serve("ES256");
    pass(31_000);
    expect(await authenticate(await keys.ES256.sign(claims()))).toMatchObject({ name: "jwt:agent-7" });
  });

  test("are fetched once the issuer is back, although the clock has gone back meanwhile", async () => {
    served = { status: 503, body: "" };
    await expect(authenticate(await keys.ES256.sign(claims()))).rejects.toMatchObject({
      code: "issuer-unavailable",
    });
    serve("ES256");
    vi.setSystemTime(Date.now() - 86_400_000);
    pass(31_000);
    expect(await authenticate(await keys.ES256.sign(claims()))).toMatchObject({ name: "jwt:agent-7" });
  });

  test.each([
    ["an error", 500, "{}"],
    ["no JSON", 200, "<html>"],
    ["no set of keys", 200, '{"keys":{}}'],
    ["more than anybody needs", 200, `{"keys":[${" ".repeat(300_000)}]}`],
  ])("that cannot be had (%s) are said to be so, by a problem", async (_name, status, body) => {
    served = { status, body };
    const api = await testApi({ authenticate });
    const headers = { Authorization: `Bearer ${await keys.ES256.sign(claims())}` };
    const response = await api.app.request(routePath("alice"), { headers });
    expect(response.headers.get("Retry-After")).toBe("5");
    expect(await problemOf(response)).toBe("503 issuer-unavailable");
    await api.close();
  });
});
