import { createServer, type Socket } from "node:net";
import { BerReader, BerWriter } from "ldapts";
import { frameCutter } from "../../../route-api/directory/ldap/frames.ts";

/** A request, as far as these tests look at it; `bytes` is all of it. */
export interface OddRequest {
  id: number;
  /** Tag of the operation: 0x60 bind, 0x63 search. */
  operation: number;
  base: string;
  bytes: Buffer;
}

/** Speaks as much LDAP as the answers need that a real server would not give. */
export async function startOddServer(
  answer: (request: OddRequest, socket: Socket) => Buffer[],
): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    const cut = frameCutter();
    socket.on("data", (chunk) => {
      for (const frame of cut(chunk)) {
        if (!Buffer.isBuffer(frame)) throw new Error("a request of this size is none of ours");
        for (const bytes of answer(parse(frame), socket)) socket.write(bytes);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `ldap://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function parse(frame: Buffer): OddRequest {
  const reader = new BerReader(frame);
  reader.readSequence();
  const id = reader.readInt() ?? 0;
  const operation = reader.readSequence() ?? 0;
  return { id, operation, base: operation === SEARCH ? (reader.readString() ?? "") : "", bytes: frame };
}

export const BIND = 0x60;
export const SEARCH = 0x63;
const BIND_RESPONSE = 0x61;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const SEARCH_REFERENCE = 0x73;
const INTERMEDIATE = 0x79;
const CONTROLS = 0xa0;

interface Control {
  oid: string;
  value: Buffer;
}

function message(
  id: number,
  operation: number,
  body: (writer: BerWriter) => void,
  control?: Control,
): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(operation);
  body(writer);
  writer.endSequence();
  if (control !== undefined) {
    writer.startSequence(CONTROLS);
    writer.startSequence();
    writer.writeString(control.oid);
    writer.writeBuffer(control.value, 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  return writer.buffer;
}

const result = (code: number) => (writer: BerWriter) => {
  writer.writeEnumeration(code);
  writer.writeString("");
  writer.writeString("");
};

export const bound = (id: number): Buffer => message(id, BIND_RESPONSE, result(0));

/** The end of a search; `page` is the cookie of a further page, "" for none. */
export const done = (id: number, code = 0, page?: string): Buffer =>
  message(
    id,
    SEARCH_DONE,
    result(code),
    page === undefined
      ? undefined
      : {
          oid: "1.2.840.113556.1.4.319",
          value: sequence((writer) => {
            writer.writeInt(0);
            writer.writeString(page);
          }),
        },
  );

/** An entry; with a UUID of 16 characters as one that is synchronized. */
export const found = (id: number, dn: string, attributes: Record<string, string[]>, uuid?: string): Buffer =>
  message(
    id,
    SEARCH_ENTRY,
    (writer) => {
      writer.writeString(dn);
      writer.startSequence();
      for (const [name, values] of Object.entries(attributes)) {
        writer.startSequence();
        writer.writeString(name);
        writer.startSequence(0x31);
        for (const value of values) writer.writeString(value);
        writer.endSequence();
        writer.endSequence();
      }
      writer.endSequence();
    },
    uuid === undefined
      ? undefined
      : {
          oid: SYNC_STATE,
          value: syncState(STATE_ADD, uuid),
        },
  );

/** An entry that was synchronized, and is deleted. */
export const deleted = (id: number, dn: string, uuid: string): Buffer =>
  message(
    id,
    SEARCH_ENTRY,
    (writer) => {
      writer.writeString(dn);
      writer.startSequence();
      writer.endSequence();
    },
    { oid: SYNC_STATE, value: syncState(STATE_DELETE, uuid) },
  );

const SYNC_STATE = "1.3.6.1.4.1.4203.1.9.1.2";
const STATE_ADD = 1;
const STATE_DELETE = 3;
const syncState = (state: number, uuid: string): Buffer =>
  sequence((writer) => {
    writer.writeEnumeration(state);
    writer.writeString(uuid);
  });

/** A reference to another server, in place of the entries there. */
export const reference = (id: number, url: string): Buffer =>
  message(id, SEARCH_REFERENCE, (writer) => writer.writeString(url));

/** The end of a refresh, with a cookie. */
export const refreshed = (id: number, cookie: string): Buffer =>
  message(id, INTERMEDIATE, (writer) => {
    writer.writeString("1.3.6.1.4.1.4203.1.9.1.4", 0x80);
    const value = sequence((inner) => inner.writeString(cookie), 0xa2);
    writer.writeBuffer(value, 0x81);
  });

function sequence(fill: (writer: BerWriter) => void, tag?: number): Buffer {
  const writer = new BerWriter();
  writer.startSequence(tag);
  fill(writer);
  writer.endSequence();
  return writer.buffer;
}
