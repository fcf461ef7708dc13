/** Values of an attribute: text if the bytes are valid UTF-8, else the bytes. */
export type AttributeValue = string | Uint8Array;
/** Attributes by name in lower case, without options such as ";binary". */
export type Attributes = ReadonlyMap<string, readonly AttributeValue[]>;

/** The attribute's name without options, in lower case: `userCertificate;binary` becomes `usercertificate`. */
export const attributeKey = (description: string): string =>
  (description.split(";", 1)[0] ?? "").toLowerCase();

/** Options of values that 389 Directory Server keeps for replication after they were deleted. */
const DELETED = /;deleted(attribute)?(;|$)/i;
/** The option of a value in one language (RFC 3866). */
const LANGUAGE = /;lang-/i;

/** Collects the values of an entry's attributes by their descriptions (RFC 4512, section 2.5). */
export interface AttributeCollector {
  /** Adds values; what their options say of them counts. `;range=` values are part of the whole, and join the others. */
  add(description: string, values: readonly AttributeValue[]): void;
  /** All of them. Values in one language come after the others, so that none of them is taken for the first. */
  all(): Attributes;
}

export function collectAttributes(): AttributeCollector {
  const plain = new Map<string, AttributeValue[]>();
  const tagged: [key: string, values: readonly AttributeValue[]][] = [];
  const put = (key: string, values: readonly AttributeValue[]): void => {
    const known = plain.get(key);
    if (known === undefined) plain.set(key, [...values]);
    // One by one: a call takes only so many arguments.
    else for (const value of values) known.push(value);
  };
  return {
    add(description, values) {
      if (DELETED.test(description)) return;
      const key = attributeKey(description);
      if (LANGUAGE.test(description)) tagged.push([key, values]);
      else put(key, values);
    },
    all() {
      for (const [key, values] of tagged.splice(0)) put(key, values);
      return plain;
    },
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text if the bytes are valid UTF-8, else the bytes. */
export function textOrBytes(bytes: Buffer): AttributeValue {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes;
  }
}
