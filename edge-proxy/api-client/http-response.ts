import { decodeOctets } from "../protocol/octets.ts";

export interface HttpResponse {
  status: number;
  body: Uint8Array;
  /** False where the server closes the connection after this response. */
  keepAlive: boolean;
}

/** Longest header section, and longest trailer section, in bytes. */
const HEAD_BYTES = 16_384;

/** Longest line before a chunk, in bytes. */
const CHUNK_LINE_BYTES = 1024;
/** Most chunks of one response: each arrival of bytes parses all of them again. */
const CHUNKS_MAX = 4096;
const CR = 13;
const LF = 10;
/** Ends a header section, and a trailer section. */
const END = "\r\n\r\n";

const STATUS = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |\r|$)/;
const CONTENT_LENGTH = /\r\ncontent-length:([^\r]*)/gi;
const TRANSFER_ENCODING = /\r\ntransfer-encoding:([^\r]*)/gi;
const CONNECTION = /\r\nconnection:([^\r]*)/gi;

/** The response breaks RFC 9112, or is larger than any that was asked for. */
export class HttpSyntaxError extends Error {}

interface Body {
  bytes: Uint8Array;
  /** Where it ends. */
  end: number;
}

const NO_BYTES = new Uint8Array(0);

/** Splits a stream of pipelined HTTP/1.1 responses (RFC 9112). */
export class HttpResponseReader {
  #bytes: Uint8Array = NO_BYTES;
  readonly #bodyBytes: number;

  /** Refuses bodies of more than `bodyBytes`. */
  constructor(bodyBytes: number) {
    this.#bodyBytes = bodyBytes;
  }

  append(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  /** The next complete response; undefined until it has arrived. Throws HttpSyntaxError. */
  next(): HttpResponse | undefined {
    for (;;) {
      const start = this.#endOf(0, "header section too long");
      if (start === undefined) return undefined;
      const head = decodeOctets(this.#bytes, 0, start - END.length);
      const [, minor, digits] = STATUS.exec(head) ?? [];
      if (digits === undefined) throw new HttpSyntaxError("not an HTTP/1.1 response");
      const status = Number(digits);
      // No upgrade was requested. Other informational responses are skipped (RFC 9110, section 15.2).
      if (status === 101) throw new HttpSyntaxError("an upgrade that was not requested");
      const body = status < 200 ? { bytes: NO_BYTES, end: start } : this.#body(status, head, start);
      if (body === undefined) return undefined;
      this.#bytes = this.#bytes.subarray(body.end);
      if (status >= 200) return { status, body: body.bytes, keepAlive: keepsAlive(minor, head) };
    }
  }

  /** RFC 9112, section 6.3. */
  #body(status: number, head: string, start: number): Body | undefined {
    if (status === 204 || status === 304) return { bytes: NO_BYTES, end: start };
    const codings = members(head, TRANSFER_ENCODING);
    if (codings.length === 0) return this.#sized(head, start);
    if (codings.join() !== "chunked") throw new HttpSyntaxError("a transfer coding that was not requested");
    return this.#chunked(start);
  }

  #sized(head: string, start: number): Body | undefined {
    const [size, ...others] = new Set(members(head, CONTENT_LENGTH));
    if (size === undefined) throw new HttpSyntaxError("a response without a length");
    if (others.length > 0 || !/^\d+$/.test(size)) throw new HttpSyntaxError("a response of ambiguous length");
    const end = start + Number(size);
    if (Number(size) > this.#bodyBytes) throw new HttpSyntaxError("body too long");
    return this.#bytes.length < end ? undefined : { bytes: this.#bytes.subarray(start, end), end };
  }

  #chunked(start: number): Body | undefined {
    const chunks: Uint8Array[] = [];
    let total = 0;
    let at = start;
    for (;;) {
      const lineEnd = this.#bytes.indexOf(LF, at);
      if ((lineEnd < 0 ? this.#bytes.length : lineEnd) - at > CHUNK_LINE_BYTES)
        throw new HttpSyntaxError("chunk line too long");
      if (lineEnd < 0) return undefined;
      const size = /^0*([0-9a-f]{1,6})[ \t]*(?:;.*)?\r$/i.exec(decodeOctets(this.#bytes, at, lineEnd))?.[1];
      if (size === undefined) throw new HttpSyntaxError("invalid chunk size");
      const length = Number.parseInt(size, 16);
      if (length === 0) {
        // The end of its line is the first half, where no trailers follow.
        const end = this.#endOf(lineEnd - 1, "trailers too long");
        return end === undefined ? undefined : { bytes: Buffer.concat(chunks), end };
      }
      total += length;
      if (total > this.#bodyBytes) throw new HttpSyntaxError("body too long");
      const end = lineEnd + 1 + length;
      if (this.#bytes.length < end + 2) return undefined;
      if (this.#bytes[end] !== CR || this.#bytes[end + 1] !== LF)
        throw new HttpSyntaxError("a chunk longer than its size");
      at = end + 2;
      if (chunks.push(this.#bytes.subarray(lineEnd + 1, end)) > CHUNKS_MAX)
        throw new HttpSyntaxError("too many chunks");
    }
  }

  /** Offset behind the empty line that ends the section that begins at `start`; undefined until it has arrived. */
  #endOf(start: number, fault: string): number | undefined {
    const { buffer, byteOffset, length } = this.#bytes;
    const at = Buffer.from(buffer, byteOffset, length).indexOf(END, start);
    // All but the last byte of the end may have arrived.
    if ((at < 0 ? length - END.length + 1 : at) - start > HEAD_BYTES) throw new HttpSyntaxError(fault);
    return at < 0 ? undefined : at + END.length;
  }
}

/** The members of a list field, on one line or on several (RFC 9110, section 5.6.1), in lower case. */
const members = (head: string, field: RegExp): string[] =>
  [...head.matchAll(field)]
    .flatMap(([, value = ""]) => value.toLowerCase().split(","))
    .map((member) => member.trim());

/** RFC 9112, section 9.3. */
function keepsAlive(minor: string | undefined, head: string): boolean {
  const options = members(head, CONNECTION);
  return !options.includes("close") && (minor === "1" || options.includes("keep-alive"));
}
