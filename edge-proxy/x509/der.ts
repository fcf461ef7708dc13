/** One element of DER (X.690): a tag of one byte, and where its content lies. */
export interface DerElement {
  tag: number;
  /** Of the tag. */
  start: number;
  contentStart: number;
  end: number;
}

/** Thrown where bytes are not the DER that they should be. */
export class DerError extends Error {}

/** The element that begins at `at` and ends by `limit`. Throws DerError. */
export function derAt(bytes: Uint8Array, at: number, limit: number): DerElement {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new DerError("no element");
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) throw new DerError("no definite length");
  let length = first < 0x80 ? first : 0;
  for (let index = 0; index < lengthBytes; index++) length = length * 256 + (bytes[at + 2 + index] ?? 0);
  const contentStart = at + 2 + lengthBytes;
  const end = contentStart + length;
  if (end > limit || end > bytes.length) throw new DerError("an element is cut short");
  return { tag, start: at, contentStart, end };
}

/** The elements within another. Throws DerError. */
export function derChildren(bytes: Uint8Array, { contentStart, end }: DerElement): DerElement[] {
  const children: DerElement[] = [];
  for (let at = contentStart; at < end; ) {
    const child = derAt(bytes, at, end);
    children.push(child);
    at = child.end;
  }
  return children;
}

/** The element itself where it is there and of this tag. Throws DerError. */
export function derOnly(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag !== tag) throw new DerError("an element of another type than it should be");
  return element;
}

/** Longer ones cost time that grows with their square, and nobody has them; in octets. */
const LONGEST_OID = 64;

/** An object identifier in dotted form. Throws DerError. */
export function derOid(bytes: Uint8Array, { tag, contentStart, end }: DerElement): string {
  if (tag !== 0x06 || contentStart === end) throw new DerError("no object identifier");
  if (end - contentStart > LONGEST_OID) throw new DerError("an object identifier is too long");
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of bytes.subarray(contentStart, end)) {
    arc = arc * 128n + BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  if ((bytes[end - 1] ?? 0) >= 0x80) throw new DerError("an object identifier is cut short");
  const [joint = 0n, ...rest] = arcs;
  const root = joint < 80n ? joint / 40n : 2n;
  return [root, joint - root * 40n, ...rest].join(".");
}

/** The text of a string element; undefined where it is of another type, or its bytes are not of its character set. */
export function derText(bytes: Uint8Array, { tag, contentStart, end }: DerElement): string | undefined {
  const content = bytes.subarray(contentStart, end);
  const decoded = decode(tag, content);
  return decoded?.isWellFormed() ? decoded : undefined;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(tag: number, content: Uint8Array): string | undefined {
  switch (tag) {
    case 0x0c: // UTF8String
      return attempt(() => UTF8.decode(content));
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x16: // IA5String
    case 0x1a: // VisibleString
      return content.every((byte) => byte < 0x80) ? Buffer.from(content).toString("latin1") : undefined;
    case 0x14: // TeletexString: Latin-1, as all who write it mean
      return Buffer.from(content).toString("latin1");
    case 0x1e: // BMPString
      return wide(content, 2);
    case 0x1c: // UniversalString
      return wide(content, 4);
    default:
      return undefined;
  }
}

/** UTF-16BE or UTF-32BE. */
function wide(content: Uint8Array, width: 2 | 4): string | undefined {
  if (content.length % width !== 0) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const units = Array.from({ length: content.length / width }, (_, index) =>
    width === 2 ? view.getUint16(index * 2) : view.getUint32(index * 4),
  );
  return attempt(() =>
    units.map((unit) => (width === 2 ? String.fromCharCode(unit) : String.fromCodePoint(unit))).join(""),
  );
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
