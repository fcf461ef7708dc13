import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommand } from "../../../../../edge-proxy/protocol/imap/commands.ts";
import { SecretOctets } from "../../../../../edge-proxy/protocol/octets.ts";
import { hostileOctets } from "../mutations.ts";

const SECRET = expect.any(SecretOctets);

describe("a command", () => {
  test.each([
    ["a CAPABILITY", { tag: "a", command: { name: "CAPABILITY" } }],
    ["a noop", { tag: "a", command: { name: "NOOP" } }],
    ["a Logout", { tag: "a", command: { name: "LOGOUT" } }],
    ["a STARTTLS", { tag: "a", command: { name: "STARTTLS" } }],
    ["a LOGIN alice secret", { tag: "a", command: { name: "LOGIN", user: "alice", password: SECRET } }],
    ['a LOGIN "" ""', { tag: "a", command: { name: "LOGIN", user: "", password: SECRET } }],
    [
      "a LOGIN {5}\r\nalice {6+}\r\nse ret",
      { tag: "a", command: { name: "LOGIN", user: "alice", password: SECRET } },
    ],
    [
      "a AUTHENTICATE plain",
      { tag: "a", command: { name: "AUTHENTICATE", mechanism: "PLAIN", initial: "" } },
    ],
    [
      "a AUTHENTICATE PLAIN AGEAYg==",
      { tag: "a", command: { name: "AUTHENTICATE", mechanism: "PLAIN", initial: "AGEAYg==" } },
    ],
    ['a ID ("Name" "x")', { tag: "a", command: { name: "ID", fields: new Map([["name", "x"]]) } }],
    ["a ID NIL", { tag: "a", command: { name: "ID", fields: new Map() } }],
    ["", { tag: "*", fault: "Command needs a tag and a name" }],
    ["a", { tag: "*", fault: "Command needs a tag and a name" }],
    [" NOOP", { tag: "*", fault: "Command needs a tag and a name" }],
    ["a ", { tag: "a", fault: "Unknown command, or not allowed before login" }],
    ["a SELECT INBOX", { tag: "a", fault: "Unknown command, or not allowed before login" }],
    ["a NOOP  ", { tag: "a", command: { name: "NOOP" } }],
    ["a LOGIN alice secret ", { tag: "a", command: { name: "LOGIN", user: "alice", password: SECRET } }],
    [
      "a AUTHENTICATE PLAIN ",
      { tag: "a", command: { name: "AUTHENTICATE", mechanism: "PLAIN", initial: "" } },
    ],
    ["a AUTHENTICATE PLAIN x y", { tag: "a", fault: "Wrong arguments to AUTHENTICATE" }],
    ["a NOOP now", { tag: "a", fault: "Wrong arguments to NOOP" }],
    ["a LOGIN alice", { tag: "a", fault: "Wrong arguments to LOGIN" }],
    ["a LOGIN alice secret more", { tag: "a", fault: "Wrong arguments to LOGIN" }],
    ["a LOGIN  alice secret", { tag: "a", fault: "Wrong arguments to LOGIN" }],
    ["a AUTHENTICATE", { tag: "a", fault: "Wrong arguments to AUTHENTICATE" }],
    ['a AUTHENTICATE PLAIN"x"', { tag: "a", fault: "Wrong arguments to AUTHENTICATE" }],
    ["a ID", { tag: "a", fault: "Wrong arguments to ID" }],
    ['a ID ("name" "x") y', { tag: "a", fault: "Wrong arguments to ID" }],
  ])("%j", (text, expected) => {
    expect(parseCommand(text)).toEqual(expected);
  });

  test.each([
    ["a LOGIN alice secret", "secret"],
    ['a LOGIN "" ""', ""],
    ["a LOGIN {5}\r\nalice {6+}\r\nse ret", "se ret"],
    ['a LOGIN alice "say \\"hi\\""', 'say "hi"'],
  ])("%j holds the password", (text, password) => {
    const parsed = parseCommand(text);
    expect("command" in parsed && parsed.command.name === "LOGIN" && parsed.command.password.reveal()).toBe(
      password,
    );
  });

  test("is read or refused, whatever it is, and prints no password", () => {
    const texts = hostileOctets(
      ["a LOGIN alice secret", 'b LOGIN "a" {2}\r\nxy', "c AUTHENTICATE PLAIN =", 'd ID ("a" "b")'],
      ["a ", "LOGIN ", "AUTHENTICATE ", "ID ", " ", '"', "{2}\r\n", "(", ")", "NIL", "\r\n", "\0", "*"],
    );
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseCommand(text);
        expect(text.startsWith(result.tag) || result.tag === "*").toBe(true);
        if (!("command" in result) || result.command.name !== "LOGIN") return;
        expect(result.command.password).toBeInstanceOf(SecretOctets);
      }),
      { numRuns: 2000 },
    );
  });
});
