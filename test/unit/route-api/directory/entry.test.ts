import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DirectoryConfig } from "../../../../route-api/config/directory.ts";
import { attributesToRead, routeEntry } from "../../../../route-api/directory/entry.ts";

const NAMES = DirectoryConfig.parse({ ldif: "x", searchAttributes: ["CN", "ou"] });
const UUID = "00112233-4455-6677-8899-aabbccddeeff";
const DER = Buffer.from([0x30, 0x82, 0x00, 0x01, 0x05]);
const SHA256 = createHash("sha256").update(DER).digest("hex");

type Values = Record<string, (string | Uint8Array)[]>;
const GOOD: Values = { uid: ["anna"], mail: ["Anna@X.com"], mailhost: ["store1"], entryuuid: [UUID] };
const make = (change: Values, uuid?: string) =>
  routeEntry(
    {
      dn: "uid=anna,dc=x",
      attributes: new Map(Object.entries({ ...GOOD, ...change })),
      ...(uuid && { uuid }),
    },
    NAMES,
  );

describe("an entry", () => {
  test("has its names in lower case, the first account name, and nothing that is not there", () => {
    expect(make({})).toEqual({
      ok: true,
      entry: {
        uuid: UUID,
        dn: "uid=anna,dc=x",
        account: "anna@x.com",
        logins: ["anna", "anna@x.com"],
        mailHost: ["store1"],
        version: "",
      },
    });
  });

  test.each<[string, Values, object]>([
    ["several hosts, once each", { mailhost: [" s2 ", "s1", "s2"] }, { mailHost: ["s2", "s1"] }],
    ["an address as host", { mailhost: ["[2001:db8::1]"] }, { mailHost: ["[2001:db8::1]"] }],
    [
      "every login attribute",
      { mailalternateaddress: ["a@x"], mailequivalentaddress: ["b@x", "A@x"] },
      { logins: ["anna", "anna@x.com", "a@x", "b@x"] },
    ],
    ["no mail", { mail: [] }, { account: "anna", logins: ["anna"] }],
    ["active", { inetuserstatus: ["Active"] }, { entry: undefined }],
    ["over quota", { mailuserstatus: ["overquota"] }, {}],
    [
      "inactive",
      { inetuserstatus: ["active"], mailuserstatus: ["Inactive"] },
      { disabled: "mailUserStatus: Inactive" },
    ],
    ["deleted", { inetuserstatus: ["deleted"] }, { disabled: "inetUserStatus: deleted" }],
    [
      "services",
      { mailallowedserviceaccess: ["+imap:ALL", "+pop:10.0.0.0/8"] },
      { services: ["+imap:ALL", "+pop:10.0.0.0/8"] },
    ],
    [
      "an override",
      { mailstoreoverride: ["user=anna2", "imapPort=1143", "POP3PORT = 1110"] },
      { override: { user: "anna2", imapPort: 1143, pop3Port: 1110 } },
    ],
    ["searched attributes", { cn: ["  Anna   LEE "], ou: [""] }, { attributes: { cn: ["anna lee"] } }],
    [
      "certificates, once each",
      { usercertificate: [DER, Buffer.from(DER), "text"] },
      { certificates: [DER.toString("base64")], fingerprints: [SHA256] },
    ],
    ["an entryCSN before other versions", { entrycsn: ["C"], modifytimestamp: ["T"] }, { version: "C" }],
    [
      "a time stamp",
      { modifytimestamp: ["20260101000000Z"], usnchanged: ["7"] },
      { version: "20260101000000Z" },
    ],
    ["a USN that sorts", { usnchanged: ["1234"] }, { version: "00000000000000001234" }],
    ["a UUID as bytes", { entryuuid: [Buffer.from(UUID.replaceAll("-", ""), "hex")] }, { uuid: UUID }],
    ["a UUID in other parts", { entryuuid: ["00112233-44556677-8899aabb-CCDDEEFF"] }, { uuid: UUID }],
    ["no UUID", { entryuuid: [] }, { uuid: "dn:uid=anna,dc=x" }],
  ])("%s", (_name, change, expected) => {
    const result = make(change);
    expect(result).toMatchObject({ ok: true });
    const { entry: _, ...fields } = expected as { entry?: undefined };
    expect(result.ok && result.entry).toMatchObject(fields);
    if ("entry" in expected) expect(result.ok && result.entry.disabled).toBeUndefined();
  });

  test("goes by the source's own name for it", () => {
    expect(make({}, "other")).toMatchObject({ entry: { uuid: "other" } });
  });

  test.each<[string, Values]>([
    ["no mailHost", { mailhost: ["  "] }],
    ['"s1:143": a mailHost has no port; stores has the ports', { mailhost: ["s1:143"] }],
    ['"bad host" is not a host name', { mailhost: ["s1", "bad host"] }],
    ['"a\\r\\nb" is not a valid login name', { uid: ["a\r\nb"] }],
    ["no uid or mail or mailAlternateAddress or mailEquivalentAddress", { uid: [], mail: [] }],
    [
      'mailStoreOverride: "imapPort=0" must be user=NAME, imapPort=N or pop3Port=N',
      { mailstoreoverride: ["imapPort=0"] },
    ],
    [
      'mailStoreOverride: "user=a\\u0001" must be user=NAME, imapPort=N or pop3Port=N',
      { mailstoreoverride: ["user=a\u0001"] },
    ],
    [
      'mailStoreOverride: "constructor=x" must be user=NAME, imapPort=N or pop3Port=N',
      { mailstoreoverride: ["constructor=x"] },
    ],
  ])("is refused, by its name: %s", (reason, change) => {
    expect(make(change)).toEqual({ ok: false, uuid: UUID, reason });
  });
});

test("asks for each attribute that it looks at, and for certificates in both forms", () => {
  expect(attributesToRead(NAMES)).toEqual([
    "uid",
    "mail",
    "mailAlternateAddress",
    "mailEquivalentAddress",
    "mailHost",
    "inetUserStatus",
    "mailUserStatus",
    "mailAllowedServiceAccess",
    "CN",
    "ou",
    "mailStoreOverride",
    "userCertificate",
    "userCertificate;binary",
    "entryUUID",
    "entryCSN",
    "modifyTimestamp",
    "uSNChanged",
  ]);
});
