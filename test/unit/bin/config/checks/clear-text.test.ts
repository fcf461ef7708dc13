import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { parseConfiguration } from "../../../../../bin/config/load.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-clear-"));
writeFileSync(join(folder, "token"), "x\n");

/** `field: reason` of each mistake in a part of mmp.yaml. */
function mistakes(part: object): string[] {
  const result = parseConfiguration(join(folder, "mmp.yaml"), stringify(part));
  return result.ok ? [] : result.mistakes.map(({ field, text }) => `${field}: ${text}`);
}

const directory = (more: object) => ({ directory: { base: "dc=x", ...more } });
const routeApi = (more: object) => ({ routeApi: { tokenFile: "token", ...more } });
const jwt = (more: object) => routeApi({ jwt: { issuer: "i", audience: "a", ...more } });
const store = (name: string, more: object) => ({
  stores: { [name]: { imap: { port: 143, tls: "none" }, ...more } },
});
const table = (more: object) => ({ routeStore: { dynamodb: { table: "mmp", ...more } } });

test.each([
  [
    directory({ url: "ldap://ldap.example.com" }),
    "directory.url: ldap://ldap.example.com would get passwords in clear: use ldaps:// or startTls, or set directory.allowClearText to true",
  ],
  [
    directory({ url: ["ldaps://a", "LDAP://b"].map((url) => url.toLowerCase()) }),
    "directory.url: ldap://b would get passwords in clear: use ldaps:// or startTls, or set directory.allowClearText to true",
  ],
  [
    routeApi({ url: ["http://127.0.0.1:8080", "HTTP://api:8080"] }),
    "routeApi.url: HTTP://api:8080 would get tokens in clear: use https://, or set routeApi.allowClearText to true",
  ],
  [
    jwt({ jwksUrl: "http://id.example.com/keys" }),
    "routeApi.jwt.jwksUrl: http://id.example.com/keys would tell the issuer's keys in clear: use https://, or set routeApi.jwt.allowClearText to true",
  ],
  [
    store("store1", {}),
    "stores.store1.imap.tls: store1 would get passwords in clear: use starttls or implicit, or set stores.store1.allowClearText to true",
  ],
  [
    store("*", {}),
    "stores.*.imap.tls: stores would get passwords in clear: use starttls or implicit, or set stores.*.allowClearText to true",
  ],
  [
    store("local", { address: ["127.0.0.1", "10.0.0.1"] }),
    "stores.local.imap.tls: 10.0.0.1 would get passwords in clear: use starttls or implicit, or set stores.local.allowClearText to true",
  ],
  [
    store("s", {
      address: "127.0.0.1",
      pop3: { port: 110, tls: "none" },
      imap: { port: 993, tls: "implicit" },
    }),
    undefined,
  ],
  [
    store("s", { imap: { port: 993, tls: "implicit" }, pop3: { port: 110, tls: "none" } }),
    "stores.s.pop3.tls: s would get passwords in clear: use starttls or implicit, or set stores.s.allowClearText to true",
  ],
  [
    table({ endpoint: "http://dynamodb:8000" }),
    "routeStore.dynamodb.endpoint: http://dynamodb:8000 would get routes in clear: use https://, or set routeStore.dynamodb.allowClearText to true",
  ],
])("%j", (part, expected) => {
  expect(mistakes(part)).toEqual(expected === undefined ? [] : [expected]);
});

test.each([
  directory({ url: "ldap://ldap.example.com", startTls: true }),
  directory({ url: "ldap://ldap.example.com", allowClearText: true }),
  directory({ url: ["ldap://localhost:389", "ldaps://ldap.example.com"] }),
  directory({ url: "ldap://[::1]" }),
  routeApi({ url: "https://api" }),
  routeApi({ url: "http://api", allowClearText: true }),
  routeApi({}),
  jwt({ jwksUrl: "https://id.example.com/keys" }),
  jwt({ jwksUrl: "http://id.example.com/keys", allowClearText: true }),
  store("store1", { allowClearText: true }),
  store("localhost", {}),
  store("*", { address: "127.0.0.1" }),
  store("*", { imap: { port: 143 } }),
  table({}),
  table({ endpoint: "http://127.0.0.1:8000" }),
  table({ endpoint: "http://dynamodb:8000", allowClearText: true }),
])("%j is accepted", (part) => {
  expect(mistakes(part)).toEqual([]);
});

test("permission is given where it is needed, and nowhere else", () => {
  const part = routeApi({
    url: "http://api",
    jwt: { issuer: "i", audience: "a", jwksUrl: "http://id", allowClearText: true },
  });
  expect(mistakes(part)).toEqual([expect.stringMatching(/^routeApi\.url: /)]);
});
