import { expect, test } from "vitest";
import { requireSameIdentifier } from "../../../../../route-api/directory/following/identifier.ts";

const UUID = "00112233-4455-6677-8899-aabbccddeeff";
const OTHER = "99999999-4455-6677-8899-aabbccddeeff";

const check = (uuidAttribute: string, attributes: Record<string, string>): string => {
  const entry = {
    dn: "uid=a,o=x",
    uuid: UUID,
    attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, [value]])),
  };
  try {
    requireSameIdentifier("ldap://x", entry, uuidAttribute);
    return "";
  } catch (error) {
    return (error as Error).message.replace(`ldap://x: syncrepl identifies uid=a,o=x as ${UUID}; `, "");
  }
};

test.each([
  ["entryUUID", { entryuuid: UUID }, ""],
  ["nsUniqueId", { nsuniqueid: "00112233-44556677-8899aabb-ccddeeff", entryuuid: OTHER }, ""],
  [
    "entryUUID",
    { nsuniqueid: "00112233-44556677-8899aabb-ccddeeff", entryuuid: OTHER },
    "set directory.uuidAttribute to nsUniqueId, not entryUUID",
  ],
  [
    "entryUUID",
    { nsuniqueid: "00112233-44556677-8899aabb-ccddeeff" },
    "set directory.uuidAttribute to nsUniqueId, not entryUUID",
  ],
  ["uid", { uid: "a", entryuuid: UUID }, "set directory.uuidAttribute to entryUUID, not uid"],
  [
    "entryUUID",
    {},
    "entryUUID is not readable or differs: grant read access to it, or set directory.uuidAttribute",
  ],
])("uuidAttribute %s beside %j", (uuidAttribute, attributes, expected) => {
  expect(check(uuidAttribute, attributes)).toBe(expected);
});
