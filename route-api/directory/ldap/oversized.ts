/** A message larger than PDU_MAX_BYTES. What it is and whom it is about is kept; the rest was dropped as it came. */
export interface Oversized {
  /** Length of the whole message, in bytes. */
  bytes: number;
  /** Its first HEAD_BYTES. */
  head: Buffer;
  /** Where its operation begins and ends, from the start of the message; behind it are the controls. */
  operation: Operation;
  controls: Buffer;
}

interface Operation {
  tag: number;
  start: number;
  end: number;
}

/** Holds the message ID and the entry's DN. */
export const HEAD_BYTES = 65_536;
/** Most bytes of controls that are kept: a cookie has less. */
const CONTROLS_MAX_BYTES = 65_536;

/** Receives a message of `bytes` bytes without keeping it. */
export interface Dropper {
  /** Takes bytes of the message; returns those behind its end. */
  take(chunk: Buffer): Buffer;
  /** The message, once all of it was taken. */
  result(): Oversized | undefined;
}

/** `bytes` must exceed HEAD_BYTES. Throws a RangeError if the message is no LDAP message (RFC 4511, section 4.1.1). */
export function dropper(bytes: number): Dropper {
  let taken = 0;
  let head: Buffer = Buffer.alloc(0);
  let operation: Operation | undefined;
  const controls: Buffer[] = [];
  return {
    take(chunk) {
      const own = chunk.subarray(0, bytes - taken);
      if (operation === undefined) {
        head = Buffer.concat([head, own.subarray(0, HEAD_BYTES - head.length)]);
        if (head.length === HEAD_BYTES) operation = operationIn(head, bytes);
      }
      if (operation !== undefined) {
        // A copy: the chunk need not be kept for these few bytes.
        const behind = own.subarray(Math.max(0, Math.min(own.length, operation.end - taken)));
        if (behind.length > 0) controls.push(Buffer.from(behind));
      }
      taken += own.length;
      return chunk.subarray(own.length);
    },
    result() {
      if (taken < bytes || operation === undefined) return undefined;
      return { bytes, head, operation, controls: Buffer.concat(controls) };
    },
  };
}

/** Reads the header of the message, its ID and the header of the operation. */
function operationIn(head: Buffer, bytes: number): Operation {
  const id = headerAt(head, headerAt(head, 0).start);
  const { tag, start, length } = headerAt(head, id.start + id.length);
  const end = start + length;
  if (end > bytes || bytes - end > CONTROLS_MAX_BYTES) throw new RangeError("operation of a wrong length");
  return { tag, start, end };
}

/** Tag, length and start of the contents of the element at an offset (X.690, section 8.1). */
export function headerAt(bytes: Buffer, at: number): { tag: number; start: number; length: number } {
  const tag = bytes.readUInt8(at);
  const first = bytes.readUInt8(at + 1);
  if (first < 0x80) return { tag, start: at + 2, length: first };
  const size = first & 0x7f;
  return { tag, start: at + 2 + size, length: bytes.readUIntBE(at + 2, size) };
}
