/** Largest message accepted, in bytes; an entry with all its certificates is far smaller. */
export const PDU_MAX_BYTES = 16 * 1024 * 1024;

/** Longest message header: tag, length of the length, and up to four bytes of length. */
const HEAD_MAX_BYTES = 6;
const SEQUENCE = 0x30;

export class FrameError extends Error {}

/**
 * Splits a byte stream into LDAP messages (RFC 4511, section 5.1), each a BER sequence of definite length. The returned
 * function takes the next chunk, however it was cut, and returns the messages completed by it. It throws FrameError if
 * the bytes are no message, or the message exceeds PDU_MAX_BYTES.
 */
export function frameCutter(): (chunk: Buffer) => Buffer[] {
  let parts: Buffer[] = [];
  let held = 0;
  /** Bytes needed before it is worth looking again. */
  let wanted = 2;
  return (chunk) => {
    parts.push(chunk);
    held += chunk.length;
    if (held < wanted) return [];
    // Joined when a message is complete, not at every chunk.
    let bytes = parts.length === 1 ? chunk : Buffer.concat(parts, held);
    const frames: Buffer[] = [];
    for (;;) {
      wanted = frameBytes(bytes);
      if (bytes.length < wanted) break;
      frames.push(bytes.subarray(0, wanted));
      bytes = bytes.subarray(wanted);
    }
    parts = bytes.length === 0 ? [] : [bytes];
    held = bytes.length;
    return frames;
  };
}

/** Length of the message that begins here or, if that is not known yet, of the bytes needed to tell. */
function frameBytes(bytes: Buffer): number {
  const [tag, length] = bytes;
  if (tag !== undefined && tag !== SEQUENCE)
    throw new FrameError(`message begins with 0x${tag.toString(16)}`);
  if (length === undefined) return 2;
  if (length < 0x80) return 2 + length;
  const size = length & 0x7f;
  if (size === 0 || 2 + size > HEAD_MAX_BYTES) throw new FrameError("message with an invalid length");
  if (bytes.length < 2 + size) return 2 + size;
  const body = bytes.readUIntBE(2, size);
  if (body > PDU_MAX_BYTES) throw new FrameError(`message of ${body} bytes is too large`);
  return 2 + size + body;
}
