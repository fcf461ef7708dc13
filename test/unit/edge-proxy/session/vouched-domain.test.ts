import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NO_PLACE } from "../../../../edge-proxy/guard/tally.ts";
import { startSession } from "../../../../edge-proxy/session/session.ts";
import { certificateHere } from "../../../../edge-proxy/session/vouched-domain.ts";
import { Wire } from "../transport/fake-transport.ts";
import { makeRig, type Rig } from "./session-rig.ts";

/** Its subject has the address pilar@airius.com. */
const DER = Buffer.from(
  readFileSync(new URL("../../../fixtures/certificates/email.pem", import.meta.url), "utf8").replace(
    /-----[^-]+-----|\s/g,
    "",
  ),
  "base64",
);
/** Each map searches in an attribute of its own. */
const map = (attribute: string): string =>
  `certmap default default\ndefault:DNComps\ndefault:FilterComps e=${attribute}\n`;

function rig(more = ""): Rig {
  const { services, ...rest } = makeRig({
    tls: "implicit",
    instance: {
      mechanisms: ["PLAIN", "EXTERNAL"],
      tls: {
        certificates: [{ certFile: "c", keyFile: "k" }],
        clientCaFile: "own.pem",
        certmapFile: "own.map",
      },
      storeAdmin: { user: "admin", passwordFile: "p" },
      virtualDomainFile: "/vdmap",
    },
    files: {
      "/vdmap": `vdmap acme sni:mail.acme.example
acme:ClientCAFile acme.pem
acme:CertMap acme.map
vdmap globex sni:mail.globex.example
globex:ClientCAFile globex.pem
globex:CertMap globex.map
vdmap plain sni:mail.plain.example
plain:CertMap plain.map
${more}`,
      "own.map": map("ownmail"),
      "/acme.map": map("acmemail"),
      "/globex.map": map("globexmail"),
      "/plain.map": map("plainmail"),
    },
  });
  return { services, ...rest };
}

/** A client of the domain of its SNI, with a certificate that these domains' CAs vouch for. */
function arrive(serverName: string | undefined, domains: string[], more = "") {
  const made = rig(more);
  const client = new Wire({ serverName, clientCertificate: { der: DER, fault: undefined, domains } });
  client.receiver = startSession(made.services, client, client, { place: NO_PLACE });
  client.receiver.secured();
  client.heard();
  return { ...made, client };
}

describe("the certmap of a login by certificate is that of the domain whose CA vouches", () => {
  test.each<[serverName: string | undefined, vouching: string[], domain: string | undefined, by: string]>([
    ["mail.acme.example", ["acme"], "acme", "acmemail"],
    ["mail.globex.example", ["acme"], "acme", "acmemail"],
    ["mail.plain.example", ["acme"], "acme", "acmemail"],
    [undefined, ["acme"], "acme", "acmemail"],
    ["mail.globex.example", ["acme", "globex"], "globex", "globexmail"],
    ["mail.acme.example", [], undefined, "ownmail"],
    ["mail.plain.example", [], "plain", "plainmail"],
    [undefined, [], undefined, "ownmail"],
  ])("SNI %s, vouched for by %j: %s", (serverName, vouching, domain, by) => {
    const { client, asked, ended } = arrive(serverName, vouching);
    client.says("a AUTHENTICATE EXTERNAL =\r\n");
    expect(asked).toMatchObject([{ match: { attribute: by, value: "pilar@airius.com" } }]);
    client.receiver.closed();
    expect(ended[0]?.record.virtualDomain).toBe(domain);
  });

  test("whose access rules count, too", () => {
    const { client, asked, ended } = arrive("mail.globex.example", ["acme"], "acme:TCPAccess -ALL:ALL\n");
    client.says("a AUTHENTICATE EXTERNAL =\r\n");
    expect([asked, client.sent, client.calls]).toEqual([[], "", ["end"]]);
    client.receiver.closed();
    expect(ended[0]).toMatchObject({ reason: "access-denied", record: { virtualDomain: "acme" } });
  });

  test("a password is judged where the client has arrived", () => {
    const { client, asked, ended } = arrive("mail.globex.example", ["acme"]);
    client.says("a LOGIN bob x\r\n");
    expect(asked).toEqual(["bob"]);
    client.receiver.closed();
    expect(ended[0]?.record.virtualDomain).toBe("globex");
  });
});

test.each([
  ["acme", ["acme"], true],
  ["globex", ["acme"], false],
  ["acme", [], false],
  [undefined, ["acme"], false],
  [undefined, [], true],
  ["plain", [], true],
])(
  "at %s, with a certificate that %j vouch for: is it believed beside a password? %s",
  (name, domains, is) => {
    const { services } = rig();
    const certificate = { der: DER, fault: undefined, domains };
    expect(certificateHere(services.inDomain(name), certificate) === certificate).toBe(is);
  },
);
