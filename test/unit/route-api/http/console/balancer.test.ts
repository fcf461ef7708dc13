import { expect, test } from "vitest";
import { ConsoleConfig } from "../../../../../route-api/config/console.ts";
import { createBalancer } from "../../../../../route-api/http/console/balancer.ts";
import { quiet } from "../support.ts";
import {
  CLAIMS,
  ISSUER,
  OTHER_KEY,
  PUBLIC_KEY,
  padded,
  SIGNER,
  signedClaims as signed,
} from "./signed-claims.ts";

const settings = ConsoleConfig.parse({
  loadBalancer: {
    signer: SIGNER,
    issuer: ISSUER,
    groups: { support: ["helpdesk"], admin: ["mail-admins"] },
  },
}).loadBalancer as NonNullable<ConsoleConfig["loadBalancer"]>;

function balancer() {
  const fetched: string[] = [];
  const read = createBalancer({
    settings,
    log: quiet,
    async fetchText(url) {
      fetched.push(url);
      return PUBLIC_KEY;
    },
  });
  return { read, fetched };
}

test.each([
  ["support", { groups: ["helpdesk", "x"] }, ["support"]],
  ["admin", { groups: ["mail-admins"] }, ["admin"]],
  ["both, in words", { groups: "helpdesk mail-admins" }, ["support", "admin"]],
  ["nothing", { groups: ["sales"] }, []],
  ["nothing without groups", { groups: undefined }, []],
  ["nothing for half a name", { groups: "helpdesks" }, []],
])("a group leads to %s", async (_, claims, scopes) => {
  expect(await balancer().read(signed({}, claims))).toEqual({ name: "oidc:ann@example.com", scopes });
});

test("without the claim for it, the name is the subject", async () => {
  expect((await balancer().read(signed({}, { email: undefined })))?.name).toBe("oidc:u-1");
});

test("the key is fetched once, from the balancer's region", async () => {
  const { read, fetched } = balancer();
  await read(signed());
  await read(signed());
  expect(fetched).toEqual(["https://public-keys.auth.elb.eu-west-1.amazonaws.com/0a1b-2c"]);
});

test.each([
  ["another key", () => signed({}, {}, OTHER_KEY)],
  ["another balancer", () => signed({ signer: SIGNER.replace("/mmp/", "/evil/") })],
  ["no signer", () => signed({ signer: undefined })],
  ["another issuer", () => signed({ iss: "https://evil.example" })],
  ["an end that has come", () => signed({ exp: Math.floor(Date.now() / 1000) })],
  ["no end", () => signed({ exp: undefined })],
  ["no algorithm", () => signed({ alg: "none" })],
  ["an algorithm with a shared secret", () => signed({ alg: "HS256" })],
  ["a key ID that is a path", () => signed({ kid: "../../x" })],
  ["no subject", () => signed({}, { sub: undefined })],
  [
    "other claims than were signed",
    () =>
      signed().replace(
        /\.[^.]*\./,
        `.${padded(Buffer.from(JSON.stringify({ ...CLAIMS, groups: ["mail-admins"] })))}.`,
      ),
  ],
  ["no signature", () => signed().replace(/[^.]*$/, "")],
  ["too many characters", () => signed({}, { x: "x".repeat(20_000) })],
  ["nothing of a token", () => "x"],
])("a header with %s signs nobody in", async (_, header) => {
  expect(await balancer().read(header())).toBeUndefined();
});

test("headers with unknown keys do not make it fetch without end", async () => {
  const { read, fetched } = balancer();
  for (let index = 0; index < 50; index++) await read(signed({ kid: `key-${index}` }, {}, OTHER_KEY));
  expect(fetched.length).toBeLessThan(10);
});
