import fc from "fast-check";
import { expect, test } from "vitest";
import { SpoofedMaildrop } from "../../../../../edge-proxy/protocol/pop3/spoofed-maildrop.ts";
import { hostileOctets } from "../mutations.ts";

test("a spoofed maildrop answers anything with whole lines, and shows one message at most", () => {
  const message = { lines: ["Subject: down", "", ".wait"], octets: 25, uid: "notice-1" };
  const commands = hostileOctets(
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
