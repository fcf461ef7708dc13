import { BerReader, BerWriter, Control } from "ldapts";

/** OIDs of content synchronization (RFC 4533, section 2). */
export const SYNC_REQUEST = "1.3.6.1.4.1.4203.1.9.1.1";
const SYNC_STATE = "1.3.6.1.4.1.4203.1.9.1.2";
const SYNC_DONE = "1.3.6.1.4.1.4203.1.9.1.3";
export const SYNC_INFO = "1.3.6.1.4.1.4203.1.9.1.4";

/** refreshAndPersist: changes are told as they come. */
const MODE_REFRESH_AND_PERSIST = 3;

const OCTET_STRING = 0x04;
const BOOLEAN = 0x01;
const SET = 0x31;

/** What an entry's state control says of it. */
export interface SyncState {
  state: "present" | "add" | "modify" | "delete";
  uuid: string;
  cookie?: Buffer;
}

/** What the control of the search's end says. */
export interface SyncDone {
  cookie?: Buffer;
  /** What went was told by itself: nothing is gone by being absent. */
  refreshDeletes: boolean;
}

/** What an intermediate response says (RFC 4533, section 2.5). */
export type SyncInfo =
  | { says: "cookie"; cookie: Buffer }
  /** The end of a phase: of "present", what it did not name is gone; of "delete", it told what is gone. */
  | { says: "phase"; phase: "present" | "delete"; done: boolean; cookie?: Buffer }
  | { says: "ids"; deleted: boolean; uuids: string[]; cookie?: Buffer };

/** Asks for refreshAndPersist from the cookie on. */
export class SyncRequestControl extends Control {
  readonly #cookie: Buffer | undefined;
  constructor(cookie?: Buffer) {
    super(SYNC_REQUEST, { critical: true });
    this.#cookie = cookie;
  }
  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeEnumeration(MODE_REFRESH_AND_PERSIST);
    if (this.#cookie !== undefined) value.writeBuffer(this.#cookie, OCTET_STRING);
    value.endSequence();
    writer.writeBuffer(value.buffer, OCTET_STRING);
  }
}

export class SyncStateControl extends Control {
  value: SyncState | undefined;
  constructor() {
    super(SYNC_STATE);
  }
  protected override parseControl(reader: BerReader): void {
    reader.readSequence();
    const state = STATES[reader.readEnumeration() ?? -1];
    if (state === undefined) throw new Error("unknown state of a synchronized entry");
    const uuid = uuidText(octets(reader));
    this.value = { state, uuid, ...optionalCookie(reader) };
  }
}
const STATES = ["present", "add", "modify", "delete"] as const;

export class SyncDoneControl extends Control {
  value: SyncDone | undefined;
  constructor() {
    super(SYNC_DONE);
  }
  protected override parseControl(reader: BerReader): void {
    reader.readSequence();
    const cookie = optionalCookie(reader);
    this.value = { ...cookie, refreshDeletes: optionalBoolean(reader, false) };
  }
}

const NEW_COOKIE = 0x80;
const REFRESH_DELETE = 0xa1;
const REFRESH_PRESENT = 0xa2;
const SYNC_ID_SET = 0xa3;

/** Reads the value of a Sync Info Message. Throws where it is none. */
export function parseSyncInfo(value: Buffer): SyncInfo {
  const reader = new BerReader(value);
  const tag = reader.peek();
  if (tag === NEW_COOKIE) return { says: "cookie", cookie: octets(reader, NEW_COOKIE) };
  reader.readSequence();
  const cookie = optionalCookie(reader);
  switch (tag) {
    case REFRESH_DELETE:
    case REFRESH_PRESENT: {
      const phase = tag === REFRESH_DELETE ? "delete" : "present";
      return { says: "phase", phase, done: optionalBoolean(reader, true), ...cookie };
    }
    case SYNC_ID_SET: {
      const deleted = optionalBoolean(reader, false);
      const uuids: string[] = [];
      reader.readSequence(SET);
      while (reader.remain > 0) uuids.push(uuidText(octets(reader)));
      return { says: "ids", deleted, uuids, ...cookie };
    }
    default:
      throw new Error(`unknown sync info 0x${tag?.toString(16)}`);
  }
}

function octets(reader: BerReader, tag = OCTET_STRING): Buffer {
  const value = reader.readString(tag, true);
  if (value === null) throw new Error("a value is cut off");
  return value;
}

const optionalCookie = (reader: BerReader): { cookie?: Buffer } =>
  reader.peek() === OCTET_STRING ? { cookie: octets(reader) } : {};

const optionalBoolean = (reader: BerReader, otherwise: boolean): boolean =>
  reader.peek() === BOOLEAN ? reader.readBoolean() === true : otherwise;

/** A UUID's 16 bytes in text form (RFC 9562), as entryUUID has it. */
export function uuidText(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new Error(`a UUID of ${bytes.length} bytes`);
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
