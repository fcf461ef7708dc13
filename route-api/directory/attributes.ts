/** Values of an attribute: text if the bytes are valid UTF-8, else the bytes. */
export type AttributeValue = string | Uint8Array;
/** Attributes by name in lower case, without options such as ";binary". */
export type Attributes = ReadonlyMap<string, readonly AttributeValue[]>;

/** The attribute's name without options, in lower case: `userCertificate;binary` becomes `usercertificate`. */
export const attributeKey = (description: string): string =>
  (description.split(";", 1)[0] ?? "").toLowerCase();

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text if the bytes are valid UTF-8, else the bytes. */
export function textOrBytes(bytes: Buffer): AttributeValue {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes;
  }
}

/** Length of a UUID in bytes. */
export const UUID_BYTES = 16;

/** A UUID's 16 bytes in text form (RFC 9562), as entryUUID has it. */
export const uuidText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
