import { BerReader, PagedResultsControl, ProtocolOperation, SearchEntry, SearchResponse } from "ldapts";
import {
  parseSyncInfo,
  SYNC_INFO,
  type SyncDone,
  SyncDoneControl,
  type SyncInfo,
  type SyncState,
  SyncStateControl,
} from "./sync-controls.ts";

/** Values of an attribute: text where the bytes are UTF-8, else the bytes. */
export type AttributeValue = string | Uint8Array;
/** Attributes by their names in lower case, without options such as ";binary". */
export type Attributes = ReadonlyMap<string, readonly AttributeValue[]>;

/** An answer to a search, by the id of its request. */
export type LdapMessage =
  | { is: "entry"; id: number; dn: string; attributes: Attributes; sync: SyncState | undefined }
  | { is: "info"; id: number; info: SyncInfo }
  | {
      is: "done";
      id: number;
      /** LDAP result code. */
      result: number;
      text: string;
      /** Where the next page begins; undefined: there is none. */
      page: Buffer | undefined;
      sync: SyncDone | undefined;
    }
  /** The server is about to close the connection (RFC 4511, section 4.4.1). */
  | { is: "notice"; text: string }
  /** A referral, or an intermediate response of another kind. */
  | { is: "other" };

/** An LDAPResult's text in an unsolicited notification is an ExtendedResponse's. */
const EXTENDED_RESPONSE = 0x78;
const INTERMEDIATE_RESPONSE = 0x79;
const INFO_NAME = 0x80;
const INFO_VALUE = 0x81;

/** Reads one LDAP message (RFC 4511) that answers a search. Throws where it is none. */
export function decodeMessage(frame: Buffer): LdapMessage {
  const reader = new BerReader(frame);
  reader.readSequence();
  const id = reader.readInt() ?? 0;
  const operation = reader.readSequence();
  switch (operation) {
    case ProtocolOperation.LDAP_RES_SEARCH_ENTRY:
      return decodeEntry(reader, id);
    case ProtocolOperation.LDAP_RES_SEARCH:
      return decodeDone(reader, id);
    case INTERMEDIATE_RESPONSE:
      return decodeIntermediate(reader, id);
    case EXTENDED_RESPONSE: {
      if (id !== 0) return { is: "other" };
      reader.readEnumeration();
      reader.readString();
      return { is: "notice", text: reader.readString() ?? "" };
    }
    default:
      return { is: "other" };
  }
}

function decodeEntry(reader: BerReader, id: number): LdapMessage {
  const state = new SyncStateControl();
  const entry = new SearchEntry({ messageId: id });
  entry.parse(reader, [state]);
  const attributes = new Map<string, AttributeValue[]>();
  for (const { type, values } of entry.attributes) {
    const name = attributeKey(type);
    const known = attributes.get(name);
    if (known === undefined) attributes.set(name, values);
    else known.push(...values);
  }
  return { is: "entry", id, dn: entry.name, attributes, sync: state.value };
}

/** `userCertificate;binary` is userCertificate. */
export const attributeKey = (description: string): string =>
  (description.split(";", 1)[0] ?? "").toLowerCase();

function decodeDone(reader: BerReader, id: number): LdapMessage {
  const sync = new SyncDoneControl();
  const response = new SearchResponse({ messageId: id });
  response.parse(reader, [sync]);
  const paged = response.controls?.find((control) => control instanceof PagedResultsControl);
  const cookie = paged?.value?.cookie;
  return {
    is: "done",
    id,
    result: response.status,
    text: response.errorMessage,
    page: cookie === undefined || cookie.length === 0 ? undefined : cookie,
    sync: sync.value,
  };
}

function decodeIntermediate(reader: BerReader, id: number): LdapMessage {
  const name = reader.peek() === INFO_NAME ? reader.readString(INFO_NAME) : null;
  if (name !== SYNC_INFO) return { is: "other" };
  const value = reader.readString(INFO_VALUE, true);
  if (value === null) throw new Error("a sync info without a value");
  return { is: "info", id, info: parseSyncInfo(value) };
}
