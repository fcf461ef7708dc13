import { describe, expect, test } from "vitest";
import { parseServerPlace } from "../../../../../edge-proxy/identity/virtual-domains/server-place.ts";

describe("what a domain listens on", () => {
  test.each([
    ["10.0.0.1", { by: "address", address: "10.0.0.1" }],
    ["10.0.0.1:1143", { by: "address", address: "10.0.0.1", port: 1143 }],
    ["FD00:0::1", { by: "address", address: "fd00::1" }],
    ["[fd00::1]", { by: "address", address: "fd00::1" }],
    ["[fd00::1]:993", { by: "address", address: "fd00::1", port: 993 }],
    ["::ffff:10.0.0.1", { by: "address", address: "10.0.0.1" }],
    ["*:1144", { by: "port", port: 1144 }],
    ["0.0.0.0:1144", { by: "port", port: 1144 }],
    ["[::]:1144", { by: "port", port: 1144 }],
    ["sni:Mail.Example.com.", { by: "sni", host: "mail.example.com" }],
    ["SNI:*.example.com", { by: "sni-wildcard", host: "example.com" }],
  ])("%s", (text, place) => {
    expect(parseServerPlace(text)).toEqual({ ok: true, place });
  });

  test.each([
    "",
    "*",
    "0.0.0.0",
    "::",
    "10.0.0",
    "10.0.0.256",
    "010.0.0.1",
    "10.0.0.1:",
    "10.0.0.1:0",
    "10.0.0.1:65536",
    "[10.0.0.1:143",
    "fe80::1%eth0",
    "mail.example.com",
    "sni:",
    "sni:*",
    "sni:a..b",
    "sni:a.*.b",
    "sni:mäil.example",
    "sni:a b",
  ])("%j is none", (text) => {
    expect(parseServerPlace(text)).toMatchObject({ ok: false });
  });
});
