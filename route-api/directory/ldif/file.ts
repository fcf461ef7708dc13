import { createReadStream, type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { LdifDirectory } from "../../config/directory.ts";
import { attributeKey } from "../attributes.ts";
import { DirectoryError } from "../directory-error.ts";
import { attributesToRead } from "../entry.ts";
import type { DirectoryEvent, DirectorySource } from "../source.ts";
import { readLdif } from "./reader.ts";

/** A file is often written in several steps: it is read once it has been unchanged for this long. */
const QUIET_MS = 100;
/** Bytes per read. */
const CHUNK_BYTES = 256 * 1024;

/** An LDIF file as a directory: read in full at the start, whenever it changes, and every `compareSeconds`. */
export function ldifFile(config: LdifDirectory): DirectorySource {
  const { ldif: file, compareSeconds } = config;
  const needed = new Set(attributesToRead(config).map(attributeKey));
  return {
    description: file,
    method: "file",
    async *events(_cursor, signal) {
      const changes = watchFile(file);
      try {
        while (!signal.aborted) {
          yield* readWhole(file, needed);
          await changes.next(compareSeconds * 1000, signal);
        }
      } finally {
        changes.close();
      }
    },
  };
}

async function* readWhole(file: string, needed: ReadonlySet<string>): AsyncGenerator<DirectoryEvent> {
  yield { is: "refreshing" };
  const stream = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const record of readLdif(stream, needed)) {
      if ("dn" in record) yield { is: "entry", entry: record };
      else yield { is: "skipped", skipped: { place: `${file}:${record.line}`, reason: record.reason } };
    }
  } catch (cause) {
    throw new DirectoryError("file", (cause as Error).message, { cause });
  } finally {
    stream.destroy();
  }
  yield { is: "refreshed" };
}

interface Changes {
  /** Resolves once the file has changed since the last call and settled, after `waitMs`, or at the signal. */
  next(waitMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

function watchFile(file: string): Changes {
  let changed = false;
  let wake = (): void => undefined;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let watcher: FSWatcher | undefined;
  try {
    // Watches the folder, not the file: editors and scripts replace the file with a new one.
    watcher = watch(dirname(file), (_event, name) => {
      if (name !== basename(file)) return;
      clearTimeout(quiet);
      quiet = setTimeout(() => {
        changed = true;
        wake();
      }, QUIET_MS);
    });
    watcher.on("error", () => undefined);
  } catch (cause) {
    throw new DirectoryError("file", `${dirname(file)} cannot be watched: ${(cause as Error).message}`, {
      cause,
    });
  }
  return {
    async next(waitMs, signal) {
      if (!changed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(() => wake(), waitMs);
          wake = () => {
            clearTimeout(timer);
            signal.removeEventListener("abort", wake);
            resolve();
          };
          signal.addEventListener("abort", wake, { once: true });
        });
      }
      changed = false;
    },
    close() {
      clearTimeout(quiet);
      watcher?.close();
    },
  };
}
