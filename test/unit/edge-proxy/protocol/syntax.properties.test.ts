import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forwardedId, hopsOf } from "../../../../edge-proxy/protocol/imap/id.ts";
import { isQuotable, quote, Scanner } from "../../../../edge-proxy/protocol/imap/syntax.ts";
import { LineBuffer } from "../../../../edge-proxy/protocol/line-buffer.ts";
import {
  base64Octets,
  decodeOctets,
  isBase64,
  octetsBase64,
  utf8Octets,
  utf8Text,
} from "../../../../edge-proxy/protocol/octets.ts";
import { SpoofedMaildrop } from "../../../../edge-proxy/protocol/pop3/spoofed-maildrop.ts";
import { feedMechanism, type SaslStep, startMechanism } from "../../../../edge-proxy/protocol/sasl.ts";
import { hostileBytes, pieces, sizes } from "./mutations.ts";

const octets = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => decodeOctets(bytes));
const resembling = (seeds: string[], tokens: string[]) =>
  hostileBytes(
    seeds.map((seed) => Buffer.from(seed, "latin1")),
    tokens,
  ).map((bytes) => decodeOctets(bytes));

describe("lines", () => {
  const bytes = hostileBytes(
    [Buffer.from("one\r\ntwo\nthree\r\r\n\r\n\nfour")],
    ["\r\n", "\n", "\r", "\0", "x"],
  );

  test("come out the same however they are cut, with nothing lost", () => {
    fc.assert(
      fc.property(bytes, sizes, (stream, lengths) => {
        const buffer = new LineBuffer();
        const lines: string[] = [];
        for (const piece of pieces(stream, lengths)) {
          buffer.append(piece);
          for (let line = buffer.takeLine(); line !== undefined; line = buffer.takeLine()) {
            lines.push(decodeOctets(line));
          }
        }
        const [...expected] = decodeOctets(stream).split("\n");
        const rest = expected.pop();
        expect(lines).toEqual(expected.map((line) => line.replace(/\r$/, "")));
        expect(decodeOctets(buffer.rest())).toBe(rest);
        expect(buffer.length).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("base64 and UTF-8", () => {
  test("what is taken for base64 is base64, and nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(octets(40), octets(40).map(octetsBase64)), (text) => {
        const decoded = base64Octets(text);
        expect(decoded !== undefined).toBe(isBase64(text));
        // Stray bits in the last character are the only thing that does not come back.
        if (decoded !== undefined) expect(octetsBase64(decoded).slice(0, -4)).toBe(text.slice(0, -4));
      }),
      { numRuns: 1000 },
    );
  });

  test("a text comes back from its octets, and wrong octets are none", () => {
    fc.assert(
      fc.property(octets(40), fc.string({ unit: "binary" }), (any, text) => {
        expect(utf8Text(utf8Octets(text))).toBe(text);
        const decoded = utf8Text(any);
        if (decoded !== undefined) expect(utf8Octets(decoded)).toBe(any);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the arguments of a command", () => {
  test("read to their end or not at all, and never loop", () => {
    const text = resembling(
      ['a LOGIN "al\\"ice" {3}\r\nabc', 'a ID ("name" "x" "os" NIL "v" {2}\r\nab)', "a AUTHENTICATE PLAIN ="],
      ["(", ")", '"', "\\", "{3}\r\n", "{3+}\r\n", "{9999999999}\r\n", "NIL", " ", "\0", "\x80", '"a" '],
    );
    fc.assert(
      fc.property(text, (given) => {
        const scanner = new Scanner(given);
        const read = [scanner.tag(), scanner.space(), scanner.atom(), scanner.space(), scanner.astring()];
        expect(read.join("").length).toBeLessThanOrEqual(
          given.length + "truetrue".length + "falsefalse".length,
        );
        expect(given.endsWith(scanner.remainder())).toBe(true);
        expect(scanner.atEnd()).toBe(scanner.remainder() === "");
        const fields = new Scanner(given.slice(given.indexOf("("))).idFields();
        for (const [name, value] of fields ?? []) {
          expect(given.toLowerCase().replaceAll("\\", "")).toContain(name.replaceAll("\\", ""));
          expect(hopsOf(new Map([["x-proxy-ttl", value]]))).toSatisfy(
            (hops) => hops === undefined || (Number(hops) >= 0 && Number(hops) <= 999),
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("what can be quoted comes back from its quoted string", () => {
    fc.assert(
      fc.property(octets(30), (text) => {
        if (!isQuotable(text)) return;
        const scanner = new Scanner(quote(text));
        expect([scanner.astring(), scanner.atEnd()]).toEqual([text, true]);
      }),
    );
  });

  test("the ID for a store reads back as what was meant: own fields first, none forged, 30 at most", () => {
    const names = fc.oneof(octets(34), fc.constantFrom("x-originating-ip", "X-Session-Id", "x-proxy-ttl"));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(names, fc.option(octets(20), { nil: undefined })), { maxLength: 50 }),
        (said) => {
          const id = new Map(said.map(([name, value]) => [name.toLowerCase(), value] as const));
          const own = {
            sid: "s-1",
            address: "192.0.2.1",
            port: 1,
            localAddress: "192.0.2.2",
            localPort: 2,
            hopsLeft: 3,
          };
          const scanner = new Scanner(forwardedId({ ...own, id }));
          const fields = scanner.idFields();
          expect(scanner.atEnd()).toBe(true);
          expect(fields?.size).toBeLessThanOrEqual(30);
          expect([...(fields ?? [])].slice(0, 6).map(([, value]) => value)).toEqual([
            "s-1",
            "192.0.2.1",
            "1",
            "192.0.2.2",
            "2",
            "3",
          ]);
          for (const [name, value] of [...(fields ?? [])].slice(6)) {
            expect(name).not.toMatch(/^x-/);
            expect([id.has(name), id.get(name)]).toEqual([true, value]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a mechanism", () => {
  const NAMES = ["PLAIN", "LOGIN", "EXTERNAL", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1", "SCRAM-SHA-256"];
  const messages = resembling(
    [
      "\0alice\0secret",
      "alice\0alice\0secret",
      "user=alice\x01auth=Bearer abc\x01\x01",
      "n,a=alice,\x01host=x\x01auth=Bearer abc\x01\x01",
      "n,,n=alice,r=abc",
      "n,a=alice,n=alice,r=abc",
    ],
    [
      "\0",
      "\x01",
      ",",
      "=",
      "=2C",
      "=3D",
      "n=",
      "a=",
      "p=",
      "y,",
      "r=",
      "auth=Bearer ",
      "alice",
      "eve",
      "\r\n",
    ],
  );

  test("gives a user that the message names, or nothing, and acts for nobody else", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        fc.array(messages, { minLength: 1, maxLength: 3 }),
        (name, given) => {
          const server = startMechanism(name);
          if (server === undefined) throw new Error(name);
          let step: SaslStep = { next: "challenge", message: "" };
          for (const message of given) {
            if (step.next === "challenge") step = feedMechanism(server, octetsBase64(message));
          }
          if (step.next !== "credentials") return;
          const { user } = step.credentials;
          const [message = ""] = given;
          if (name !== "EXTERNAL") expect(user).not.toBe("");
          expect([message, message.replaceAll("=2C", ",").replaceAll("=3D", "=")].join("\n")).toContain(user);
          if (name === "PLAIN") {
            const [authzid, authcid, , ...more] = message.split("\0");
            expect([authzid === "" || authzid === authcid, authcid, more]).toEqual([true, user, []]);
          }
          if (name.startsWith("SCRAM")) expect(message).toMatch(/^[ny],(?:a=([^,]+),n=\1|,n=[^,]+),r=/);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("is there by its name alone", () => {
    for (const name of ["SCRAM-SHA-256-PLUS", "constructor", "__proto__", "toString", ""]) {
      expect(startMechanism(name)).toBeUndefined();
    }
  });
});

test("a spoofed maildrop answers anything with whole lines, and shows one message at most", () => {
  const message = { lines: ["Subject: down", "", ".wait"], octets: 25, uid: "notice-1" };
  const commands = resembling(
    ["TOP 1 9", "RETR 1", "LIST 1", "UIDL", "DELE 1", "STAT"],
    ["1", " ", "-1", "999999999", "4294967296", "\0", "\r", "TOP ", "RETR "],
  );
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 20 }), (given) => {
      const maildrop = new SpoofedMaildrop(message);
      for (const command of given) {
        const { lines, quit } = maildrop.command(command);
        expect(lines[0]).toMatch(/^(\+OK|-ERR)/);
        expect(lines.length).toBeLessThanOrEqual(message.lines.length + 2);
        expect(lines.join("\n")).not.toMatch(/[\0\r]/);
        expect(quit).toBe(/^quit( |$)/i.test(command));
      }
    }),
    { numRuns: 500 },
  );
});
