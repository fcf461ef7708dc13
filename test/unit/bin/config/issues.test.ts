import { expect, test } from "vitest";
import { describeIssue } from "../../../../bin/config/issues.ts";
import { fieldName } from "../../../../bin/config/mistakes.ts";
import { Configuration } from "../../../../bin/config/schema.ts";

/** What is said of a configuration, a line a fault. */
function said(value: unknown): string[] {
  const { error } = Configuration.safeParse(value, { reportInput: true });
  return (error?.issues ?? [])
    .flatMap((issue) => describeIssue(issue, Configuration))
    .map(({ path, text }) => `${fieldName(path)}: ${text}`);
}

const listener = (change: object): object => ({
  instances: { main: { listeners: [{ protocol: "imap", port: 143, ...change }] } },
});

test.each<[unknown, string[]]>([
  [{}, []],
  [{ stroes: {} }, ["stroes: is not a known field; did you mean stores?"]],
  [{ entirelyElse: 1 }, ["entirelyElse: is not a known field"]],
  [{ directory: { ldif: "u", base: "o=x" } }, ["directory.base: is not allowed beside ldif"]],
  [{ directory: { ldif: "u", url: "ldap://x" } }, ["directory.url: is not allowed beside ldif"]],
  [{ directory: { ldif: "u", bas: "o=x" } }, ["directory.bas: is not a known field; did you mean base?"]],
  [
    { routeStore: { sqlite: "r", dynamodb: { table: "mmp" } } },
    ["routeStore.dynamodb: is not allowed beside sqlite"],
  ],
  [{ directory: { base: "o=x" } }, ["directory.url: is missing"]],
  [{ directory: { url: "ldap://x" } }, ["directory.base: is missing"]],
  [{ directory: { url: "http://x", base: "o=x" } }, ["directory.url: must start with ldap:// or ldaps://"]],
  [
    { directory: { url: "ldap://x", base: "o=x", filter: "(a=b" } },
    ["directory.filter: is not an LDAP filter (RFC 4515): cannot read (a=b"],
  ],
  [listener({ port: "x" }), ["instances.main.listeners[0].port: must be a number"]],
  [listener({ port: 70_000 }), ["instances.main.listeners[0].port: must be at most 65535"]],
  [listener({ tls: "ssl" }), ["instances.main.listeners[0].tls: must be one of none, starttls, implicit"]],
  [{ instances: { main: { listeners: [] } } }, ["instances.main.listeners: must not be empty"]],
  [{ stores: { a: { verifyCertificate: "no" } } }, ["stores.a.verifyCertificate: must be true or false"]],
  [{ stores: [] }, ["stores: must be a map of settings"]],
  [
    { routeStore: { dynamodb: { table: "x" } } },
    ["routeStore.dynamodb.table: must have at least 3 characters"],
  ],
  [
    { instances: { "a b": { listeners: [{ protocol: "imap", port: 1 }] } } },
    ["instances.a b: must be of letters, digits and hyphens"],
  ],
])("%j", (value, expected) => {
  expect(said(value)).toEqual(expected);
});
