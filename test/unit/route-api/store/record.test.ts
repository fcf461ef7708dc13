import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeEntry, encodeEntry, StoredRecord } from "../../../../route-api/store/record.ts";
import { StoreError } from "../../../../route-api/store/store.ts";

const ENTRY = {
  uuid: "1",
  dn: "uid=a",
  account: "a",
  logins: ["a", "b"],
  mailHost: ["store1"],
  version: "1",
  disabled: "mailUserStatus: inactive",
  services: ["+imap:ALL"],
  override: { user: "x", imapPort: 143 },
  attributes: { cn: ["A"], mail: [] },
  fingerprints: ["00"],
};

/** Any value that a field might have, right or wrong. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.array(fc.string()),
  fc.dictionary(fc.oneof(fc.constant("__proto__"), fc.string()), fc.array(fc.string())),
);
const name = fc.oneof(fc.constantFrom(...Object.keys(ENTRY)), fc.constantFrom("__proto__", "toString", "x"));

/** A record of which some fields are removed, and others replaced or added. */
const record = fc
  .record({
    removed: fc.uniqueArray(name, { maxLength: 6 }),
    replaced: fc.array(fc.tuple(name, value), { maxLength: 2 }),
  })
  .map(({ removed, replaced }) => {
    const kept = Object.entries(ENTRY).filter(([field]) => !removed.includes(field));
    return JSON.stringify(Object.fromEntries([...kept, ...replaced]));
  });

/** What a decoder makes of a text. */
const result = (decode: (text: string) => unknown, text: string): unknown => {
  try {
    return decode(text);
  } catch {
    return "refused";
  }
};

test("a record is read as its schema says, whether or not the schema is asked", () => {
  const bySchema = (text: string): unknown => StoredRecord.parse(JSON.parse(text));
  fc.assert(
    fc.property(fc.oneof(record, fc.json()), (text) => {
      expect(result(decodeEntry, text)).toEqual(result(bySchema, text));
    }),
    { numRuns: 2000 },
  );
});

test("an encoded entry is read back; what is none is a failure of the store", () => {
  expect(decodeEntry(encodeEntry(ENTRY))).toEqual(ENTRY);
  for (const text of ["", "null", "[]", "{}", '{"uuid":7}'])
    expect(() => decodeEntry(text)).toThrow(StoreError);
});
