import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Arrival,
  virtualDomainFinder,
} from "../../../../../edge-proxy/identity/virtual-domains/find.ts";
import { parseVdmap } from "../../../../../edge-proxy/identity/virtual-domains/vdmap.ts";

function domainsOf(text: string) {
  const read = parseVdmap(text);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.domains;
}

describe("the look-up", () => {
  const find = virtualDomainFinder(
    domainsOf(
      [
        "vdmap wild sni:*.example.com",
        "vdmap exact sni:mail.example.com",
        "vdmap address 10.0.0.1",
        "vdmap v6 fd00::1",
        "vdmap port *:1144",
        "vdmap both 10.0.0.1:1143",
      ].join("\n"),
    ),
  );

  test.each<[Arrival, string | undefined]>([
    [{ localAddress: "10.0.0.1", localPort: 1143 }, "both"],
    [{ localAddress: "10.0.0.1", localPort: 143 }, "address"],
    [{ localAddress: "10.0.0.1", localPort: 1144 }, "port"],
    [{ localAddress: "10.9.9.9", localPort: 1144 }, "port"],
    [{ localAddress: "::ffff:10.0.0.1", localPort: 143 }, "address"],
    [{ localAddress: "FD00::0:1", localPort: 143 }, "v6"],
    [{ localAddress: "10.0.0.1", localPort: 143, serverName: "mail.example.com" }, "address"],
    [{ localAddress: "10.0.0.9", localPort: 143, serverName: "MAIL.example.com." }, "exact"],
    [{ localAddress: "10.0.0.9", localPort: 143, serverName: "imap.example.com" }, "wild"],
    [{ localAddress: "10.0.0.9", localPort: 143, serverName: "a.b.example.com" }, undefined],
    [{ localAddress: "10.0.0.9", localPort: 143, serverName: "example.com" }, undefined],
    [{ localAddress: "10.0.0.9", localPort: 143, serverName: ".example.com" }, undefined],
    [{ localAddress: "10.0.0.9", localPort: 143, serverName: "*.example.com" }, "wild"],
    [{ localAddress: "10.0.0.9", localPort: 143, serverName: "10.0.0.1" }, undefined],
    [{ localAddress: "10.0.0.9", localPort: 143 }, undefined],
    [{ localAddress: "sni:mail.example.com", localPort: 143 }, undefined],
  ])("%j finds %s", (arrival, name) => {
    expect(find(arrival)?.name).toBe(name);
  });

  test("whatever the addresses, each leads to its own domain", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.ipV4(), { minLength: 1, maxLength: 20 }), (all) => {
        const addresses = all.filter((address) => address !== "0.0.0.0");
        const findOne = virtualDomainFinder(
          domainsOf(addresses.map((address, index) => `vdmap d${index} ${address}`).join("\n")),
        );
        for (const [index, address] of addresses.entries()) {
          expect(findOne({ localAddress: address, localPort: 1 })?.name).toBe(`d${index}`);
        }
      }),
    );
  });
});
