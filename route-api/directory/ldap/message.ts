import { type Attributes, collectAttributes, textOrBytes } from "../attributes.ts";
import { type Ber, BerError, BOOLEAN, each, OCTET_STRING, optional, readBer, SET } from "./ber.ts";
import { type Frame, PDU_MAX_BYTES } from "./frames.ts";
import { headerAt, type Oversized } from "./oversized.ts";
import {
  parseSyncInfo,
  parseSyncState,
  SYNC_INFO,
  SYNC_STATE,
  type SyncInfo,
  type SyncState,
} from "./sync-controls.ts";

/** A response to a search, with the message ID of its request. */
export type LdapMessage =
  | {
      is: "entry";
      id: number;
      dn: string;
      attributes: Attributes;
      sync: SyncState | undefined;
      /** Why the entry cannot be used; it has no attributes then. */
      fault?: string;
    }
  | { is: "info"; id: number; info: SyncInfo }
  | {
      is: "done";
      id: number;
      /** LDAP result code. */
      result: number;
      text: string;
      /** Cookie of the next page; undefined on the last page. */
      page: Buffer | undefined;
    }
  /** The server is about to close the connection (RFC 4511, section 4.4.1). */
  | { is: "notice"; text: string }
  /** Entries that are on another server, which is not asked (RFC 4511, section 4.5.3). */
  | { is: "reference"; id: number }
  /** An intermediate response of another kind, or a response to another request. */
  | { is: "other" };

const SEARCH_RESULT_ENTRY = 0x64;
const SEARCH_RESULT_DONE = 0x65;
const SEARCH_RESULT_REFERENCE = 0x73;
const EXTENDED_RESPONSE = 0x78;
const INTERMEDIATE_RESPONSE = 0x79;
const CONTROLS = 0xa0;
const INFO_NAME = 0x80;
const INFO_VALUE = 0x81;

const PAGED_RESULTS = "1.2.840.113556.1.4.319";

/** Decodes one LDAP message (RFC 4511) that responds to a search. Throws if it is malformed, or too large to be an entry. */
export function decodeMessage(frame: Frame): LdapMessage {
  return frame instanceof Uint8Array ? decodeWhole(frame) : decodeOversized(frame);
}

/** The entry's DN is in the beginning of the message, and its sync state behind its attributes. */
function decodeOversized({ bytes, head, operation, controls }: Oversized): LdapMessage {
  const { tag, start } = operation;
  const outer = headerAt(head, 0);
  const id = readBer(head.subarray(outer.start)).integer();
  if (tag !== SEARCH_RESULT_ENTRY) throw new BerError(`message of ${bytes} bytes is too large`);
  const dn = readBer(head.subarray(start)).text();
  const state = controlsOf(readBer(controls)).get(SYNC_STATE);
  const sync = state === undefined ? undefined : parseSyncState(state);
  const fault = `the entry takes ${bytes} bytes; at most ${PDU_MAX_BYTES} are read`;
  return { is: "entry", id, dn, attributes: new Map(), sync, fault };
}

function decodeWhole(frame: Buffer): LdapMessage {
  const message = readBer(frame).inside();
  const id = message.integer();
  const tag = message.peek();
  switch (tag) {
    case SEARCH_RESULT_ENTRY: {
      const entry = message.inside(tag);
      const dn = entry.text();
      const state = controlsOf(message).get(SYNC_STATE);
      const sync = state === undefined ? undefined : parseSyncState(state);
      return { is: "entry", id, dn, attributes: attributesOf(entry.inside()), sync };
    }
    case SEARCH_RESULT_DONE: {
      const { result, text } = resultOf(message.inside(tag));
      const paged = controlsOf(message).get(PAGED_RESULTS);
      return { is: "done", id, result, text, page: paged === undefined ? undefined : pageOf(paged) };
    }
    case SEARCH_RESULT_REFERENCE:
      return { is: "reference", id };
    case INTERMEDIATE_RESPONSE: {
      const response = message.inside(tag);
      if (optional(response, INFO_NAME, (one) => one.text(INFO_NAME)) !== SYNC_INFO) return { is: "other" };
      return { is: "info", id, info: parseSyncInfo(response.octets(INFO_VALUE)) };
    }
    case EXTENDED_RESPONSE:
      return id === 0 ? { is: "notice", text: resultOf(message.inside(tag)).text } : { is: "other" };
    default:
      return { is: "other" };
  }
}

function attributesOf(list: Ber): Attributes {
  const attributes = collectAttributes();
  for (const attribute of each(list, (one) => one.inside())) {
    const description = attribute.text();
    attributes.add(description, [...each(attribute.inside(SET), (one) => textOrBytes(one.octets()))]);
  }
  return attributes.all();
}

function resultOf(ber: Ber): { result: number; text: string } {
  const result = ber.enumerated();
  // matchedDN
  ber.octets();
  return { result, text: ber.text() };
}

/** The message's control values, by OID. */
function controlsOf(message: Ber): ReadonlyMap<string, Buffer> {
  const controls = new Map<string, Buffer>();
  const list = optional(message, CONTROLS, (one) => one.inside(CONTROLS));
  if (list === undefined) return controls;
  for (const control of each(list, (one) => one.inside())) {
    const oid = control.text();
    optional(control, BOOLEAN, (one) => one.boolean());
    controls.set(oid, optional(control, OCTET_STRING, (one) => one.octets()) ?? Buffer.alloc(0));
  }
  return controls;
}

/** The cookie of a paged result (RFC 2696); an empty one marks the last page. */
function pageOf(value: Buffer): Buffer | undefined {
  const ber = readBer(value).inside();
  ber.integer();
  const cookie = ber.octets();
  return cookie.length === 0 ? undefined : cookie;
}
