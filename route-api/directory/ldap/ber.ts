import { BerReader } from "ldapts";

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const ENUMERATED = 0x0a;
export const OCTET_STRING = 0x04;
export const BOOLEAN = 0x01;
export const SET = 0x31;

/** The bytes are not the BER that was expected. */
export class BerError extends Error {}

/** Reads untrusted BER: truncated data or a wrong type throws BerError, and nothing is read beyond the end. */
export interface Ber {
  /** Tag of the next element; undefined at the end. */
  peek(): number | undefined;
  /** The contents of the next element, which must have the tag. */
  inside(tag?: number): Ber;
  octets(tag?: number): Buffer;
  text(tag?: number): string;
  integer(): number;
  enumerated(): number;
  boolean(): boolean;
}

/** A reader at the start of the bytes. */
export function readBer(bytes: Buffer): Ber {
  const reader = new BerReader(bytes);
  const need = <T>(value: T | null): T => {
    if (value === null) throw new BerError("element is truncated");
    return value;
  };
  const octets = (tag = OCTET_STRING): Buffer => need(reader.readString(tag, true));
  return {
    peek: () => reader.peek() ?? undefined,
    inside: (tag = SEQUENCE) => readBer(octets(tag)),
    octets,
    text: (tag) => octets(tag).toString("utf8"),
    integer: () => need(reader.readTag(INTEGER)),
    enumerated: () => need(reader.readTag(ENUMERATED)),
    boolean: () => need(reader.readTag(BOOLEAN)) !== 0,
  };
}

/** Every element up to the end. */
export function* each<T>(ber: Ber, read: (ber: Ber) => T): Generator<T> {
  while (ber.peek() !== undefined) yield read(ber);
}

/** The value, if the next element has the tag. */
export const optional = <T>(ber: Ber, tag: number, read: (ber: Ber) => T): T | undefined =>
  ber.peek() === tag ? read(ber) : undefined;
