import { type AttributeValue, attributeKey, textOrBytes } from "../attributes.ts";
import type { DirectoryEntry } from "../entry.ts";

/** A record that cannot be parsed, with the number of its first bad line. */
export interface BadRecord {
  line: number;
  reason: string;
}

export type LdifRecord = DirectoryEntry | BadRecord;

interface Line {
  number: number;
  text: string;
}

/** UTF-8 byte order mark as some editors write it, decoded as Latin-1. */
const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";
/** Longest record in bytes. Anything longer is no mail user, and is not kept in memory. */
const RECORD_BYTES = 4 * 1024 * 1024;

/**
 * Reads LDIF content records (RFC 2849) from chunks of a file, one at a time. A malformed record is yielded as a
 * BadRecord and does not stop the rest. Change records and values by URL are rejected: this reads entries, it does not
 * edit them.
 */
export async function* readLdif(chunks: AsyncIterable<Buffer>): AsyncGenerator<LdifRecord> {
  const records = recordCutter();
  const lines = lineCutter(records.line);
  for await (const chunk of chunks) {
    // Decoded as Latin-1: a line may be folded inside a UTF-8 character, and a value need not be UTF-8 at all.
    lines.push(chunk.toString("latin1"));
    yield* records.take();
  }
  lines.end();
  records.line({ number: 0, text: "" });
  yield* records.take();
}

/** Splits text into logical lines: a line that begins with a space continues the previous one. Drops comments. */
function lineCutter(emit: (line: Line) => void): { push(chunk: string): void; end(): void } {
  let rest = "";
  let number = 0;
  let current: Line | undefined;
  const finish = (): void => {
    if (current !== undefined && !current.text.startsWith("#")) emit(current);
    current = undefined;
  };
  const physical = (raw: string): void => {
    const begin = number++ === 0 && raw.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
    const text = raw.slice(begin, raw.endsWith("\r") ? -1 : undefined);
    if (text.startsWith(" ") && current !== undefined) {
      if (current.text.length <= RECORD_BYTES) current.text += text.slice(1);
      return;
    }
    finish();
    current = { number, text };
  };
  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", start)) {
        physical(rest + chunk.slice(start, end));
        rest = "";
        start = end + 1;
      }
      if (rest.length <= RECORD_BYTES) rest += chunk.slice(start);
    },
    end() {
      if (rest !== "") physical(rest);
      finish();
    },
  };
}

/** Collects lines into records, which end at an empty line. */
function recordCutter(): { line(line: Line): void; take(): LdifRecord[] } {
  let ready: LdifRecord[] = [];
  let record: Line[] = [];
  let size = 0;
  return {
    line(line) {
      if (line.text === "") {
        if (record.length > 0) ready.push(parseRecord(record, size));
        record = [];
        size = 0;
        return;
      }
      // "version: 1" heads the file and belongs to no record.
      if (record.length === 0 && /^version: *1$/i.test(line.text)) return;
      size += line.text.length;
      if (size <= RECORD_BYTES || record.length === 0) record.push(line);
    },
    take() {
      const taken = ready;
      ready = [];
      return taken;
    },
  };
}

function parseRecord(lines: Line[], size: number): LdifRecord {
  const [first, ...others] = lines;
  if (first === undefined) return { line: 0, reason: "empty record" };
  if (size > RECORD_BYTES) return { line: first.number, reason: "the record is too large" };
  const attributes = new Map<string, AttributeValue[]>();
  let dn: string | undefined;
  for (const { number, text } of [first, ...others]) {
    const parsed = parseLine(text);
    if ("reason" in parsed) return { line: number, reason: parsed.reason };
    const { name, value } = parsed;
    if (dn === undefined) {
      if (name !== "dn" || typeof value !== "string") {
        return { line: number, reason: "a record must begin with dn:" };
      }
      dn = value;
    } else if (name === "dn") {
      // A separating line with a stray blank does not end a record: one user would get another's names.
      return {
        line: number,
        reason: "second dn: in one record; is the line that separates records really empty?",
      };
    } else if (name === "changetype") {
      return { line: number, reason: "change records are not supported" };
    } else {
      const values = attributes.get(name);
      if (values === undefined) attributes.set(name, [value]);
      else values.push(value);
    }
  }
  return { dn: dn ?? "", attributes };
}

const LINE = /^([A-Za-z0-9.-]+(?:;[A-Za-z0-9;-]+)?):(:|<)? *(.*)$/s;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function parseLine(text: string): { name: string; value: AttributeValue } | { reason: string } {
  const match = LINE.exec(text);
  if (match === null) return { reason: "not an attribute line" };
  const [, description = "", kind, value = ""] = match;
  if (kind === "<") return { reason: "values by URL are not supported" };
  const name = attributeKey(description);
  if (kind === undefined) return { name, value: textOrBytes(Buffer.from(value, "latin1")) };
  if (!BASE64.test(value) || value.length % 4 !== 0) return { reason: "wrong base64" };
  return { name, value: textOrBytes(Buffer.from(value, "base64")) };
}
