import { type DerElement, DerError, derChildren, derOid, derText } from "./der.ts";

/** The key of a name without attributes, which identifies nobody. */
export const NO_NAME = "[]";

/**
 * A distinguished name as a text to compare (RFC 5280 section 7.1): string type, case and blanks make no difference.
 * Throws DerError where it is none.
 */
export function nameKey(der: Uint8Array, name: DerElement): string {
  return JSON.stringify(
    derChildren(der, name).map((set) =>
      derChildren(der, set)
        .map((attribute) => attributeKey(der, attribute))
        .sort(),
    ),
  );
}

function attributeKey(der: Uint8Array, attribute: DerElement): string {
  const [type, value] = derChildren(der, attribute);
  if (type === undefined || value === undefined) throw new DerError("an attribute without type or value");
  const text = derText(der, value);
  const { start, end } = value;
  const octets = (): string => `#${Buffer.from(der.subarray(start, end)).toString("hex")}`;
  return `${derOid(der, type)}=${text === undefined ? octets() : folded(text)}`;
}

const folded = (text: string): string => text.normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ");
