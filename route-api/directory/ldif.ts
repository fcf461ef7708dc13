import type { DirectoryEntry } from "./entry.ts";

/** A record that cannot be used, with the number of its first wrong line. */
export interface BadRecord {
  line: number;
  reason: string;
}

interface Line {
  number: number;
  text: string;
}

/** Longest record in characters; what is longer is no entry of a person. */
const RECORD_CHARACTERS = 4 * 1024 * 1024;

/**
 * Reads LDIF content records (RFC 2849) from text chunks, one by one. A record that is wrong is given as a BadRecord,
 * and the rest goes on. Change records and values by URL are refused: entries are read here, not edited.
 */
export async function* readLdif(chunks: AsyncIterable<string>): AsyncGenerator<DirectoryEntry | BadRecord> {
  let record: Line[] = [];
  let size = 0;
  for await (const line of foldedLines(chunks)) {
    if (line.text === "") {
      if (record.length > 0) yield parseRecord(record, size);
      record = [];
      size = 0;
      continue;
    }
    // "version: 1" opens the file; it belongs to no record.
    if (record.length === 0 && /^version: *1$/i.test(line.text)) continue;
    size += line.text.length;
    if (size <= RECORD_CHARACTERS || record.length === 0) record.push(line);
  }
  if (record.length > 0) yield parseRecord(record, size);
}

/** Logical lines: physical ones that begin with a space go on with the one before; comments are left out. */
async function* foldedLines(chunks: AsyncIterable<string>): AsyncGenerator<Line> {
  let current: Line | undefined;
  for await (const { number, text } of physicalLines(chunks)) {
    if (text.startsWith(" ") && current !== undefined) {
      current.text += text.slice(1);
      continue;
    }
    if (current !== undefined && !current.text.startsWith("#")) yield current;
    current = { number, text };
  }
  if (current !== undefined && !current.text.startsWith("#")) yield current;
}

async function* physicalLines(chunks: AsyncIterable<string>): AsyncGenerator<Line> {
  let rest = "";
  let number = 0;
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) yield { number: ++number, text: text.replace(/\r$/, "") };
  }
  if (rest !== "") yield { number: ++number, text: rest };
}

function parseRecord(lines: Line[], size: number): DirectoryEntry | BadRecord {
  const [first, ...others] = lines;
  if (first === undefined) return { line: 0, reason: "empty record" };
  if (size > RECORD_CHARACTERS) return { line: first.number, reason: "the record is too long" };
  const attributes = new Map<string, string[]>();
  let dn: string | undefined;
  for (const { number, text } of [first, ...others]) {
    const value = parseLine(text);
    if ("reason" in value) return { line: number, reason: value.reason };
    if (dn === undefined) {
      if (value.name !== "dn") return { line: number, reason: "a record must begin with dn:" };
      dn = value.value;
    } else if (value.name === "changetype") {
      return { line: number, reason: "change records are not supported" };
    } else {
      const values = attributes.get(value.name) ?? [];
      values.push(value.value);
      attributes.set(value.name, values);
    }
  }
  return { dn: dn ?? "", attributes };
}

function parseLine(text: string): { name: string; value: string } | { reason: string } {
  const match = /^([A-Za-z0-9.-]+)(?:;[A-Za-z0-9;-]+)?:(:|<)? *(.*)$/s.exec(text);
  if (match === null) return { reason: "not an attribute line" };
  const [, name = "", kind, value = ""] = match;
  if (kind === "<") return { reason: "values by URL are not supported" };
  if (kind === ":") {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0) return { reason: "wrong base64" };
    return { name: name.toLowerCase(), value: Buffer.from(value, "base64").toString("utf8") };
  }
  return { name: name.toLowerCase(), value };
}
