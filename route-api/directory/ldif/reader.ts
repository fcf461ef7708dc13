import { type AttributeValue, attributeKey, collectAttributes, textOrBytes } from "../attributes.ts";
import type { DirectoryEntry } from "../entry.ts";
import { octetText } from "./encoding.ts";

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

/** The class of entries that 389 Directory Server keeps for replication after they were deleted. */
const TOMBSTONE = "nstombstone";

/**
 * Reads LDIF content records (RFC 2849) from chunks of a file, one at a time. `needed` are the attributes that are used,
 * in lower case: a line that cannot be read of another one is ignored. A malformed record is yielded as a BadRecord and
 * does not stop the rest. Change records other than additions are rejected: this reads entries, it does not edit them.
 */
export async function* readLdif(
  chunks: AsyncIterable<Buffer>,
  needed: ReadonlySet<string>,
): AsyncGenerator<LdifRecord> {
  const records = recordCutter(needed);
  const lines = lineCutter(records.line);
  for await (const text of octetText(chunks)) {
    lines.push(text);
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
function recordCutter(needed: ReadonlySet<string>): { line(line: Line): void; take(): LdifRecord[] } {
  let ready: LdifRecord[] = [];
  let record: Line[] = [];
  let size = 0;
  return {
    line(line) {
      if (line.text === "") {
        if (record.length > 0) ready.push(...parseRecord(record, size, needed));
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

/** The record; none for one that is kept as deleted. */
function parseRecord(lines: Line[], size: number, needed: ReadonlySet<string>): LdifRecord[] {
  const [first, ...others] = lines;
  if (first === undefined) return [];
  if (size > RECORD_BYTES) return [{ line: first.number, reason: "the record is too large" }];
  const dn = parseLine(first.text);
  if (dn === undefined || attributeKey(dn.description) !== "dn" || typeof dn.value !== "string")
    return [{ line: first.number, reason: "a record must begin with dn:" }];
  const attributes = collectAttributes();
  for (const { number, text } of others) {
    const parsed = parseLine(text);
    if (parsed === undefined) return [{ line: number, reason: "not an attribute line" }];
    const { description, value, fault } = parsed;
    const key = attributeKey(description);
    if (key === "dn") {
      // A separating line with a stray blank does not end a record: one user would get another's names.
      return [
        {
          line: number,
          reason: "second dn: in one record; is the line that separates records really empty?",
        },
      ];
    }
    if (key === "changetype" && String(value).toLowerCase() !== "add")
      return [{ line: number, reason: "change records are not supported; export the entries" }];
    if (value !== undefined) attributes.add(description, [value]);
    else if (needed.has(key)) return [{ line: number, reason: fault }];
  }
  const entry = { dn: dn.value, attributes: attributes.all() };
  return isTombstone(entry) ? [] : [entry];
}

const isTombstone = ({ attributes }: DirectoryEntry): boolean =>
  attributes.get("objectclass")?.some((name) => String(name).toLowerCase() === TOMBSTONE) === true;

const LINE = /^([^:;]*(?:;[^:]*)?):(:|<)? *(.*)$/s;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

type ParsedLine = { description: string } & (
  | { value: AttributeValue; fault?: never }
  | { value?: never; fault: string }
);

/** The attribute of a line with its value, or what is wrong with that; undefined if the line has no colon. */
function parseLine(text: string): ParsedLine | undefined {
  const match = LINE.exec(text);
  if (match === null) return undefined;
  const [, written = "", kind, value = ""] = match;
  const description = written.trim();
  if (description === "" || /\s/.test(written)) return { description, fault: "not an attribute line" };
  if (kind === "<") return { description, fault: "values by URL are not supported" };
  if (kind === undefined) return { description, value: textOrBytes(Buffer.from(value, "latin1")) };
  if (!BASE64.test(value) || value.length % 4 !== 0) return { description, fault: "invalid base64" };
  return { description, value: textOrBytes(Buffer.from(value, "base64")) };
}
