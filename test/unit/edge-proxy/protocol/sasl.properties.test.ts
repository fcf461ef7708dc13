import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { octetsBase64 } from "../../../../edge-proxy/protocol/octets.ts";
import { feedMechanism, type SaslStep, startMechanism } from "../../../../edge-proxy/protocol/sasl.ts";
import { hostileOctets } from "./mutations.ts";

describe("a mechanism", () => {
  const NAMES = ["PLAIN", "LOGIN", "EXTERNAL", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1", "SCRAM-SHA-256"];
  const messages = hostileOctets(
    [
      "\0alice\0secret",
      "\0\0",
      "eve\0alice\0",
      "alice\0alice\0secret",
      "user=alice\x01auth=Bearer abc\x01\x01",
      "n,a=alice,\x01host=x\x01auth=Bearer abc\x01\x01",
      "n,,n=alice,r=abc",
      "n,a=alice,n=alice,r=abc",
      "n,a=bob,n=alice,r=abc",
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

  test("gives a user that the message names, or nothing, and says whom else it wants to act for", () => {
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
          const other = step.credentials.kind === "external" ? undefined : step.credentials.authorizationId;
          const [message = ""] = given;
          const decoded = (text = ""): string => text.replaceAll("=2C", ",").replaceAll("=3D", "=");
          expect([message, decoded(message)].join("\n")).toContain(user);
          if (name === "PLAIN") {
            const [authzid, authcid, , ...more] = message.split("\0");
            expect([authcid, more]).toEqual([user, []]);
            expect(other).toBe(authzid === "" || authzid === authcid ? undefined : authzid);
          }
          if (name.startsWith("SCRAM")) {
            const [, authzid, named] = /^[ny],(?:a=([^,]+))?,n=([^,]+),r=/.exec(message) ?? [];
            expect(decoded(named)).toBe(user);
            expect(other).toBe(
              authzid === undefined || decoded(authzid) === user ? undefined : decoded(authzid),
            );
          }
          if (name.includes("OAUTH")) expect([user === "", other]).toEqual([false, undefined]);
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
