/**
 * Protocol text before login is kept as octets: a string with one character (U+0000 to U+00FF) a byte.
 * It can be searched and sliced like text, and is sent exactly as it was received.
 */
export type Octets = string;

/** The same bytes as a Buffer. What a socket hands over is one already: to ask for its `buffer` would cost an object. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const decodeOctets = (bytes: Uint8Array, from = 0, to = bytes.length): Octets =>
  asBuffer(bytes).toString("latin1", from, to);

export const encodeOctets = (octets: Octets): Uint8Array => Buffer.from(octets, "latin1");

/**
 * The same octets in memory of their own. A part of a string keeps all of it in memory: a name would keep the password
 * that the client sent after it for as long as a cache or a session's record has the name.
 */
export const detached = (octets: Octets): Octets => decodeOctets(encodeOctets(octets));

/** Names and passwords hardly ever have any: what is ASCII is its own text, and costs no decoder. */
const BEYOND_ASCII = /[^\x00-\x7f]/;

/** Octets of a text in UTF-8. */
export const utf8Octets = (text: string): Octets =>
  BEYOND_ASCII.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes UTF-8; undefined if it is invalid (over-long forms, surrogates). */
export function utf8Text(octets: Octets): string | undefined {
  if (!BEYOND_ASCII.test(octets)) return octets;
  try {
    return strictUtf8.decode(encodeOctets(octets));
  } catch {
    return undefined;
  }
}

/** True for base64 (RFC 4648 section 4) without stray characters or wrong padding. */
export const isBase64 = (text: string): boolean =>
  text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

/** Decodes base64; undefined if it is invalid. */
export function base64Octets(text: string): Octets | undefined {
  if (!isBase64(text)) return undefined;
  return Buffer.from(text, "base64").toString("latin1");
}

export const octetsBase64 = (octets: Octets): string => Buffer.from(octets, "latin1").toString("base64");

const inspect = Symbol.for("nodejs.util.inspect.custom");

/** A password or token. Prints as `[secret]`; only `reveal` returns it. */
export class SecretOctets {
  readonly #octets: Octets;
  constructor(octets: Octets) {
    this.#octets = octets;
  }
  reveal(): Octets {
    return this.#octets;
  }
  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
  [inspect](): string {
    return "[secret]";
  }
}
