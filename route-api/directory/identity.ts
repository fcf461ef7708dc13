import { normalDn } from "../contract/distinguished-names.ts";
import type { Attributes, AttributeValue } from "./attributes.ts";

/** Length of a UUID in bytes. */
export const UUID_BYTES = 16;

/** Active Directory's identifier, whose first three groups have their bytes reversed (MS-DTYP, section 2.3.4). */
const GUID_ATTRIBUTE = "objectguid";

/** A UUID's 16 bytes in text form (RFC 9562), as entryUUID has it. */
export const uuidText = (bytes: Uint8Array): string =>
  bytesOf(bytes)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** A GUID's 16 bytes in the form in which Active Directory prints it. */
function guidText(bytes: Buffer): string {
  const ordered = Buffer.from(bytes);
  ordered.subarray(0, 4).reverse();
  ordered.subarray(4, 6).reverse();
  ordered.subarray(6, 8).reverse();
  return uuidText(ordered);
}

/** A UUID in its standard form, whether the directory stores bytes (objectGUID), other groups (nsUniqueId) or text. */
export function uuidOf(attributes: Attributes, attribute: string): string | undefined {
  const key = attribute.toLowerCase();
  const [value] = attributes.get(key) ?? [];
  if (value === undefined) return undefined;
  const bytes = bytesOf(value);
  if (bytes.length === UUID_BYTES) return key === GUID_ATTRIBUTE ? guidText(bytes) : uuidText(bytes);
  const digits = bytes.toString("utf8").trim().toLowerCase().replaceAll("-", "");
  if (/^[0-9a-f]{32}$/.test(digits)) return uuidText(Buffer.from(digits, "hex"));
  return digits === "" ? undefined : bytes.toString("utf8").trim();
}

/** The identity of an entry without an identifier: its DN, however it is spelled. */
export const dnIdentity = (dn: string): string => `dn:${normalDn(dn) ?? dn.toLowerCase()}`;

export const bytesOf = (value: AttributeValue): Buffer =>
  typeof value === "string" ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.length);
