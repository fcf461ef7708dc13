import { decodeOctets } from "../protocol/octets.ts";

export interface HttpResponse {
  status: number;
  body: Uint8Array;
  /** False where the server closes the connection behind this answer. */
  keepAlive: boolean;
}

/** Longest head of an answer, in bytes. */
const HEAD_BYTES = 16_384;

/** Longest line before a chunk, in bytes. */
const CHUNK_LINE_BYTES = 1024;
const CR = 13;
const LF = 10;

/** The answer breaks RFC 9112, or is longer than what was asked for can be. */
export class HttpSyntaxError extends Error {}

/** Cuts a stream of pipelined HTTP/1.1 answers (RFC 9112) apart. */
export class HttpResponseReader {
  #bytes: Uint8Array = new Uint8Array(0);
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
    const head = this.#head();
    if (head === undefined) return undefined;
    const { text, end } = head;
    const status = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(text)?.[1];
    if (status === undefined) throw new HttpSyntaxError("not an HTTP/1.1 answer");
    const body = /\r\ntransfer-encoding: *chunked/i.test(text) ? this.#chunked(end) : this.#sized(text, end);
    if (body === undefined) return undefined;
    this.#bytes = this.#bytes.subarray(body.end);
    return { status: Number(status), body: body.bytes, keepAlive: !/\r\nconnection: *close/i.test(text) };
  }

  #head(): { text: string; end: number } | undefined {
    const end = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length).indexOf(
      "\r\n\r\n",
    );
    if ((end < 0 ? this.#bytes.length : end) > HEAD_BYTES) throw new HttpSyntaxError("head too long");
    return end < 0 ? undefined : { text: decodeOctets(this.#bytes.subarray(0, end)), end: end + 4 };
  }

  #sized(head: string, start: number): { bytes: Uint8Array; end: number } | undefined {
    const size = /\r\ncontent-length: *(\d+) *(?:\r|$)/i.exec(head)?.[1];
    if (size === undefined) throw new HttpSyntaxError("an answer without a length");
    const end = start + Number(size);
    if (Number(size) > this.#bodyBytes) throw new HttpSyntaxError("body too long");
    return this.#bytes.length < end ? undefined : { bytes: this.#bytes.subarray(start, end), end };
  }

  #chunked(start: number): { bytes: Uint8Array; end: number } | undefined {
    const chunks: Uint8Array[] = [];
    let total = 0;
    let at = start;
    for (;;) {
      const lineEnd = this.#bytes.indexOf(LF, at);
      if ((lineEnd < 0 ? this.#bytes.length : lineEnd) - at > CHUNK_LINE_BYTES)
        throw new HttpSyntaxError("chunk line too long");
      if (lineEnd < 0) return undefined;
      const size = /^([0-9a-f]{1,6}) *(?:;.*)?\r$/i.exec(
        decodeOctets(this.#bytes.subarray(at, lineEnd)),
      )?.[1];
      if (size === undefined) throw new HttpSyntaxError("wrong chunk size");
      const length = Number.parseInt(size, 16);
      total += length;
      if (total > this.#bodyBytes) throw new HttpSyntaxError("body too long");
      const end = lineEnd + 1 + length;
      if (this.#bytes.length < end + 2) return undefined;
      if (this.#bytes[end] !== CR || this.#bytes[end + 1] !== LF)
        throw new HttpSyntaxError("a chunk that is longer than its size");
      at = end + 2;
      if (length === 0) return { bytes: Buffer.concat(chunks), end: at };
      chunks.push(this.#bytes.subarray(lineEnd + 1, end));
    }
  }
}
