import { type Dropper, dropper, type Oversized } from "./oversized.ts";

/** Largest message that is kept, in bytes; an entry with all its certificates is far smaller. */
export const PDU_MAX_BYTES = 16 * 1024 * 1024;
/** Largest message that is dropped as it comes, in bytes; nothing is read behind a larger one. */
export const DROPPED_MAX_BYTES = 256 * 1024 * 1024;

/** Longest message header: tag, length of the length, and up to four bytes of length. */
const HEAD_MAX_BYTES = 6;
const SEQUENCE = 0x30;

export class FrameError extends Error {}

/** A whole message; or what is left of one that is too large. */
export type Frame = Buffer | Oversized;

/**
 * Splits a byte stream into LDAP messages (RFC 4511, section 5.1), each a BER sequence of definite length. The returned
 * function takes the next chunk, however it was cut, and returns the messages completed by it; one that exceeds
 * PDU_MAX_BYTES is dropped as it comes. It throws FrameError if the bytes are no message, or one above DROPPED_MAX_BYTES.
 */
export function frameCutter(): (chunk: Buffer) => Frame[] {
  let parts: Buffer[] = [];
  let held = 0;
  /** Bytes needed before it is worth looking again. */
  let wanted = 2;
  let dropping: Dropper | undefined;
  const keep = (bytes: Buffer): void => {
    parts = bytes.length === 0 ? [] : [bytes];
    held = bytes.length;
  };
  return (chunk) => {
    parts.push(chunk);
    held += chunk.length;
    if (dropping === undefined && held < wanted) return [];
    // Joined when a message is complete, not at every chunk.
    let bytes = parts.length === 1 ? chunk : Buffer.concat(parts, held);
    const frames: Frame[] = [];
    for (;;) {
      if (dropping === undefined) {
        wanted = frameBytes(bytes);
        if (wanted > PDU_MAX_BYTES) dropping = dropper(wanted);
      }
      if (dropping !== undefined) {
        bytes = take(dropping, bytes);
        const oversized = dropping.result();
        if (oversized === undefined) break;
        frames.push(oversized);
        dropping = undefined;
        continue;
      }
      if (bytes.length < wanted) break;
      frames.push(bytes.subarray(0, wanted));
      bytes = bytes.subarray(wanted);
    }
    keep(bytes);
    return frames;
  };
}

function take(dropping: Dropper, bytes: Buffer): Buffer {
  try {
    return dropping.take(bytes);
  } catch (cause) {
    throw new FrameError(`large message is malformed: ${(cause as Error).message}`, { cause });
  }
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
  if (body > DROPPED_MAX_BYTES) throw new FrameError(`message of ${body} bytes is too large`);
  return 2 + size + body;
}
