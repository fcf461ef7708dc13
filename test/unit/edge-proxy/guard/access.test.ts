import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AccessClient, judgeServices } from "../../../../edge-proxy/guard/access.ts";
import { parseAccess } from "../../../../edge-proxy/guard/access-rules.ts";
import { isShaped } from "../../../../edge-proxy/guard/shape.ts";

const imap: AccessClient = { protocol: "imap", tls: false, address: "192.0.2.7" };
const imaps: AccessClient = { ...imap, tls: true };
const pop3: AccessClient = { ...imap, protocol: "pop3" };
const inside: AccessClient = { ...imap, address: "10.1.2.3" };
const v6: AccessClient = { ...imap, address: "fd00::7" };
const named: AccessClient = { ...imap, hostName: "Server1.Sesta.com" };
const local: AccessClient = { ...imap, hostName: "server1" };

describe("access rules", () => {
  test.each<[rules: string, client: AccessClient, grants: boolean]>([
    ["", imap, true],
    ["+imap:ALL", imap, true],
    ["+imap:ALL", imaps, true],
    ["+imap:ALL", pop3, false],
    ["+imap:*$+pop:*", pop3, true],
    ["-pop3:*", pop3, false],
    ["-pop3:*", imap, true],
    ["-imap:*$-pop:*$-http:*", imaps, false],
    ["+IMAP,Pop:all", imap, true],
    ["+imaps,pops:*", imap, false],
    ["+imaps,pops:*", imaps, true],
    ["+imaps,pops:*$+imap,pop:10.1.2.3", inside, true],
    ["-ALL:ALL", imap, false],
    ["+*:*", imap, true],
    // An allow rule that fits counts before any deny rule, in whatever order they stand.
    ["-imap:*$+imap:192.0.2.7", imap, true],
    ["-imap:*$+imap:192.0.2.8", imap, false],
    // Nothing fits: granted, but where there are only allow rules.
    ["+imap:10.0.0.0/8$-pop:*", imap, true],
    ["+imap:10.0.0.0/8", imap, false],
    ["+imap:10.0.0.0/8", inside, true],
    ["+imap:10.0.0.0/255.0.0.0", inside, true],
    ["+imap:10.9.9.9/8", inside, true],
    ["+imap:10.1.", inside, true],
    ["+imap:10.2.", inside, false],
    ["+imap:10.1.*", inside, true],
    ["+imap:10.1.2.?", inside, true],
    ["+imap:10.1.2.3/32", inside, true],
    ["+imap:0.0.0.0/0", imap, true],
    ["+imap:0.0.0.0/0", v6, false],
    ["+imap:fd00::/8", v6, true],
    ["+imap:[fd00::]/8", v6, true],
    ["+imap:fd00::7", v6, true],
    ["+imap:fe00::/8", v6, false],
    ["+imap:fd00::/8", imap, false],
    ["+imap:10.0.0.0/8 192.0.2.0/24", imap, true],
    ["+imap:10.0.0.0/8, 192.0.2.0/24", imap, true],
    ["+imap:ALL EXCEPT 10.0.0.0/8", imap, true],
    ["+imap:ALL EXCEPT 10.0.0.0/8", inside, false],
    ["+imap:ALL EXCEPT 10.0.0.0/8 EXCEPT 10.1.2.3", inside, true],
    ["+ALL EXCEPT pop:ALL", imap, true],
    ["+ALL EXCEPT pop:ALL", pop3, false],
    ["+ALL EXCEPT imap:ALL", imaps, false],
    ["-ALL:ALL EXCEPT server1.sesta.com", named, true],
    ["-ALL:ALL EXCEPT server2.sesta.com", named, false],
    ["+imap:.sesta.com", named, true],
    ["+imap:*.sesta.com", named, true],
    ["+imap:.example.com", named, false],
    ["+imap:LOCAL", local, true],
    ["+imap:LOCAL", named, false],
    ["+imap:KNOWN", named, true],
    ["-imap:UNKNOWN", named, true],
    ["-imap:DNSSPOOFER", named, true],
    // What goes by a name that is not known never lets in.
    ["-ALL:ALL EXCEPT server1.sesta.com", imap, false],
    ["+imap:.sesta.com", imap, false],
    ["-imap:.evil.example", imap, false],
    ["-imap:LOCAL", imap, false],
    ["+imap:KNOWN", imap, false],
    ["-imap:UNKNOWN", imap, false],
    ["+imap:ALL EXCEPT .evil.example", imap, false],
    ["+imap:.sesta.com 192.0.2.7", imap, true],
    ["-imap:10.0.0.0/8 EXCEPT .sesta.com", imap, true],
    [" + imap : ALL $ ", imap, true],
  ])("%s for %j: %s", (rules, client, grants) => {
    expect(judgeServices([rules], client).is).toBe(grants ? "granted" : "denied");
  });

  test.each([
    ["imap:ALL", "must begin with + or -"],
    ["+imap", "services:clients"],
    ["+imap:", "not a list of clients"],
    ["+:ALL", "not a list of services"],
    ["+telnet:ALL", '"telnet" is not a list of services'],
    ["+imap:ALL EXCEPT", "not a list of clients"],
    ["+imap:EXCEPT 10.0.0.1", "not a list of clients"],
    ["+imap:@netgroup1", '"@netgroup1"'],
    ["+imap:joe@host", '"joe@host"'],
    ["+imap:10.0.0.0/33", '"10.0.0.0/33"'],
    ["+imap:10.0.0.0/255.0.0", "not a list of clients"],
    ["+imap:fd00::/129", "not a list of clients"],
    ["+imap:10.0.0.0/8/8", "not a list of clients"],
    ["+imap:10.0.0", "not a list of clients"],
    ["+imap:300.1.2.3", "not a list of clients"],
    [`+imap:${"a ".repeat(600)}`, "longer than 1024"],
  ])("%s cannot be read, and denies: %s", (text, why) => {
    expect(judgeServices(["+ALL:ALL", text], imap)).toEqual({
      is: "denied",
      reason: expect.stringContaining(why),
    });
  });

  test.each([
    ["-imap:*", imap, /^the rule "-imap:\*" denies imap from 192\.0\.2\.7$/],
    ["+pop:*", imaps, /^no rule allows imap over TLS from /],
    ["-imap:.x.org", imap, /matches host names, and the client's is unknown$/],
  ])("%s tells support why", (rules, client, reason) => {
    expect(judgeServices([rules], client)).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  test("values of the attribute count together, each with its rules", () => {
    expect(judgeServices(["+imap:10.0.0.0/8", "-pop:*$-imap:*"], imap).is).toBe("denied");
    expect(judgeServices([], imap).is).toBe("granted");
  });

  test("a network holds an address just where its first bits are the same", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (network, address, bits) => {
        const head = (text: string) =>
          text
            .split(".")
            .map((octet) => Number(octet).toString(2).padStart(8, "0"))
            .join("")
            .slice(0, bits);
        const client = { ...imap, address };
        expect(judgeServices([`+imap:${network}/${bits}`], client).is === "granted").toBe(
          head(network) === head(address),
        );
      }),
    );
  });

  test("any text is rules or says which cannot be read", () => {
    const piece = fc.constantFrom(
      "+",
      "-",
      "imap",
      "pop",
      ":",
      "ALL",
      "EXCEPT",
      " ",
      ",",
      "$",
      "10.",
      "/8",
      "*",
      ".x",
      "@",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join("");
        const parsed = parseAccess([text]);
        const access = judgeServices([text], imap);
        if (!parsed.ok) expect(access.is).toBe("denied");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("shapes", () => {
  test("fit as the regular expression would", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
    const shape = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(text, shape, (given, wanted) => {
        const source = wanted.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        expect(isShaped(given, wanted)).toBe(new RegExp(`^${source}$`).test(given));
      }),
      { numRuns: 2000 },
    );
  });

  test("of many stars take no time to speak of", () => {
    const startedMs = performance.now();
    expect(isShaped("a".repeat(255), `${"*a".repeat(300)}b`)).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });
});
