import { BerWriter } from "ldapts";
import { describe, expect, test } from "vitest";
import {
  DROPPED_MAX_BYTES,
  FrameError,
  frameCutter,
  PDU_MAX_BYTES,
} from "../../../../../route-api/directory/ldap/frames.ts";
import { decodeMessage, type LdapMessage } from "../../../../../route-api/directory/ldap/message.ts";
import { SyncRequestControl } from "../../../../../route-api/directory/ldap/sync-controls.ts";
import { largeEntry } from "../../../../support/large-entry.ts";

const UUID = "00112233-4455-6677-8899-aabbccddeeff";
const UUID_BYTES = Buffer.from(UUID.replaceAll("-", ""), "hex");
const CONTROLS = 0xa0;

const ber = (fill: (writer: BerWriter) => void): Buffer => {
  const writer = new BerWriter();
  fill(writer);
  return writer.buffer;
};
const sequence = (fill: (writer: BerWriter) => void, tag?: number): Buffer =>
  ber((writer) => {
    writer.startSequence(tag);
    fill(writer);
    writer.endSequence();
  });
const message = (
  id: number,
  operation: number,
  body: (writer: BerWriter) => void,
  control?: [string, Buffer],
) =>
  sequence((writer) => {
    writer.writeInt(id);
    writer.startSequence(operation);
    body(writer);
    writer.endSequence();
    if (control === undefined) return;
    writer.startSequence(CONTROLS);
    writer.startSequence();
    writer.writeString(control[0]);
    writer.writeBuffer(control[1], 0x04);
    writer.endSequence();
    writer.endSequence();
  });
const entry = (values: Record<string, (string | Buffer)[]>) => (writer: BerWriter) => {
  writer.writeString("uid=a,dc=x");
  writer.startSequence();
  for (const [name, list] of Object.entries(values)) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of list) writer.writeBuffer(Buffer.from(value), 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
};
const result = (code: number, text: string) => (writer: BerWriter) => {
  writer.writeEnumeration(code);
  writer.writeString("");
  writer.writeString(text);
};
const info = (value: Buffer) => (writer: BerWriter) => {
  writer.writeString("1.3.6.1.4.1.4203.1.9.1.4", 0x80);
  writer.writeBuffer(value, 0x81);
};
const state = (code: number, cookie?: string): Buffer =>
  sequence((writer) => {
    writer.writeEnumeration(code);
    writer.writeBuffer(UUID_BYTES, 0x04);
    if (cookie !== undefined) writer.writeString(cookie);
  });
const DER = Buffer.from([0x30, 0x82, 0x01, 0x00, 0xff]);
const cookie = Buffer.from("rid=1");

const TABLE: [name: string, bytes: Buffer, expected: unknown][] = [
  [
    "an entry with its state",
    message(7, 0x64, entry({ UID: ["a"], mail: ["a@x", "b@x"] }), [
      "1.3.6.1.4.1.4203.1.9.1.2",
      state(1, "rid=1"),
    ]),
    {
      is: "entry",
      id: 7,
      dn: "uid=a,dc=x",
      attributes: new Map([
        ["uid", ["a"]],
        ["mail", ["a@x", "b@x"]],
      ]),
      sync: { state: "add", uuid: UUID, cookie },
    },
  ],
  [
    "certificates under both names",
    message(7, 0x64, entry({ "userCertificate;binary": [DER], userCertificate: [DER] })),
    {
      is: "entry",
      id: 7,
      dn: "uid=a,dc=x",
      attributes: new Map([["usercertificate", [DER, DER]]]),
      sync: undefined,
    },
  ],
  [
    "the end, with a page to come",
    message(8, 0x65, result(0, ""), [
      "1.2.840.113556.1.4.319",
      sequence((writer) => {
        writer.writeInt(0);
        writer.writeString("next");
      }),
    ]),
    { is: "done", id: 8, result: 0, text: "", page: Buffer.from("next") },
  ],
  [
    "a new cookie",
    message(9, 0x79, info(ber((writer) => writer.writeString("rid=1", 0x80)))),
    { is: "info", id: 9, info: { says: "cookie", cookie } },
  ],
  [
    "the end of a delete phase",
    message(9, 0x79, info(sequence((writer) => writer.writeString("rid=1"), 0xa1))),
    { is: "info", id: 9, info: { says: "phase", phase: "delete", done: true, cookie } },
  ],
  [
    "the end of a present phase, with more to come",
    message(9, 0x79, info(sequence((writer) => writer.writeBoolean(false), 0xa2))),
    { is: "info", id: 9, info: { says: "phase", phase: "present", done: false } },
  ],
  [
    "a set of deleted UUIDs",
    message(
      9,
      0x79,
      info(
        sequence((writer) => {
          writer.writeBoolean(true);
          writer.startSequence(0x31);
          writer.writeBuffer(UUID_BYTES, 0x04);
          writer.writeBuffer(UUID_BYTES, 0x04);
          writer.endSequence();
        }, 0xa3),
      ),
    ),
    { is: "info", id: 9, info: { says: "ids", deleted: true, uuids: [UUID, UUID] } },
  ],
  [
    "a notice of disconnection",
    message(0, 0x78, result(52, "shutting down")),
    { is: "notice", text: "shutting down" },
  ],
  ["a reference", message(9, 0x73, (writer) => writer.writeString("ldap://x")), { is: "reference", id: 9 }],
];

