import { createReadStream } from "node:fs";
import type { DirectoryConfig } from "../config.ts";
import type { Secret } from "../contract.ts";
import { DirectoryError } from "./directory-error.ts";
import type { DirectoryEntry } from "./entry.ts";
import { readLdap } from "./ldap.ts";
import { readLdif } from "./ldif.ts";

/** Something that a source cannot read: where, and why. */
export interface SkippedRecord {
  place: string;
  reason: string;
}

export type SourceRecord = DirectoryEntry | SkippedRecord;

export const isSkipped = (record: SourceRecord): record is SkippedRecord => "place" in record;

/** A directory that can be read whole, entry by entry. */
export interface DirectorySource {
  /** What it is, for logs. */
  description: string;
  /** All entries as they come; throws DirectoryError where it cannot go on. */
  read(): AsyncIterable<SourceRecord>;
}

/** Opens the configured directory; nothing is read before `read`. */
export function openDirectory(config: DirectoryConfig, bindPassword?: Secret): DirectorySource {
  if ("url" in config) return { description: config.url, read: () => readLdap(config, bindPassword) };
  return { description: config.ldif, read: () => readFile(config.ldif) };
}

async function* readFile(file: string): AsyncGenerator<SourceRecord> {
  try {
    for await (const record of readLdif(createReadStream(file, "utf8"))) {
      yield "line" in record ? { place: `${file}:${record.line}`, reason: record.reason } : record;
    }
  } catch (error) {
    throw new DirectoryError("file", `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
