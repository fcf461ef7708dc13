import { decodeOctets } from "../protocol/octets.ts";

export interface HttpResponse {
  status: number;
  body: Uint8Array;
  /** False where the server closes the connection behind this answer. */
  keepAlive: boolean;
}

/** Longest head of an answer, and longest trailer section, in bytes. */
const HEAD_BYTES = 16_384;

/** Longest line before a chunk, in bytes. */
const CHUNK_LINE_BYTES = 1024;
/** Chunks of one answer: each is looked at again with whatever comes, until all are there. */
const CHUNKS_MAX = 4096;
const CR = 13;
const LF = 10;
/** Ends a head, and a trailer section. */
const END = "\r\n\r\n";

const STATUS = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |\r|$)/;
const CONTENT_LENGTH = /\r\ncontent-length:([^\r]*)/gi;
const TRANSFER_ENCODING = /\r\ntransfer-encoding:([^\r]*)/gi;
const CONNECTION = /\r\nconnection:([^\r]*)/gi;

/** The answer breaks RFC 9112, or is longer than what was asked for can be. */
export class HttpSyntaxError extends Error {}

interface Body {
  bytes: Uint8Array;
  /** Where it ends. */
  end: number;
}

const NO_BYTES = new Uint8Array(0);

/** Cuts a stream of pipelined HTTP/1.1 answers (RFC 9112) apart. */
export class HttpResponseReader {
  #bytes: Uint8Array = NO_BYTES;
  readonly #bodyBytes: number;

  /** Bodies of more than `bodyBytes` are refused. */
  constructor(bodyBytes: number) {
    this.#bodyBytes = bodyBytes;
  }

  append(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  /** The next whole answer; undefined while it is unfinished. Throws HttpSyntaxError. */
  next(): HttpResponse | undefined {
    for (;;) {
      const start = this.#endOf(0, "head too long");
      if (start === undefined) return undefined;
      const head = decodeOctets(this.#bytes.subarray(0, start - END.length));
      const [, minor, digits] = STATUS.exec(head) ?? [];
      if (digits === undefined) throw new HttpSyntaxError("not an HTTP/1.1 answer");
      const status = Number(digits);
      // Nobody asked to change the protocol. What else comes before the answer says nothing (RFC 9110, section 15.2).
      if (status === 101) throw new HttpSyntaxError("another protocol");
      const body = status < 200 ? { bytes: NO_BYTES, end: start } : this.#body(status, head, start);
      if (body === undefined) return undefined;
      this.#bytes = this.#bytes.subarray(body.end);
      if (status >= 200) return { status, body: body.bytes, keepAlive: keepsAlive(minor, head) };
    }
  }

  /** How long it is: RFC 9112, section 6.3. */
  #body(status: number, head: string, start: number): Body | undefined {
    if (status === 204 || status === 304) return { bytes: NO_BYTES, end: start };
    const codings = members(head, TRANSFER_ENCODING);
    if (codings.length === 0) return this.#sized(head, start);
    if (codings.join() !== "chunked") throw new HttpSyntaxError("a transfer coding that was not asked for");
    return this.#chunked(start);
  }

  #sized(head: string, start: number): Body | undefined {
    const [size, ...others] = new Set(members(head, CONTENT_LENGTH));
    if (size === undefined) throw new HttpSyntaxError("an answer without a length");
    if (others.length > 0 || !/^\d+$/.test(size)) throw new HttpSyntaxError("an answer of unclear length");
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
      const size = /^0*([0-9a-f]{1,6})[ \t]*(?:;.*)?\r$/i.exec(
        decodeOctets(this.#bytes.subarray(at, lineEnd)),
      )?.[1];
      if (size === undefined) throw new HttpSyntaxError("wrong chunk size");
      const length = Number.parseInt(size, 16);
      if (length === 0) {
        // Its line's end is the first half, where no trailers follow.
        const end = this.#endOf(lineEnd - 1, "trailers too long");
        return end === undefined ? undefined : { bytes: Buffer.concat(chunks), end };
      }
      total += length;
      if (total > this.#bodyBytes) throw new HttpSyntaxError("body too long");
      const end = lineEnd + 1 + length;
      if (this.#bytes.length < end + 2) return undefined;
      if (this.#bytes[end] !== CR || this.#bytes[end + 1] !== LF)
        throw new HttpSyntaxError("a chunk that is longer than its size");
      at = end + 2;
      if (chunks.push(this.#bytes.subarray(lineEnd + 1, end)) > CHUNKS_MAX)
        throw new HttpSyntaxError("too many chunks");
    }
  }

  /** Behind the empty line that ends the section from there; undefined where it has not come yet. */
  #endOf(start: number, fault: string): number | undefined {
    const { buffer, byteOffset, length } = this.#bytes;
    const at = Buffer.from(buffer, byteOffset, length).indexOf(END, start);
    // All but the end's last byte may be there.
    if ((at < 0 ? length - END.length + 1 : at) - start > HEAD_BYTES) throw new HttpSyntaxError(fault);
    return at < 0 ? undefined : at + END.length;
  }
}

/** The members of a field that is a list, on one line or on several (RFC 9110, section 5.6.1), in lower case. */
const members = (head: string, field: RegExp): string[] =>
  [...head.matchAll(field)]
    .flatMap(([, value = ""]) => value.toLowerCase().split(","))
    .map((member) => member.trim());

/** RFC 9112, section 9.3. */
function keepsAlive(minor: string | undefined, head: string): boolean {
  const options = members(head, CONNECTION);
  return !options.includes("close") && (minor === "1" || options.includes("keep-alive"));
}
