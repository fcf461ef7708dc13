import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Audit } from "../../../../../route-api/contract/audit.ts";
import { CLAIMS_HEADER } from "../../../../../route-api/http/console/balancer.ts";
import { type HttpServer, serveHttp } from "../../../../../route-api/http/server.ts";
import { testApi } from "../support.ts";
import { ISSUER, OTHER_KEY, PUBLIC_KEY, SIGNER, signedClaims } from "./signed-claims.ts";
import { FORM, HERE, type TestConsole, testConsole } from "./support.ts";

let site: TestConsole;
beforeEach(async () => {
  site = await testConsole({ signInsPerMinute: 3 });
});
afterEach(() => site.close());

describe("signing in", () => {
  test("a token that is typed once becomes a cookie that scripts and other sites do not see", async () => {
    const response = await site.submit("/console/sign-in", {
      token: " support-token\n",
      to: "/console/sync",
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("Location")).toBe("/console/sync");
    expect(response.headers.get("Set-Cookie")).toMatch(
      /^mmp-console=named~support~[^;]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  test("over TLS the cookie is bound to this host", async () => {
    const init = { method: "POST", headers: FORM, body: "token=support-token" };
    const response = await site.app.request("/console/sign-in", init, {
      peer: () => "192.0.2.7",
      isTls: true,
    });
    expect(response.headers.get("Set-Cookie")).toMatch(/^__Host-mmp-console=.*; Path=\/; .*Secure/);
  });

  test.each(["wrong", "edge-token", ""])("not with %j", async (token) => {
    const response = await site.submit("/console/sign-in", { token });
    expect(response.status).toBe(401);
    expect(response.headers.get("Set-Cookie")).toBeNull();
  });

  test("not as often as somebody likes", async () => {
    const attempt = async (): Promise<number> =>
      (await site.submit("/console/sign-in", { token: "wrong" })).status;
    expect([await attempt(), await attempt(), await attempt(), await attempt()]).toEqual([
      401, 401, 401, 429,
    ]);
  });

  test.each(["https://evil.example/", "//evil.example", "/\\evil.example", "/console/..\\x", "/docs"])(
    "does not lead to %s",
    async (to) => {
      const response = await site.submit("/console/sign-in", { token: "support-token", to });
      expect(response.headers.get("Location")).toBe("/console");
    },
  );

  test("signing out removes the cookie", async () => {
    const cookie = await site.signIn("support-token");
    const response = await site.submit("/console/sign-out", {}, { Cookie: cookie });
    expect(response.headers.get("Set-Cookie")).toMatch(/^mmp-console=; Max-Age=0; Path=\//);
  });
});

test.each(["/console", "/console/users/alice", "/console/audit", "/console/live?login=alice"])(
  "%s is for those who are signed in",
  async (path) => {
    for (const cookie of ["", "mmp-console=named~support~9999999999~x", "mmp-console=signed~x"]) {
      const response = await site.page(path, cookie);
      expect(response.status).toBe(303);
      expect(response.headers.get("Location")).toBe(`/console/sign-in?to=${encodeURIComponent(path)}`);
    }
  },
);

test.each([
  ["another machine", { peer: () => "192.0.2.7" }, {}],
  ["a proxy here that was asked in clear", HERE, { "X-Forwarded-Proto": "http" }],
  ["another machine that claims TLS", { peer: () => "192.0.2.7" }, { "X-Forwarded-Proto": "https" }],
  ["nobody knows where", {}, {}],
])("nothing is shown in clear to %s", async (_, env, headers) => {
  const response = await site.app.request("/console/sign-in", { headers }, env);
  expect(response.status).toBe(403);
  expect(await response.text()).not.toContain("<form");
});

test("a proxy on this machine may speak TLS for it", async () => {
  const headers = { ...FORM, "X-Forwarded-Proto": "https" };
  const init = { method: "POST", headers, body: "token=support-token" };
  const response = await site.app.request("/console/sign-in", init, HERE);
  expect(response.headers.get("Set-Cookie")).toMatch(/^__Host-mmp-console=.*Secure/);
});

test("a link from another site leads on by a page of this one, to which the cookie comes along", async () => {
  const headers = { "Sec-Fetch-Site": "cross-site" };
  const response = await site.app.request("/console/users/alice", { headers }, HERE);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('content="0; url=/console/users/alice"');
});

test.each([
  ["another site", { "Sec-Fetch-Site": "cross-site" }],
  ["a sibling of this host", { "Sec-Fetch-Site": "same-site" }],
  ["another origin", { Origin: "https://evil.example" }],
  ["nowhere", { Origin: "null" }],
])("a form from %s neither signs in nor acts", async (_, headers) => {
  expect((await site.submit("/console/sign-in", { token: "admin-token" }, headers)).status).toBe(403);
  const cookie = await site.signIn("admin-token");
  const action = "/console/actions/kick-user";
  const fields = { ...(await site.hidden(`${action}?target=alice`, cookie)), why: "ticket 1" };
  const response = await site.submit(action, fields, { Cookie: cookie, ...headers });
  expect(response.headers.get("Location")).toBe("/console/sign-in?to=%2Fconsole");
  expect(await (await site.get("/v1/audit", "admin")).json()).toEqual({ entries: [] });
});

test("a form without its session's token does not act", async () => {
  const cookie = await site.signIn("admin-token");
  const others = await site.hidden("/console/actions/probe?target=a", await site.signIn("support-token"));
  for (const form of ["", "x", others.form ?? ""]) {
    const fields = { form, target: "alice", why: "ticket 1", key: "1" };
    const response = await site.submit("/console/actions/kick-user", fields, { Cookie: cookie });
    expect(response.status).toBe(303);
  }
  expect(await (await site.get("/v1/audit", "admin")).json()).toEqual({ entries: [] });
});

test("nothing in a page is inline, and nothing comes from elsewhere", async () => {
  const cookie = await site.signIn("admin-token");
  const response = await site.page("/console", cookie);
  const policy = response.headers.get("Content-Security-Policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|http|\*|data:/);
  const text = await response.text();
  expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?! src="\/console\/assets\/)/);
  for (const [, path = ""] of text.matchAll(/(?:src|href)="(\/console\/assets\/[^"]+)"/g)) {
    const asset = await site.page(path);
    expect(asset.status).toBe(200);
    expect(asset.headers.get("Cache-Control")).toContain("immutable");
  }
});

test("switched off, there is nothing", async () => {
  const off = await testApi();
  expect((await off.app.request("/console", {}, HERE)).status).toBe(404);
  await off.close();
});

describe("behind a load balancer that signs users in", () => {
  let keys: HttpServer;
  let behind: TestConsole;
  beforeEach(async () => {
    keys = await serveHttp("127.0.0.1", 0, () => new Response(PUBLIC_KEY));
    behind = await testConsole({
      loadBalancer: {
        signer: SIGNER,
        issuer: ISSUER,
        keysUrl: `http://127.0.0.1:${keys.port}`,
        nameClaim: "email",
        groupsClaim: "groups",
        groups: { support: ["helpdesk"], admin: ["mail-admins"] },
      },
    });
  });
  afterEach(async () => {
    await behind.close();
    await keys.close();
  });

  const ask = (claims: object, cookie = ""): Promise<Response> =>
    Promise.resolve(
      behind.app.request(
        "/console/actions/kick-user?target=alice",
        { headers: { [CLAIMS_HEADER]: signedClaims({}, claims), Cookie: cookie } },
        HERE,
      ),
    );

  test("nothing is typed: groups decide, and the audit has the name", async () => {
    const groups = { groups: ["mail-admins"] };
    const form = await ask(groups);
    expect(form.status).toBe(200);
    const cookie = form.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    const text = await form.text();
    expect(text).toContain("oidc:ann@example.com, admin");
    expect(text).not.toContain("Sign out");
    const [, token = ""] = /name="form" value="([^"]+)"/.exec(text) ?? [];
    const send = (sent: string): Promise<Response> =>
      behind.submit(
        "/console/actions/kick-user",
        { form: token, target: "alice", why: "ticket 1", key: "1" },
        { [CLAIMS_HEADER]: signedClaims({}, groups), Cookie: sent },
      );
    expect((await send("")).status).toBe(303);
    expect((await send(cookie)).status).toBe(200);
    const { entries } = Audit.parse(await (await behind.get("/v1/audit", "admin")).json());
    expect(entries.map(({ by }) => by)).toEqual(["oidc:ann@example.com"]);
  });

  test("somebody of no group is told so, and a forged header counts for nothing", async () => {
    expect((await ask({ groups: ["sales"] })).status).toBe(403);
    const headers = { [CLAIMS_HEADER]: signedClaims({}, {}, OTHER_KEY) };
    expect((await behind.app.request("/console", { headers }, HERE)).status).toBe(303);
    expect(
      (await site.app.request("/console", { headers: { [CLAIMS_HEADER]: signedClaims() } }, HERE)).status,
    ).toBe(303);
  });
});
