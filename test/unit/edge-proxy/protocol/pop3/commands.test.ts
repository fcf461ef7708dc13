import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SecretOctets } from "../../../../../edge-proxy/protocol/octets.ts";
import { parseCommand } from "../../../../../edge-proxy/protocol/pop3/commands.ts";
import { hostileOctets } from "../mutations.ts";

const UNKNOWN = { fault: "Unknown command, or not allowed before login" };

describe("a command", () => {
  test.each([
    ["CAPA", { command: { name: "CAPA" } }],
    ["noop", { command: { name: "NOOP" } }],
    ["STLS", { command: { name: "STLS" } }],
    ["UTF8", { command: { name: "UTF8" } }],
    ["Quit", { command: { name: "QUIT" } }],
    ["LANG", { command: { name: "LANG", wanted: undefined } }],
    ["LANG en-GB", { command: { name: "LANG", wanted: "en-GB" } }],
    ["USER alice", { command: { name: "USER", user: "alice" } }],
    ["USER alice b@example.com", { command: { name: "USER", user: "alice b@example.com" } }],
    ["USER alice  ", { command: { name: "USER", user: "alice" } }],
    ["USER", { fault: "USER needs a name" }],
    ["USER ", { fault: "USER needs a name" }],
    ["PASS", { fault: "PASS needs a password" }],
    ["CAPA  ", { command: { name: "CAPA" } }],
    ["AUTH PLAIN ", { command: { name: "AUTH", mechanism: "PLAIN", initial: "" } }],
    ["AUTH", { command: { name: "AUTH", mechanism: undefined, initial: "" } }],
    ["AUTH ", { command: { name: "AUTH", mechanism: undefined, initial: "" } }],
    ["AUTH plain", { command: { name: "AUTH", mechanism: "PLAIN", initial: "" } }],
    ["AUTH PLAIN =", { command: { name: "AUTH", mechanism: "PLAIN", initial: "=" } }],
    ["AUTH PLAIN a b", { command: { name: "AUTH", mechanism: "PLAIN", initial: "a b" } }],
    ["AUTH  PLAIN", { command: { name: "AUTH", mechanism: "", initial: "" } }],
    ["", UNKNOWN],
    ["HELO", UNKNOWN],
    ["RETR 1", UNKNOWN],
    [" CAPA", UNKNOWN],
    ["CAPA\0", UNKNOWN],
    ["__proto__ x", UNKNOWN],
  ])("%j", (line, expected) => {
    expect(parseCommand(line)).toEqual(expected);
  });

  test.each([
    ["PASS secret", "secret"],
    ["PASS  two  blanks ", " two  blanks "],
    ["PASS ", ""],
  ])("%j keeps the password as it is", (line, password) => {
    const parsed = parseCommand(line);
    expect("command" in parsed && parsed.command.name === "PASS" && parsed.command.password.reveal()).toBe(
      password,
    );
    expect(JSON.stringify(parsed)).not.toContain("blanks");
  });

  test("is read or refused, whatever it is", () => {
    const lines = hostileOctets(
      ["USER alice", "PASS se cret", "AUTH PLAIN =", "LANG en"],
      ["USER ", "PASS ", "AUTH ", " ", "\0", "\r", "\x80", "="],
    );
    fc.assert(
      fc.property(lines, (line) => {
        const parsed = parseCommand(line);
        if ("fault" in parsed) return;
        expect(line.toUpperCase().startsWith(parsed.command.name)).toBe(true);
        if (parsed.command.name === "PASS") expect(parsed.command.password).toBeInstanceOf(SecretOctets);
      }),
      { numRuns: 2000 },
    );
  });
});
