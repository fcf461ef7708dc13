import { expect, test } from "vitest";
import { isLoopback, isLoopbackUrl } from "../../../../route-api/contract/loopback.ts";

test.each([
  "localhost",
  "LocalHost.",
  "store.localhost",
  "127.0.0.1",
  "127.255.0.9",
  "::1",
  "[::1]",
  "0:0:0:0:0:0:0:1",
  "::ffff:127.0.0.1",
  "[::FFFF:7f00:1]",
])("%s stays on this machine", (host) => {
  expect(isLoopback(host)).toBe(true);
  expect(isLoopbackUrl(`http://${host.includes(":") ? `[${host.replace(/[[\]]/g, "")}]` : host}:80/x`)).toBe(
    true,
  );
});

test.each([
  "store1",
  "localhost.example.com",
  "notlocalhost",
  "127.0.0.1.example.com",
  "10.127.0.0",
  "0.0.0.0",
  "::",
  "::2",
  "::ffff:10.0.0.1",
  "fe80::1",
  "*",
  "",
])("%s may not", (host) => {
  expect(isLoopback(host)).toBe(false);
});

test.each(["ldap://127.0.0.1:389", "ldap://[::1]", "http://127.1/"])("the host of %s counts", (url) => {
  expect(isLoopbackUrl(url)).toBe(true);
});

test.each(["ldap://127.0.0.1@ldap.example.com", "http://localhost.evil/", "no url", "ldap:///"])(
  "%s is elsewhere",
  (url) => expect(isLoopbackUrl(url)).toBe(false),
);
