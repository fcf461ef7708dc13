/**
 * The text of a file in chunks, one character per octet of its UTF-8: a line may be folded inside a character, and a
 * value need not be UTF-8 at all. A file in UTF-16, as Windows' tools write it, is converted.
 */
export async function* octetText(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let head: Buffer = Buffer.alloc(0);
  let toText: ((chunk: Buffer) => string) | undefined;
  for await (const chunk of chunks) {
    if (toText !== undefined) {
      yield toText(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < 2) continue;
    toText = converterFor(head);
    yield toText(head);
  }
  if (toText === undefined) yield latin1(head);
}

const latin1 = (chunk: Buffer): string => chunk.toString("latin1");

/** By the file's first two octets: a byte order mark, or an ASCII character in UTF-16. */
function converterFor(head: Buffer): (chunk: Buffer) => string {
  const [first = 0, second = 0] = head;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0))
    return fromUtf16((octets) => octets);
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0))
    return fromUtf16((octets) => Buffer.from(octets).swap16());
  return latin1;
}

/** `toLittleEndian` gets an even number of octets. */
function fromUtf16(toLittleEndian: (octets: Buffer) => Buffer): (chunk: Buffer) => string {
  const decoder = new TextDecoder("utf-16le");
  let rest = Buffer.alloc(0);
  return (chunk) => {
    const octets = Buffer.concat([rest, chunk]);
    const even = octets.length - (octets.length % 2);
    rest = octets.subarray(even);
    const text = decoder.decode(toLittleEndian(octets.subarray(0, even)), { stream: true });
    return Buffer.from(text).toString("latin1");
  };
}
