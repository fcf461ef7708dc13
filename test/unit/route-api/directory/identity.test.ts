import { expect, test } from "vitest";
import { dnIdentity, uuidOf } from "../../../../route-api/directory/identity.ts";

const BYTES = Buffer.from("00112233445566778899aabbccddeeff", "hex");

test.each<[string, string | Uint8Array, string | undefined]>([
  ["entryUUID", "00112233-4455-6677-8899-AABBCCDDEEFF", "00112233-4455-6677-8899-aabbccddeeff"],
  ["nsUniqueId", "00112233-44556677-8899aabb-ccddeeff", "00112233-4455-6677-8899-aabbccddeeff"],
  ["GUID", BYTES, "00112233-4455-6677-8899-aabbccddeeff"],
  // As Active Directory's own tools print it.
  ["objectGUID", BYTES, "33221100-5544-7766-8899-aabbccddeeff"],
  ["employeeNumber", " 4711 ", "4711"],
  ["employeeNumber", " ", undefined],
])("the identifier in %s %o is %s", (attribute, value, expected) => {
  expect(uuidOf(new Map([[attribute.toLowerCase(), [value]]]), attribute)).toBe(expected);
});

test("a DN is the same identity however it is spelled", () => {
  const spellings = [
    "uid=u1,ou=People",
    "UID=u1, OU=people",
    "uid = u1 ,ou=People",
    "uid=\\75\\31;ou=People",
  ];
  expect(new Set(spellings.map(dnIdentity))).toEqual(new Set(["dn:uid=u1,ou=people"]));
  expect(dnIdentity("Not a DN")).toBe("dn:not a dn");
});
