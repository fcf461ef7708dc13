import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { preAuthLine } from "../../../../edge-proxy/pre-auth/log-line.ts";
import { hostileText } from "../protocol/hostile-text.ts";

const at = new Date(2026, 0, 5, 7, 8, 9);
const login = { at, sid: "1a2b3c4d-z", user: "pilar@acme.example", clientAddress: "192.0.2.7" };

describe("the old line of a pre-authentication", () => {
  test.each([
    [
      {},
      "20260105 070809 (sid 0x1a2b3c4d00000023) user pilar@acme.example pre-authenticated - client 192.0.2.7",
    ],
    [{ at: new Date(1998, 11, 31, 23, 59, 59) }, /^19981231 235959 \(sid 0x/],
    [{ clientAddress: "::ffff:192.0.2.7" }, / - client 192\.0\.2\.7$/],
    [{ clientAddress: "2001:db8::1" }, / - client 2001:db8::1$/],
    [{ user: "a\r\nb\u2028c" }, / user a\?\?b\?c pre-authenticated /],
    [{ sid: "ffffffff-zzzzzzzzz" }, /\(sid 0xffffffff5c5e4523ffff\)/],
    [{ sid: "other" }, /\(sid 0xf{24}6f74686572\)/],
  ])("%j", (changed, line) => {
    expect(preAuthLine({ ...login, ...changed })).toMatch(line);
  });

  test("has the form whatever the name, and one sid for one session", () => {
    const count = fc.nat().map((number) => (number + 1).toString(36));
    const process = fc.constantFrom("00000000", "1a2b3c4d", "ffffffff");
    fc.assert(
      fc.property(hostileText(), process, count, count, (user, own, one, other) => {
        const line = preAuthLine({ ...login, user, sid: `${own}-${one}` });
        expect(line).toMatch(
          /^\d{8} \d{6} \(sid 0x[0-9a-f]{16,}\) user [^\r\n]* pre-authenticated - client [0-9.]+$/,
        );
        const second = preAuthLine({ ...login, user, sid: `${own}-${other}` });
        expect(line === second).toBe(one === other);
      }),
    );
  });
});
