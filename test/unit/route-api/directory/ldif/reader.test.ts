import fc from "fast-check";
import { expect, test } from "vitest";
import { readLdif } from "../../../../../route-api/directory/ldif/reader.ts";
import { collectGarbage } from "../../../../support/collect-garbage.ts";

const NEEDED = new Set(["cn", "mail", "uid"]);

async function* chunks(parts: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

const read = async (...parts: (string | Buffer)[]) => {
  const records = [];
  for await (const record of readLdif(chunks(parts), NEEDED)) {
    records.push("dn" in record ? { dn: record.dn, ...Object.fromEntries(record.attributes) } : record);
  }
  return records;
};

const bytesKept = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

const SAMPLE = `version: 1
# a comment
 that goes on
dn: uid=a,dc=x
cn:: QW5uYQ==
mail: a@example
 .com
mail: b@example.com

dn:: dWlkPWIsZGM9eA==
mailHost;lang-en: store1
`;
const EXPECTED = [
  { dn: "uid=a,dc=x", cn: ["Anna"], mail: ["a@example.com", "b@example.com"] },
  { dn: "uid=b,dc=x", mailhost: ["store1"] },
];

test("reads records, folded lines, base64 and comments", async () => {
  expect(await read(SAMPLE)).toEqual(EXPECTED);
  expect(await read(SAMPLE.replaceAll("\n", "\r\n"))).toEqual(EXPECTED);
});

test("reads the same wherever the text is cut", async () => {
  const bytes = Buffer.from(`\uFEFF${SAMPLE}sn: Müller\n`);
  const [first, second] = EXPECTED;
  for (let at = 0; at <= bytes.length; at++) {
    expect(await read(bytes.subarray(0, at), bytes.subarray(at))).toEqual([
      first,
      { ...second, sn: ["Müller"] },
    ]);
  }
});

test.each([
  ["dn: uid=a\nno colon\n\ndn: uid=b\n", 2, "not an attribute line"],
  ["cn: a\n\ndn: uid=b\n", 1, "a record must begin with dn:"],
  ["dn: uid=a\ncn:: ***\n\ndn: uid=b\n", 2, "invalid base64"],
  ["dn: uid=a\ncn:< file:///etc/passwd\n\ndn: uid=b\n", 2, "values by URL are not supported"],
  [
    "dn: uid=a\nuid: a\n \ndn: uid=b\nuid: b\n\ndn: uid=b\n",
    4,
    "second dn: in one record; is the line that separates records really empty?",
  ],
  ["dn: uid=a\nchangetype: delete\n\ndn: uid=b\n", 2, "change records are not supported; export the entries"],
])("names the line of a wrong record and goes on: %j", async (text, line, reason) => {
  expect(await read(text)).toEqual([{ line, reason }, { dn: "uid=b" }]);
});

test.each([
  ["a value by URL", "jpegPhoto:< file:///tmp/photo"],
  ["a value that is not base64", "jpegPhoto:: ***"],
  ["a name with an underscore", "my_id:< x"],
])("ignores %s of an attribute that nobody needs", async (_what, line) => {
  expect(await read(`dn: uid=a\n${line}\ncn: a\n`)).toEqual([{ dn: "uid=a", cn: ["a"] }]);
});

test.each<[string, string, object]>([
  ["a part of the values", "mail;range=0-1: a\nmail;range=2-*: b\n", { mail: ["a", "b"] }],
  ["a value in a language, after the others", "mail;lang-de: a\nmail: b\n", { mail: ["b", "a"] }],
  ["the state of a value", "mail;vucsn-1;mdcsn-2: a\n", { mail: ["a"] }],
  ["a deleted value", "mail;vdcsn-1;deleted: a\nmail: b\n", { mail: ["b"] }],
  ["a deleted attribute", "mail;adcsn-1;deletedattribute;deleted: \n", {}],
  ["an option that only begins like one", "mail;deletedness: a\n", { mail: ["a"] }],
])("an option says what a value is: %s", async (_what, lines, expected) => {
  expect(await read(`dn: uid=a\n${lines}`)).toEqual([{ dn: "uid=a", ...expected }]);
});

test("an addition is an entry, and a tombstone is none", async () => {
  const text = "dn: uid=a\nchangetype: add\nuid: a\n\ndn: uid=b\nobjectClass: NSTombstone\nuid: b\n";
  expect(await read(text)).toEqual([{ dn: "uid=a", changetype: ["add"], uid: ["a"] }]);
});

test.each(["\uFEFF", ""])("reads UTF-16 wherever it is cut, with the mark %j", async (mark) => {
  const text = "version: 1\ndn: uid=a\ncn: Müller 🎈\n";
  const little = Buffer.from(mark + text, "utf16le");
  for (const bytes of [little, Buffer.from(little).swap16()]) {
    for (let at = 0; at <= bytes.length; at++) {
      expect(await read(bytes.subarray(0, at), bytes.subarray(at))).toEqual([
        { dn: "uid=a", cn: ["Müller 🎈"] },
      ]);
    }
  }
});

test("keeps a certificate's bytes, under its name without options", async () => {
  const der = Buffer.from([0x30, 0x82, 0x01, 0xff, 0x00]);
  const text = `dn: uid=a\nuserCertificate;binary:: ${der.toString("base64")}\n`;
  expect(await read(text)).toEqual([{ dn: "uid=a", usercertificate: [der] }]);
});

test("takes UTF-8 that is folded within a character, and leaves what is none as it is", async () => {
  const folded = Buffer.from("dn: uid=a\ncn: M\xc3\n \xbcller\n", "latin1");
  expect(await read(folded)).toEqual([{ dn: "uid=a", cn: ["Müller"] }]);
  expect(await read(Buffer.from("dn: uid=a\nmail: m\xfcller@x\n", "latin1"))).toEqual([
    { dn: "uid=a", mail: [Buffer.from("m\xfcller@x", "latin1")] },
  ]);
});

test("does not keep a line or a record without an end", async () => {
  const piece = Buffer.alloc(64 * 1024, "x");
  const kept: number[] = [];
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from("dn: uid=a\ncn: ");
    for (let at = 0; at <= 3200; at++) {
      // In the reader's own hands: what is garbage by now counts for nothing.
      if (at % 1600 === 0) kept.push(bytesKept());
      yield piece;
    }
    yield Buffer.from("\n\ndn: uid=b\n");
  }
  const records = [];
  for await (const record of readLdif(endless(), NEEDED)) records.push(record);
  expect(records).toEqual([
    { line: 1, reason: "the record is too large" },
    { dn: "uid=b", attributes: new Map() },
  ]);
  const [empty = 0, after100, after200] = kept;
  expect(after100).toBeLessThan(empty + 16 * 1024 * 1024);
  expect(after200).toBeLessThan(empty + 16 * 1024 * 1024);
});

test("never throws, whatever the text", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), async (texts) => {
      await read(...texts);
    }),
  );
});
