import { BerWriter, Control } from "ldapts";
import { UUID_BYTES, uuidText } from "../identity.ts";
import { type Ber, BerError, BOOLEAN, each, OCTET_STRING, optional, readBer, SET } from "./ber.ts";

/** OIDs of content synchronization (RFC 4533, section 2). */
export const SYNC_REQUEST = "1.3.6.1.4.1.4203.1.9.1.1";
export const SYNC_STATE = "1.3.6.1.4.1.4203.1.9.1.2";
export const SYNC_INFO = "1.3.6.1.4.1.4203.1.9.1.4";

/** refreshAndPersist: the server reports changes as they happen. */
const MODE_REFRESH_AND_PERSIST = 3;

/** The Sync State Control of an entry (RFC 4533, section 2.2). */
export interface SyncState {
  state: "present" | "add" | "modify" | "delete";
  uuid: string;
  cookie?: Buffer;
}

/** A Sync Info Message (RFC 4533, section 2.5). */
export type SyncInfo =
  | { says: "cookie"; cookie: Buffer }
  /** End of a phase: after "present", whatever was not named is gone; "delete" named what is gone. */
  | { says: "phase"; phase: "present" | "delete"; done: boolean; cookie?: Buffer }
  | { says: "ids"; deleted: boolean; uuids: string[]; cookie?: Buffer };

/** Requests refreshAndPersist, resuming at the cookie. */
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

/** Decodes the value of a Sync State Control. Throws if it is malformed. */
export function parseSyncState(value: Buffer): SyncState {
  const ber = readBer(value).inside();
  const state = STATES[ber.enumerated()];
  if (state === undefined) throw new BerError("unknown sync state of an entry");
  return { state, uuid: readUuid(ber), ...cookieOf(ber) };
}

const NEW_COOKIE = 0x80;
const REFRESH_DELETE = 0xa1;
const REFRESH_PRESENT = 0xa2;
const SYNC_ID_SET = 0xa3;

/** Decodes the value of a Sync Info Message. Throws if it is malformed. */
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
      uuids: [...each(ber.inside(SET), readUuid)],
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

function readUuid(ber: Ber): string {
  const bytes = ber.octets();
  if (bytes.length !== UUID_BYTES) throw new BerError(`a UUID has ${bytes.length} bytes`);
  return uuidText(bytes);
}