const all = Buffer.concat(TABLE.map(([, bytes]) => bytes));
const ends = all.length;

describe("LDAP messages", () => {
  test.each(TABLE)("%s", (_name, bytes, expected) => {
    expect(decodeMessage(bytes)).toEqual(expected);
  });

  test("are the same wherever the stream is cut, and byte by byte", () => {
    const expected = TABLE.map(([, , one]) => one);
    const read = (...chunks: Buffer[]): LdapMessage[] => {
      const cut = frameCutter();
      return chunks.flatMap((chunk) => cut(chunk).map(decodeMessage));
    };
    for (let at = 0; at <= ends; at++) expect(read(all.subarray(0, at), all.subarray(at))).toEqual(expected);
    expect(read(...Array.from(all, (byte) => Buffer.from([byte])))).toEqual(expected);
  });

  test.each([
    ["no sequence", "48545450", "begins with 0x48"],
    ["an indefinite length", "3080", "invalid length"],
    ["more than is dropped", `3084${(DROPPED_MAX_BYTES + 1).toString(16).padStart(8, "0")}`, "too large"],
    ["a length of nine bytes", "3089000000000000000001", "invalid length"],
  ])("%s is refused at once", (_name, hex, expected) => {
    expect(() => frameCutter()(Buffer.from(hex, "hex"))).toThrow(FrameError);
    expect(() => frameCutter()(Buffer.from(hex, "hex"))).toThrow(expected);
  });

  test("rubbish in a frame never does worse than throw", () => {
    for (let at = 0; at < ends; at++) {
      for (const [, bytes] of TABLE) {
        const broken = Buffer.from(bytes);
        broken[at % bytes.length] = (at * 37) & 0xff;
        try {
          decodeMessage(broken);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }
    }
  });
});

describe("an LDAP message above the bound", () => {
  const big = Buffer.alloc(PDU_MAX_BYTES, "x");
  const large = largeEntry({ id: 7, dn: "uid=a,dc=x", values: [Buffer.from("a"), big], uuid: UUID_BYTES });
  /** Behind the header of the message and its ID. */
  const OPERATION = 16;
  const changed = (at: number, byte: number): Buffer => Buffer.from(large).fill(byte, at, at + 1);
  const after = message(8, 0x65, result(0, ""));
  const stream = Buffer.concat([after, large, after]);
  const expected = [
    expect.objectContaining({ is: "done", id: 8 }),
    {
      is: "entry",
      id: 7,
      dn: "uid=a,dc=x",
      attributes: new Map(),
      sync: { state: "modify", uuid: UUID, cookie },
      fault: `the entry takes ${large.length} bytes; at most ${PDU_MAX_BYTES} are read`,
    },
    expect.objectContaining({ is: "done", id: 8 }),
  ];
  const read = (chunks: Iterable<Buffer>): LdapMessage[] => {
    const cut = frameCutter();
    return [...chunks].flatMap((chunk) => cut(chunk).map(decodeMessage));
  };

  test.each([1, 5, after.length, after.length + 3, 70_000, PDU_MAX_BYTES, stream.length])(
    "in chunks of which the first has %i bytes, and is nothing but its name and state",
    (first) => {
      expect(read([stream.subarray(0, first), stream.subarray(first)])).toEqual(expected);
    },
  );

  test("is the same wherever its end is cut, and in small chunks", () => {
    for (let back = 0; back < 140; back++) {
      const at = stream.length - back;
      expect(read([stream.subarray(0, at), stream.subarray(at)])).toEqual(expected);
    }
    const size = 65_531;
    const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, n) =>
      stream.subarray(n * size, (n + 1) * size),
    );
    expect(read(chunks)).toEqual(expected);
  });

  test("is not kept", () => {
    const cut = frameCutter();
    cut(large.subarray(0, 100_000));
    const [frame] = cut(large.subarray(100_000));
    if (frame === undefined || Buffer.isBuffer(frame)) throw new Error("it was kept");
    expect(frame.head.length + frame.controls.length).toBeLessThan(70_000);
    expect(frame.controls.buffer).not.toBe(large.buffer);
  });

  test.each([
    ["that is no entry", changed(OPERATION, 0x65), /is too large/],
    ["whose operation is longer than itself", changed(OPERATION + 2, 0xff), /malformed/],
    ["whose operation is much shorter than itself", changed(OPERATION + 2, 0), /malformed/],
    ["whose name is a number", changed(OPERATION + 6, 0x02), /./],
  ])("%s is refused", (_what, bytes, error) => {
    expect(() => read([bytes])).toThrow(error);
  });
});

test("a sync request says its mode and its cookie", () => {
  const bytes = ber((writer) => new SyncRequestControl(cookie).write(writer));
  expect(bytes.toString("latin1")).toContain("1.3.6.1.4.1.4203.1.9.1.1");
  expect(bytes.subarray(-12).toString("hex")).toBe(`300a0a0103${`0405${cookie.toString("hex")}`}`);
});
