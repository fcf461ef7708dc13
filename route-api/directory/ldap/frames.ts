/** Largest message that is taken, in bytes: an entry with all its certificates is far below. */
export const PDU_MAX_BYTES = 16 * 1024 * 1024;

/** The longest head of a message: tag, length of the length, four bytes of it. */
const HEAD_MAX_BYTES = 6;
const SEQUENCE = 0x30;

export class FrameError extends Error {}

/**
 * Cuts a stream of bytes into LDAP messages (RFC 4511, section 5.1): each is a BER sequence of definite length. The
 * function that this gives takes the next bytes, wherever they were cut, and gives the messages that are whole by now.
 * It throws FrameError at what is no message, or one above PDU_MAX_BYTES.
 */
export function frameCutter(): (chunk: Buffer) => Buffer[] {
  let parts: Buffer[] = [];
  let held = 0;
  /** Bytes from which on it is worth to look again. */
  let wanted = 2;
  return (chunk) => {
    parts.push(chunk);
    held += chunk.length;
    if (held < wanted) return [];
    // Joined once a message is whole, not at every piece of it.
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

/** Length of the message that begins here; what is needed to know it, where that is more than is there. */
function frameBytes(bytes: Buffer): number {
  const [tag, length] = bytes;
  if (tag !== undefined && tag !== SEQUENCE)
    throw new FrameError(`a message begins with 0x${tag.toString(16)}`);
  if (length === undefined) return 2;
  if (length < 0x80) return 2 + length;
  const size = length & 0x7f;
  if (size === 0 || 2 + size > HEAD_MAX_BYTES) throw new FrameError("the length of a message cannot be read");
  if (bytes.length < 2 + size) return 2 + size;
  const body = bytes.readUIntBE(2, size);
  if (body > PDU_MAX_BYTES) throw new FrameError(`a message of ${body} bytes is too large`);
  return 2 + size + body;
}
