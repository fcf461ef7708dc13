import { BerWriter, Control } from "ldapts";
import { type Ber, BerError, BOOLEAN, each, OCTET_STRING, optional, readBer, SET } from "./ber.ts";

/** OIDs of content synchronization (RFC 4533, section 2). */
export const SYNC_REQUEST = "1.3.6.1.4.1.4203.1.9.1.1";
export const SYNC_STATE = "1.3.6.1.4.1.4203.1.9.1.2";
export const SYNC_INFO = "1.3.6.1.4.1.4203.1.9.1.4";

/** refreshAndPersist: changes are told as they come. */
const MODE_REFRESH_AND_PERSIST = 3;

/** What an entry's state control says of it. */
export interface SyncState {
  state: "present" | "add" | "modify" | "delete";
  uuid: string;
  cookie?: Buffer;
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

const STATES = ["present", "add", "modify", "delete"] as const;

/** Reads the value of a Sync State Control. Throws where it is none. */
export function parseSyncState(value: Buffer): SyncState {
  const ber = readBer(value).inside();
  const state = STATES[ber.enumerated()];
  if (state === undefined) throw new BerError("an entry is in an unknown state");
  return { state, uuid: uuidText(ber.octets()), ...cookieOf(ber) };
}

const NEW_COOKIE = 0x80;
const REFRESH_DELETE = 0xa1;
const REFRESH_PRESENT = 0xa2;
const SYNC_ID_SET = 0xa3;

/** Reads the value of a Sync Info Message. Throws where it is none. */
export function parseSyncInfo(value: Buffer): SyncInfo {
  const outer = readBer(value);
  const tag = outer.peek();
  if (tag === NEW_COOKIE) return { says: "cookie", cookie: outer.octets(NEW_COOKIE) };
  if (tag === REFRESH_DELETE || tag === REFRESH_PRESENT) {
    const ber = outer.inside(tag);
    const phase = tag === REFRESH_DELETE ? "delete" : "present";
    return { says: "phase", phase, ...cookieOf(ber), done: booleanOr(ber, true) };
  }
  if (tag === SYNC_ID_SET) {
    const ber = outer.inside(tag);
    const cookie = cookieOf(ber);
    const deleted = booleanOr(ber, false);
    return {
      says: "ids",
      deleted,
      ...cookie,
      uuids: [...each(ber.inside(SET), (one) => uuidText(one.octets()))],
    };
  }
  throw new BerError(`unknown sync info ${tag}`);
}

function cookieOf(ber: Ber): { cookie?: Buffer } {
  const cookie = optional(ber, OCTET_STRING, (one) => one.octets());
  return cookie === undefined ? {} : { cookie };
}

const booleanOr = (ber: Ber, otherwise: boolean): boolean =>
  optional(ber, BOOLEAN, (one) => one.boolean()) ?? otherwise;

/** A UUID's 16 bytes in text form (RFC 9562), as entryUUID has it. Throws where there are more or less. */
export function uuidText(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new BerError(`a UUID of ${bytes.length} bytes`);
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
