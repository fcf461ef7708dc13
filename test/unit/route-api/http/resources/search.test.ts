import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Problem } from "../../../../../route-api/contract/problems.ts";
import { Route } from "../../../../../route-api/contract/routes.ts";
import { MATCHES_MAX } from "../../../../../route-api/store/store.ts";
import { put } from "../../../../support/writes.ts";
import { entryOf, problemOf, type TestApi, testApi } from "../support.ts";

const der = (text: string) => Buffer.from(text).toString("base64");
const fingerprint = (text: string) => createHash("sha256").update(text).digest("hex");
const is = (attribute: string, value: string) => ({ attribute, value });

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  await put(api.store, [
    entryOf("ann", {
      dn: "cn=Smith\\, Ann,ou=People,dc=example,dc=com",
      attributes: { cn: ["ann smith"], o: ["example"], employeenumber: ["17"] },
      fingerprints: [fingerprint("ann's")],
      certificates: [der("ann's")],
    }),
    entryOf("ben", { attributes: { cn: ["ben"], o: ["example"] } }),
    entryOf("cat", { dn: "uid=cat,ou=xpeople,dc=example,dc=com", attributes: { cn: ["cat"] } }),
    // The fingerprint of one certificate, and another certificate: no such entry should be, and it must not be found.
    entryOf("eve", { fingerprints: [fingerprint("cat's")], certificates: [der("eve's")] }),
    ...Array.from({ length: MATCHES_MAX + 1 }, (_, n) =>
      entryOf(`many${n}`, { attributes: { o: ["large"], ou: ["large"], cn: [`many ${n}`] } }),
    ),
  ]);
});
afterAll(() => api.close());

const found = async (body: object): Promise<string> => {
  const response = await api.post("/v1/route-searches", body);
  return response.status === 200 ? Route.parse(await response.json()).account : problemOf(response);
};

describe("a search", () => {
  test.each([
    ["one value", is("cn", "ann smith"), "ann@example.com"],
    ["however it is written", is("CN", "  Ann   SMITH "), "ann@example.com"],
    ["a login name", is("login", "ben@example.com"), "ben@example.com"],
    ["a DN", is("dn", 'CN="Smith, Ann" , OU=people, DC=example,DC=com'), "ann@example.com"],
    ["no DN", is("dn", "nothing"), "404 unknown-user"],
    ["a certificate's fingerprint", is("certificate", fingerprint("ann's")), "ann@example.com"],
    ["a fingerprint that nobody has", is("certificate", fingerprint("dan's")), "404 unknown-user"],
    ["a value that nobody has", is("cn", "dan"), "404 unknown-user"],
    ["an attribute that nobody has", is("sn", "ann smith"), "404 unknown-user"],
    ["a filter's signs", is("cn", "*"), "404 unknown-user"],
    ["a value that two have", is("o", "example"), "409 ambiguous-user"],
    ["all", { all: [is("o", "example"), is("employeenumber", "17")] }, "ann@example.com"],
    ["all, of which one does not fit", { all: [is("o", "example"), is("cn", "cat")] }, "404 unknown-user"],
    ["any", { any: [is("cn", "dan"), is("cn", "cat")] }, "cat@example.com"],
    ["any, which are two", { any: [is("cn", "ben"), is("cn", "cat")] }, "409 ambiguous-user"],
    ["any, twice the same", { any: [is("cn", "ben"), is("login", "ben")] }, "ben@example.com"],
    [
      "one in the other",
      { all: [is("o", "example"), { any: [is("cn", "cat"), { all: [is("cn", "ben")] }] }] },
      "ben@example.com",
    ],
    ["one of very many", { all: [is("o", "large"), is("cn", "many 77")] }, "many77@example.com"],
    ["very many", is("o", "large"), "409 ambiguous-user"],
    ["very many in each part", { all: [is("o", "large"), is("ou", "large")] }, "409 ambiguous-user"],
    ["as many parts as may be", { any: Array(16).fill(is("cn", "ben")) }, "ben@example.com"],
    [
      "more parts than may be",
      { any: [{ any: Array(9).fill(is("cn", "ben")) }, { all: Array(8).fill(is("cn", "ben")) }] },
      "400 bad-request",
    ],
    ["no parts", { all: [] }, "400 bad-request"],
    ["both", { ...is("cn", "ben"), all: [is("cn", "ben")] }, "400 bad-request"],
    ["no attribute's name", is("cn)(uid=*", "x"), "400 bad-request"],
  ])("%s", async (_name, match, expected) => {
    expect(await found({ match })).toBe(expected);
  });

  test.each([
    ["above it", "dc=example,dc=com", "cn", "ann smith", "ann@example.com"],
    ["written otherwise", "OU=people , DC=Example,dc=COM", "cn", "ann smith", "ann@example.com"],
    [
      "the entry itself",
      "cn=smith\\2c ann,ou=people,dc=example,dc=com",
      "cn",
      "ann smith",
      "ann@example.com",
    ],
    ["the root", "", "cn", "ann smith", "ann@example.com"],
    ["of which the DN only ends alike", "ou=people,dc=example,dc=com", "cn", "cat", "404 unknown-user"],
    ["beside it", "ou=xpeople,dc=example,dc=com", "cn", "ann smith", "404 unknown-user"],
    ["no DN", "people", "cn", "ann smith", "400 bad-request"],
  ])("below a base %s", async (_name, base, attribute, value, expected) => {
    expect(await found({ match: is(attribute, value), base })).toBe(expected);
  });

  test.each([
    ["its own", is("cn", "ann smith"), der("ann's"), "ann@example.com"],
    ["another's", is("cn", "ben"), der("ann's"), "404 unknown-user"],
    ["one of two that fit", is("o", "example"), der("ann's"), "ann@example.com"],
    ["a fingerprint alone is not enough", is("login", "eve"), der("cat's"), "404 unknown-user"],
    ["no base64", is("cn", "ann smith"), "ann's", "400 bad-request"],
  ])("with a certificate: %s", async (_name, match, certificate, expected) => {
    expect(await found({ match, certificate })).toBe(expected);
  });

  test("attributes that are asked for come along, as far as the entry has them", async () => {
    const attributes = ["CN", "o", "sn", "constructor"];
    const response = await api.post("/v1/route-searches", { match: is("employeenumber", "17"), attributes });
    expect(Route.parse(await response.json()).attributes).toEqual({ cn: ["ann smith"], o: ["example"] });
    const without = await api.post("/v1/route-searches", { match: is("employeenumber", "17") });
    expect(await without.json()).not.toHaveProperty("attributes");
    const tooMany = Array.from({ length: 9 }, (_, n) => `a${n}`);
    expect(await found({ match: is("cn", "cat"), attributes: tooMany })).toBe("400 bad-request");
  });

  test("support is told who fits", async () => {
    const response = await api.post("/v1/route-searches", { match: is("o", "example") }, "support");
    expect(Problem.parse(await response.json()).detail).toBe(
      "cn=Smith\\, Ann,ou=People,dc=example,dc=com; uid=ben,ou=people,dc=example,dc=com",
    );
  });
});
