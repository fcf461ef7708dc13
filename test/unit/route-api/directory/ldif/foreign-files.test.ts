import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DirectoryConfig } from "../../../../../route-api/config/directory.ts";
import { attributeKey } from "../../../../../route-api/directory/attributes.ts";
import { attributesToRead, routeEntry } from "../../../../../route-api/directory/entry.ts";
import { readLdif } from "../../../../../route-api/directory/ldif/reader.ts";

/** What the sync makes of a file: the routes, and what is skipped with its reason. */
async function routesOf(bytes: Buffer, settings: object): Promise<unknown[]> {
  const config = DirectoryConfig.parse({ ldif: "x", ...settings });
  const needed = new Set(attributesToRead(config).map(attributeKey));
  async function* chunks(): AsyncGenerator<Buffer> {
    yield bytes;
  }
  const found: unknown[] = [];
  for await (const record of readLdif(chunks(), needed)) {
    if ("reason" in record) {
      found.push(record);
      continue;
    }
    const made = routeEntry(record, config);
    if (!made.ok) found.push(made.reason);
    else found.push({ uuid: made.entry.uuid, logins: made.entry.logins, mailHost: made.entry.mailHost });
  }
  return found;
}

const fixture = (name: string): Buffer => readFileSync(`test/fixtures/ldif/${name}`);

const LDIFDE = {
  loginAttributes: ["sAMAccountName", "mail"],
  mailHostAttributes: ["extensionAttribute1"],
  uuidAttribute: "objectGUID",
};
const LDIFDE_ROUTES = [
  {
    uuid: "03020100-0504-0706-0809-0a0b0c0d0e0f",
    logins: ["aberg", "anna.berg@example.com"],
    mailHost: ["store1.example.com"],
  },
  {
    uuid: "13121110-1514-1716-1819-1a1b1c1d1e1f",
    logins: ["jmueller", "joerg.mueller@example.com"],
    mailHost: ["store2.example.com"],
  },
];
const route = (uid: string, host = "store1.example.com") => ({
  uuid: `dn:uid=${uid},o=x`,
  logins: [uid],
  mailHost: [host],
});

test.each<[name: string, bytes: Buffer, settings: object, expected: unknown[]]>([
  [
    "foreign lines",
    fixture("foreign-lines.ldif"),
    {},
    ["c2", "c3", "c4", "c5", "c6", "c7"].map((uid) => route(uid)),
  ],
  ["ldifde", fixture("ldifde.ldif"), LDIFDE, LDIFDE_ROUTES],
  [
    "ldifde -u",
    Buffer.from(`\uFEFF${fixture("ldifde.ldif").toString("utf8")}`, "utf16le"),
    LDIFDE,
    LDIFDE_ROUTES,
  ],
  [
    "hosts with ports",
    fixture("mailhost-port.ldif"),
    {},
    [
      '"store1.example.com:1143": a mailHost has no port; stores has the ports',
      '"[2001:db8::1]:143": a mailHost has no port; stores has the ports',
      route("a5", "2001:db8::1"),
    ],
  ],
  [
    "389 Directory Server's export for replication",
    fixture("389-replication.ldif"),
    { uuidAttribute: "nsUniqueId", searchAttributes: ["cn"] },
    [
      {
        uuid: "1a2b3c4d-5e6f-11ee-8899-aabbccddeeff",
        logins: ["ann", "ann@example.com"],
        mailHost: ["store2.example.com"],
      },
    ],
  ],
])("reads %s", async (_name, bytes, settings, expected) => {
  expect(await routesOf(bytes, settings)).toEqual(expected);
});
